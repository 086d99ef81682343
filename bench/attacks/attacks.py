"""All attacks, in the order in which they are carried out."""

from bench.attacks import conversations, deaf, requests
from bench.attacks.target import Attack

DROPPED_SECONDS = 30.0  # longer than a client that does not read is kept
SLOW_SECONDS = 15.0  # longer than a body may take

ATTACKS = (
    Attack("floods somebody else's conversation", conversations.flood_foreign),
    Attack("floods a conversation that does not exist", conversations.flood_none),
    Attack("floods their own conversation", conversations.flood_own),
    Attack("hundreds of connections and subscriptions", conversations.connect_often),
    Attack("thousands of SENDs in five COMMITs", conversations.commit),
    Attack("six messages of 60 kB in a request of SockJS", conversations.send_by_xhr),
    Attack("bodies that come by a byte a second", requests.send_slowly, seconds=SLOW_SECONDS),
    Attack("pipelined requests whose client goes away", requests.ask_and_go),
    Attack("readers of /api/schema", requests.read_schema),
    Attack("log-ins by the admin's form", requests.log_in_to_admin),
    Attack("webhooks about no order", requests.send_webhooks),
    Attack("searches", requests.search),
    Attack("orders, held and let go", requests.hold_and_let_go),
    Attack("PINGs, and reads no PONG", deaf.ping, seconds=DROPPED_SECONDS),
    Attack("WebSockets that do not read", deaf.hear_websocket, seconds=DROPPED_SECONDS),
    Attack("streams of SockJS that are not read", deaf.hear_stream, seconds=DROPPED_SECONDS),
)
AT_THE_END = Attack("three that do not read, at SIGTERM", deaf.hear_at_the_end, seconds=60.0)

BY_NAME = {attack.name: attack for attack in (*ATTACKS, AT_THE_END)}
