"""One connection, by the sentences of the specification (STOMP 1.2, "Connecting" to "Server Frames")."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.stomp.protocol.acknowledgements import Acknowledgements
from apps.stomp.protocol.encoder import MessageTemplate
from apps.stomp.protocol.errors import ProtocolError
from apps.stomp.protocol.events import (
    Ack,
    Broken,
    Committed,
    ConnectRequested,
    Disconnected,
    Nack,
    Noted,
    Send,
    Subscribe,
    Unsubscribe,
)
from apps.stomp.protocol.limits import Limits
from apps.stomp.protocol.session import ServerSession
from apps.stomp.protocol.versions import Version
from tests.operations import operations_of
from tests.unit.stomp.protocol.wire import connected, heard, read, refused

SUBSCRIBE = "SUBSCRIBE\nid:0\ndestination:/a\n\n"
SEND = "SEND\ndestination:/a\n\nhello"


def template(number: int = 1) -> MessageTemplate:
    return MessageTemplate("/a", f"m{number}", {"content-type": "text/plain"}, b"hello")


@pytest.mark.parametrize(
    ("accepted", "version"),
    [("1.0,1.1,1.2", "1.2"), ("1.1,1.0", "1.1"), ("1.0", "1.0"), ("1.2,3.0", "1.2"), (" 1.1 , 1.0", "1.1")],
)
def test_the_highest_common_version_is_spoken(accepted: str, version: Version) -> None:
    session = ServerSession()
    (event,) = heard(session, f"CONNECT\naccept-version:{accepted}\nhost:x\n\n")

    assert isinstance(event, ConnectRequested)
    answer = read(session.accept(session_id="s1", user_name="7"), version)
    assert answer.command == "CONNECTED"
    assert answer.headers["version"] == version
    assert answer.headers["session"] == "s1"
    assert answer.headers["user-name"] == "7"


def test_a_client_that_names_no_version_speaks_1_0() -> None:
    session = ServerSession()
    heard(session, "CONNECT\n\n")

    assert session.version == "1.0"


def test_a_client_without_a_common_version_is_told_which_there_are() -> None:
    session = ServerSession()
    (event,) = heard(session, "CONNECT\naccept-version:3.0\n\n")

    assert isinstance(event, Broken)
    answer = read(session.broken(event.error))
    assert answer.command == "ERROR"
    assert answer.headers["version"] == "1.0,1.1,1.2"


def test_stomp_is_another_word_for_connect() -> None:
    assert isinstance(heard(ServerSession(), "STOMP\naccept-version:1.2\nhost:x\n\n")[0], ConnectRequested)


@pytest.mark.parametrize("frame", [SEND, SUBSCRIBE, "DISCONNECT\n\n", "ACK\nid:1\n\n"])
def test_nothing_goes_before_connect(frame: str) -> None:
    assert refused(ServerSession(), frame) == "not connected"


def test_connect_comes_once() -> None:
    assert refused(connected(), "CONNECT\naccept-version:1.2\nhost:x\n\n") == "already connected"


@pytest.mark.parametrize(
    ("header", "sends", "expects"),
    [
        ("0,0", 0, 0),
        ("10000,20000", 20_000, 10_000),
        ("0,5000", 5_000, 0),
        ("5000,0", 0, 5_000),
        ("10,10", 1_000, 1_000),
    ],
)
def test_heart_beats_follow_the_slower_side_and_either_may_do_without(header: str, sends: int, expects: int) -> None:
    session = ServerSession(heart_beat_floor_ms=1_000)
    heard(session, f"CONNECT\naccept-version:1.2\nhost:x\nheart-beat:{header}\n\n")

    assert (session.send_every_ms, session.expect_every_ms) == (sends, expects)
    assert read(session.accept(session_id="s")).headers["heart-beat"] == "1000,1000"


@pytest.mark.parametrize("header", ["", "1", "a,b", "1,2,3", "-1,0", "99999999999,1"])
def test_a_heart_beat_header_that_is_none_is_refused(header: str) -> None:
    assert refused(ServerSession(), f"CONNECT\naccept-version:1.2\nheart-beat:{header}\n\n") == "malformed frame"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ("SEND\n\nhello", "missing header"),
        ("SUBSCRIBE\nid:0\n\n", "missing header"),
        ("SUBSCRIBE\ndestination:/a\n\n", "missing header"),
        ("SUBSCRIBE\nid:0\ndestination:/a\nack:sometimes\n\n", "unknown ack mode"),
        ("UNSUBSCRIBE\nid:0\n\n", "unknown subscription"),
        ("UNSUBSCRIBE\n\n", "missing header"),
        ("ACK\n\n", "missing header"),
        ("ACK\nid:7\n\n", "unknown message"),
        ("NACK\nid:7\n\n", "unknown message"),
        ("BEGIN\n\n", "missing header"),
        ("COMMIT\ntransaction:t\n\n", "unknown transaction"),
        ("ABORT\ntransaction:t\n\n", "unknown transaction"),
        ("SEND\ndestination:/a\ntransaction:t\n\n", "unknown transaction"),
        ("MESSAGE\n\n", "unknown command"),
        ("send\ndestination:/a\n\n", "unknown command"),
        ("SUBSCRIBE\nid:0\ndestination:/a\n\nbody", "malformed frame"),
    ],
)
def test_a_frame_that_makes_no_sense_ends_the_connection(frame: str, message: str) -> None:
    session = connected()

    assert refused(session, frame) == message
    assert heard(session, SEND) == []


def test_an_error_names_the_receipt_of_the_frame_it_is_about() -> None:
    session = connected()
    (event,) = heard(session, "SUBSCRIBE\nid:0\nreceipt:r-1\n\n")

    assert isinstance(event, Broken)
    answer = read(session.broken(event.error))
    assert answer.headers["receipt-id"] == "r-1"
    assert answer.headers["message"] == "missing header"
    assert b"destination" in answer.body


def test_frames_before_a_broken_one_are_heard() -> None:
    session = connected()
    events = list(session.receive(SEND + "\0" + SEND + "\0" + "NONSENSE\n\n\0" + SEND + "\0"))

    assert [type(event) for event in events] == [Send, Send, Broken]


@pytest.mark.parametrize(
    "frame", [SEND, SUBSCRIBE, "BEGIN\ntransaction:t\n\n", "DISCONNECT\n\n"], ids=lambda frame: frame.split("\n")[0]
)
def test_any_frame_may_ask_for_a_receipt(frame: str) -> None:
    command, _, rest = frame.partition("\n")
    (event,) = heard(connected(), f"{command}\nreceipt:r-2\n{rest}")

    assert event.receipt == "r-2"


def test_a_receipt_names_what_it_answers() -> None:
    assert read(connected().receipt("a:b")).headers == {"receipt-id": "a:b"}


def test_after_good_bye_nothing_is_heard() -> None:
    session = connected()

    assert isinstance(heard(session, "DISCONNECT\nreceipt:bye\n\n")[0], Disconnected)
    assert heard(session, SEND) == []


def test_a_message_carries_its_subscription_and_its_senders_headers() -> None:
    session = connected()
    heard(session, "SUBSCRIBE\nid:a:b\ndestination:/a\n\n")
    given = {"content-type": "text/plain", "x:y": "1\n2", "receipt": "r", "transaction": "t", "destination": "/other"}
    sent = MessageTemplate("/a", "m1", given, b"hel\0lo")

    message = read(session.message(sent, session.subscriptions["a:b"]))

    assert message.headers == {
        "subscription": "a:b",
        "destination": "/a",
        "message-id": "m1",
        "content-type": "text/plain",
        "x:y": "1\n2",
        "content-length": "6",
    }
    assert message.body == b"hel\0lo"


@pytest.mark.parametrize("name", ["content-length:1", "subscription:other"])
def test_a_senders_header_becomes_no_header_of_the_servers_for_a_client_of_1_0(name: str) -> None:
    session = connected("1.0")
    heard(session, "SUBSCRIBE\ndestination:/a\n\n")
    (subscription,) = session.subscriptions.values()

    message = read(session.message(MessageTemplate("/a", "m1", {name: "2", "kept": "a:b"}, b"hi"), subscription), "1.0")

    assert message.headers == {"destination": "/a", "message-id": "m1", "kept": "a:b", "content-length": "2"}


def test_a_message_that_is_no_text_goes_as_bytes() -> None:
    session = connected()
    heard(session, SUBSCRIBE)

    message = session.message(MessageTemplate("/a", "m1", {}, b"\xff"), session.subscriptions["0"])

    assert isinstance(message, bytes)
    assert read(message).body == b"\xff"


def test_one_destination_may_have_two_subscriptions_but_no_two_one_id() -> None:
    session = connected()
    heard(session, SUBSCRIBE, "SUBSCRIBE\nid:1\ndestination:/a\n\n")

    assert set(session.subscriptions) == {"0", "1"}
    assert refused(session, SUBSCRIBE) == "subscription exists"


def test_after_unsubscribing_the_id_can_be_used_again() -> None:
    session = connected()
    events = heard(session, SUBSCRIBE, "UNSUBSCRIBE\nid:0\n\n", SUBSCRIBE)

    assert [type(event) for event in events] == [Subscribe, Unsubscribe, Subscribe]


def test_1_0_may_subscribe_without_an_id() -> None:
    session = connected("1.0")
    (subscribed,) = heard(session, "SUBSCRIBE\ndestination:/a\n\n")
    assert isinstance(subscribed, Subscribe)

    message = read(session.message(template(), session.subscriptions[subscribed.id]), "1.0")
    (left,) = heard(session, "UNSUBSCRIBE\ndestination:/a\n\n")

    assert "subscription" not in message.headers
    assert isinstance(left, Unsubscribe)
    assert session.subscriptions == {}


def deliver(session: ServerSession, count: int, *, ack: str, subscription_id: str = "0") -> list[str]:
    """Subscribe, deliver messages with handles 1, 2, …, and return the ids that acknowledge them."""
    heard(session, f"SUBSCRIBE\nid:{subscription_id}\ndestination:/a\nack:{ack}\n\n")
    subscription = session.subscriptions[subscription_id]
    frames = [read(session.message(template(n), subscription, handle=n)) for n in range(1, count + 1)]
    return [frame.headers["ack"] for frame in frames]


def handles(event: object) -> list[object]:
    assert isinstance(event, Ack | Nack | Unsubscribe)
    deliveries = event.returned if isinstance(event, Unsubscribe) else event.deliveries
    return [delivery.handle for delivery in deliveries]


def test_client_acknowledges_all_before_as_well() -> None:
    session = connected()
    ids = deliver(session, 3, ack="client")

    (event,) = heard(session, f"ACK\nid:{ids[1]}\n\n")

    assert handles(event) == [1, 2]
    assert refused(session, f"ACK\nid:{ids[0]}\n\n") == "unknown message"


def test_client_individual_acknowledges_one() -> None:
    session = connected()
    ids = deliver(session, 3, ack="client-individual")

    acked, nacked = heard(session, f"ACK\nid:{ids[1]}\n\n", f"NACK\nid:{ids[0]}\n\n")

    assert (handles(acked), handles(nacked)) == ([2], [1])
    assert isinstance(nacked, Nack)


def test_what_was_not_acknowledged_is_given_back_with_the_subscription() -> None:
    session = connected()
    ids = deliver(session, 3, ack="client-individual")
    heard(session, f"ACK\nid:{ids[1]}\n\n")

    (event,) = heard(session, "UNSUBSCRIBE\nid:0\n\n")

    assert handles(event) == [1, 3]


@pytest.mark.parametrize(("version", "more"), [("1.1", "subscription:0\n"), ("1.0", "")])
def test_older_versions_acknowledge_by_the_message(version: Version, more: str) -> None:
    session = connected(version)
    heard(session, "SUBSCRIBE\nid:0\ndestination:/a\nack:client\n\n")
    message = read(session.message(template(), session.subscriptions["0"], handle=1), version)

    (event,) = heard(session, f"ACK\nmessage-id:m1\n{more}\n")

    assert "ack" not in message.headers
    assert handles(event) == [1]


@pytest.mark.parametrize(("version", "more"), [("1.1", "subscription:0\n"), ("1.0", "")])
def test_an_acknowledgement_costs_the_same_however_many_messages_wait(version: Version, more: str) -> None:
    def acknowledge(waiting: int) -> int:
        session = connected(version)
        for subscription in ("0", *map(str, range(1, 50))):
            heard(session, f"SUBSCRIBE\nid:{subscription}\ndestination:/a\nack:client-individual\n\n")
        for number in range(waiting):
            session.message(template(number), session.subscriptions["0"])
        last = f"ACK\nmessage-id:m{waiting - 1}\n{more}\n"
        return operations_of(lambda: heard(session, last))

    assert acknowledge(900) == acknowledge(9)


def test_a_delivery_that_waits_again_is_found_by_its_message() -> None:
    acknowledgements = Acknowledgements(Limits())
    subscription = acknowledgements.add("0", "/a", "client", version="1.1")
    ack_id = acknowledgements.deliver(subscription, "m1", None)

    acknowledgements.restore(acknowledgements.settle(ack_id))

    assert acknowledgements.ack_id_of("m1", subscription_id="0") == ack_id


def test_1_0_has_no_nack() -> None:
    assert refused(connected("1.0"), "NACK\nmessage-id:m1\n\n") == "unknown command"


def test_too_many_unacknowledged_messages_are_not_sent() -> None:
    session = connected(limits=Limits(max_unacknowledged=2))
    deliver(session, 2, ack="client")

    with pytest.raises(ProtocolError, match="unacknowledged"):
        session.message(template(3), session.subscriptions["0"])


def test_a_transaction_takes_effect_whole_and_in_order() -> None:
    session = connected()
    (ack_id,) = deliver(session, 1, ack="client")
    waiting = heard(
        session,
        "BEGIN\ntransaction:t\n\n",
        "SEND\ndestination:/a\ntransaction:t\nreceipt:r\n\n1",
        f"ACK\nid:{ack_id}\ntransaction:t\n\n",
        "SEND\ndestination:/a\ntransaction:t\n\n2",
    )
    (event,) = heard(session, "COMMIT\ntransaction:t\nreceipt:done\n\n")

    assert [type(one) for one in waiting] == [Noted] * 4
    assert {one.receipt for one in waiting} == {None}, "nothing is answered before it has taken effect"
    assert isinstance(event, Committed)
    assert (event.receipts, event.receipt) == (("r",), "done")
    first, ack, second = event.events
    assert isinstance(first, Send)
    assert isinstance(second, Send)
    assert (first.body, handles(ack), second.body) == (b"1", [1], b"2")
    assert "transaction" not in first.headers


def test_nothing_of_an_aborted_transaction_happens_and_its_messages_stay_unacknowledged() -> None:
    session = connected()
    (ack_id,) = deliver(session, 1, ack="client")
    heard(session, "BEGIN\ntransaction:t\n\n", f"ACK\nid:{ack_id}\ntransaction:t\n\n", "ABORT\ntransaction:t\n\n")

    (event,) = heard(session, f"ACK\nid:{ack_id}\n\n")

    assert handles(event) == [1]


@pytest.mark.parametrize("ack", ["client", "client-individual"])
def test_what_a_refused_transaction_acknowledged_waits_again_where_it_stood(ack: str) -> None:
    session = connected()
    first, second, third = deliver(session, 3, ack=ack)
    acknowledged = f"ACK\nid:{second}\ntransaction:t\n\n"
    (_, _, committed) = heard(session, "BEGIN\ntransaction:t\n\n", acknowledged, "COMMIT\ntransaction:t\n\n")
    assert isinstance(committed, Committed)

    session.take_back(committed)

    assert list(session.subscriptions["0"].waiting) == [first, second, third]
    assert handles(heard(session, f"ACK\nid:{second}\n\n")[0]) == ([1, 2] if ack == "client" else [2])


def test_a_transaction_with_an_acknowledgement_of_nothing_settles_none_of_the_others() -> None:
    session = connected()
    ack_ids = deliver(session, 2, ack="client-individual")
    frames = [f"ACK\nid:{ack_id}\ntransaction:t\n\n" for ack_id in (*ack_ids, "99")]

    assert refused(session, "BEGIN\ntransaction:t\n\n", *frames, "COMMIT\ntransaction:t\n\n") == "unknown message"
    assert list(session.subscriptions["0"].waiting) == ack_ids


def test_a_transaction_begins_once_while_it_is_open() -> None:
    session = connected()
    heard(session, "BEGIN\ntransaction:t\n\n", "ABORT\ntransaction:t\n\n", "BEGIN\ntransaction:t\n\n")

    assert refused(session, "BEGIN\ntransaction:t\n\n") == "transaction exists"


@pytest.mark.parametrize(
    ("limits", "frames", "message"),
    [
        (Limits(max_subscriptions=1), [SUBSCRIBE, SUBSCRIBE.replace("0", "1")], "too many subscriptions"),
        (Limits(max_transactions=1), ["BEGIN\ntransaction:a\n\n", "BEGIN\ntransaction:b\n\n"], "too many transactions"),
        (
            Limits(max_transaction_frames=1),
            ["BEGIN\ntransaction:a\n\n", *["SEND\ndestination:/a\ntransaction:a\n\n"] * 2],
            "transaction too large",
        ),
    ],
)
def test_one_connection_has_so_much_and_no_more(limits: Limits, frames: list[str], message: str) -> None:
    assert refused(connected(limits=limits), *frames) == message


TWO_TRANSACTIONS = ("BEGIN\ntransaction:a\n\n", "BEGIN\ntransaction:b\n\n")


def waiting(transaction: str, body: str = "", header: str = "") -> str:
    return f"SEND\ndestination:/a\ntransaction:{transaction}\nx:{header}\n\n{body}"


@pytest.mark.parametrize(
    ("body", "header"), [("x" * 500, ""), ("", "x" * 500)], ids=["in their bodies", "in their headers"]
)
def test_all_frames_that_wait_for_a_commit_have_so_many_bytes_together(body: str, header: str) -> None:
    session = connected(limits=Limits(max_transaction_bytes=1_000))

    heard(session, *TWO_TRANSACTIONS, waiting("a", body, header))

    assert refused(session, waiting("b", body, header)) == "transaction too large"


@pytest.mark.parametrize("end", ["COMMIT", "ABORT"])
def test_what_has_ended_no_longer_counts_as_waiting(end: str) -> None:
    session = connected(limits=Limits(max_transaction_bytes=1_000))

    for _ in range(3):
        begin = "BEGIN\ntransaction:a\n\n"
        events = heard(session, begin, waiting("a", "x" * 500), f"{end}\ntransaction:a\n\n")
        assert not any(isinstance(event, Broken) for event in events)


FRAMES = st.sampled_from(
    [
        "CONNECT\naccept-version:1.2\nhost:x\n\n\0",
        SEND + "\0",
        SUBSCRIBE + "\0",
        "SUBSCRIBE\nid:1\ndestination:/b\nack:client\n\n\0",
        "UNSUBSCRIBE\nid:0\n\n\0",
        "ACK\nid:1\n\n\0",
        "NACK\nid:1\nmessage-id:1\n\n\0",
        "BEGIN\ntransaction:t\n\n\0",
        "COMMIT\ntransaction:t\n\n\0",
        "ABORT\ntransaction:t\n\n\0",
        "DISCONNECT\n\n\0",
        "\n",
    ]
)


@given(st.lists(st.one_of(FRAMES, st.text(max_size=10), st.binary(max_size=10)), max_size=30))
def test_whatever_comes_a_session_answers_with_events_and_nothing_follows_a_breach(pieces: list[str | bytes]) -> None:
    session = ServerSession()
    events = [event for piece in pieces for event in session.receive(piece)]

    broken = [number for number, event in enumerate(events) if isinstance(event, Broken)]
    assert broken in ([], [len(events) - 1])
