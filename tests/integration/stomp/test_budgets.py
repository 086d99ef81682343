"""What an account and an address may use, over all their connections and all web processes.

Two servers on one Redis stand for two processes.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway

from apps.common.fastlane import Claims
from apps.common.redis import sync_redis
from apps.stomp.budgets import CONNECTIONS, Budgets, OverBudget, store
from apps.stomp.consumer import StompConsumer
from apps.stomp.counters import counters
from apps.stomp.destinations import Destination, SendRequest, SubscribeRequest, Topic
from apps.stomp.metrics import TalkCollector
from apps.stomp.protocol.decoder import Frame
from apps.stomp.server import ERRORS, StompServer
from apps.stomp.sockjs.http import SockJSApplication
from bench.open_destinations import anybody
from tests.integration.stomp.sockjs.test_sessions import Request
from tests.lua_clock import LuaClock, put_under_clock
from tests.servers import PrivateRedis
from tests.stomp_client import StompClient, budgets, json_of, make_server
from tests.waiting import until
from ticketlive.stomp import allowance_of


class Heard:
    """A destination that counts what reaches it, in any process."""

    def __init__(self) -> None:
        self.count = 0

    def server(self, **limits: Any) -> StompServer:
        """A process more."""
        return make_server(
            [Destination("/pub/x", send=self.hear, may_send=anybody), Destination("/sub/x", subscribe=self.listen)],
            budgets=budgets(**limits),
        )

    async def hear(self, _request: SendRequest) -> None:
        self.count += 1

    async def listen(self, _request: SubscribeRequest) -> Topic:
        return Topic("x")


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> LuaClock:
    put_under_clock(monkeypatch, store)
    return LuaClock(sync_redis())


async def connect(server: StompServer, *, user_id: int = 1, network: str | None = None) -> tuple[StompClient, Frame]:
    client = StompClient(server, network=network)
    return client, await client.connect(user_id=user_id)


async def connected(server: StompServer, *, user_id: int = 1, network: str | None = None) -> StompClient:
    client, answer = await connect(server, user_id=user_id, network=network)
    assert answer.command == "CONNECTED"
    return client


async def refused(server: StompServer, *, user_id: int = 1) -> dict[str, Any]:
    """Connect in vain, and return the problem that is told."""
    client, answer = await connect(server, user_id=user_id)
    assert (answer.command, answer.headers["code"]) == ("ERROR", "too_many_requests")
    assert int(answer.headers["retry-after"]) >= 1
    await client.is_closed()
    problem: dict[str, Any] = json_of(answer)
    return problem


async def know_each_other(*servers: StompServer) -> None:
    """Let processes give their signs of life."""
    for server in (*servers, *servers):
        await server.budgets.open_connections.renew()


async def written_down(server: StompServer) -> None:
    """Wait until Redis has heard what was closed."""
    writing = server.budgets.open_connections._writing
    assert writing is not None
    await writing


def kill(server: StompServer) -> None:
    """End a process that cannot say good-bye: it gives no more signs of life."""
    living = server.budgets.open_connections._living
    assert living is not None
    living.cancel()


# Connections


async def test_the_connections_of_an_account_count_together_in_all_processes(heard: Heard) -> None:
    one, other = heard.server(connections=3), heard.server(connections=3)
    first = await connected(one)
    await connected(one)
    await connected(other)

    for server in (one, other):
        problem = await refused(server)
        assert (problem["status"], problem["budget"], problem["of"]) == (429, "connections", "account")
    await connected(other, user_id=2)
    first.connection.lost()
    await written_down(one)
    await connected(other)
    await refused(one)


async def test_many_at_once_in_two_processes_are_let_in_up_to_the_limit(heard: Heard) -> None:
    servers = [heard.server(connections=5), heard.server(connections=5)]
    answers = await asyncio.gather(*(connect(servers[number % 2]) for number in range(20)))

    assert Counter(answer.headers.get("code", answer.command) for _, answer in answers) == {
        "CONNECTED": 5,
        "too_many_requests": 15,
    }


async def test_what_a_killed_process_had_open_does_not_count_for_ever(heard: Heard, clock: LuaClock) -> None:
    killed, other = heard.server(connections=2), heard.server(connections=2)
    for _ in range(2):
        await connected(killed)
    await refused(other)
    kill(killed)

    clock.advance(store.LEASE_SECONDS + 1)

    for _ in range(2):
        await connected(other)
    redis = sync_redis()
    assert all(redis.ttl(key) > 0 for key in redis.scan_iter("stomp-places:*"))
    await other.budgets.open_connections.renew()
    assert redis.zcard(store.PROCESSES) == 1


async def test_what_a_living_process_has_open_counts_for_as_long_as_it_is_open(heard: Heard, clock: LuaClock) -> None:
    living, other = heard.server(connections=1), heard.server(connections=1)
    await connected(living)
    for _ in range(3):
        clock.advance(store.LEASE_SECONDS - 1)
        await living.budgets.open_connections.renew()

    await refused(other)


@pytest.mark.parametrize("forgets", ["all", "one process"])
async def test_what_redis_has_forgotten_is_written_down_again(heard: Heard, forgets: str) -> None:
    one, other = heard.server(connections=1), heard.server(connections=1)
    await connected(one)
    redis = sync_redis()
    if forgets == "all":
        redis.flushall()
    else:
        redis.delete(*redis.scan_iter("stomp-places:*"))
    await one.budgets.open_connections.renew()

    await refused(other)


@pytest.mark.parametrize("closed", [1, 2])
async def test_a_count_that_could_not_be_written_down_is_put_right_with_the_next_sign_of_life(
    heard: Heard, monkeypatch: pytest.MonkeyPatch, closed: int
) -> None:
    one, other = heard.server(connections=2), heard.server(connections=2)
    clients = [await connected(one) for _ in range(2)]
    with monkeypatch.context() as lost:

        async def away(*_args: Any, **_options: Any) -> None:
            raise RedisAway

        lost.setattr(store, "write_places", away)
        for client in clients[:closed]:
            client.connection.lost()
        await until(lambda: one.budgets.open_connections._is_unsure)
    await refused(other)

    await one.budgets.open_connections.renew()

    for _ in range(closed):
        await connected(other)
    await refused(other)


async def test_a_process_that_is_not_known_yet_is_named_before_anything_is_taken() -> None:
    one, other = store.places_key("one"), store.places_key("other")
    await store.take_places(one, [], [store.Wanted("connections account:1", 1, 1)])

    with pytest.raises(store.OtherProcesses) as others:
        await store.take_places(other, [], [store.Wanted("connections account:2", 1, 1)])

    assert others.value.keys == [one]
    assert not sync_redis().exists(other)


async def test_who_goes_while_they_log_in_leaves_nothing_open(heard: Heard) -> None:
    server = heard.server(connections=1)
    client = StompClient(server)
    take = server.budgets.take

    async def slow(resource: str, *owners: Any) -> None:
        await take(resource, *owners)
        client.connection.lost()

    server.budgets.take = slow  # type: ignore[method-assign]
    await client.say("CONNECT", {"accept-version": "1.2", "Authorization": f"Bearer {token()}"})
    server.budgets.take = take  # type: ignore[method-assign]

    assert client.transport.frames == []
    await connected(server)


def token() -> str:
    from tests.fast_lane import access_token

    return access_token()


# SENDs and bytes


async def test_the_sends_of_an_account_in_two_processes_are_bound_by_one_budget(heard: Heard) -> None:
    servers = [heard.server(send_burst=50), heard.server(send_burst=50)]
    clients = [await connected(servers[number % 2]) for number in range(6)]
    await know_each_other(*servers)
    for client in clients:
        await client.subscribe(ERRORS)

    for _ in range(20):
        for client in clients:
            await client.send("/pub/x", b"")

    lumps = 2 * 50 * 0.1  # each process may hold one that it has drawn
    assert 50 - 6 - lumps <= heard.count <= 50 - 6
    message = await clients[0].hear("MESSAGE")
    assert (message.headers["retry-after"].isdigit(), json_of(message)["budget"]) == (True, "sends")


async def test_a_new_connection_brings_no_new_budget(heard: Heard) -> None:
    server = heard.server(send_burst=10)
    for _ in range(5):
        client = await connected(server)
        await client.subscribe(ERRORS)
        for _ in range(10):
            await client.send("/pub/x", b"")
        client.connection.lost()

    assert heard.count <= 10


async def test_another_account_is_not_slowed_down(heard: Heard) -> None:
    server = heard.server(send_burst=5)
    flood, other = await connected(server), await connected(server, user_id=2)
    await flood.subscribe(ERRORS)
    for _ in range(20):
        await flood.send("/pub/x", b"")
    before = heard.count

    await other.send("/pub/x", b"", receipt="r")

    assert (await other.hear()).command == "RECEIPT"
    assert heard.count == before + 1


async def test_what_most_people_send_asks_nobody(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> None:
    async def draw(*_args: Any, **_options: Any) -> None:
        raise AssertionError("Redis is not asked")

    monkeypatch.setattr(store, "draw", draw)
    client = await connected(heard.server(send_burst=100))

    for _ in range(20):
        await client.send("/pub/x", b"")
    assert heard.count == 20


@pytest.mark.parametrize("body", [b"x" * 10_000, "\N{HANGUL SYLLABLE GA}".encode() * 3_334], ids=["ascii", "korean"])
async def test_whoever_sends_more_bytes_than_an_account_may_is_told_and_closed_in_any_process(
    heard: Heard, body: bytes
) -> None:
    servers = [heard.server(byte_burst=100_000), heard.server(byte_burst=100_000)]
    clients = [await connected(server) for server in servers]
    await know_each_other(*servers)
    for _ in range(10):
        for client in clients:
            if client.transport.closed is None:
                frame = b"SEND\ndestination:/pub/x\n\n" + body + b"\0"
                await client.connection.received(frame.decode())

    assert heard.count <= 10
    for client in clients:
        error = await client.hear("ERROR")
        assert (error.headers["code"], json_of(error)["budget"]) == ("too_many_requests", "bytes")
        await client.is_closed()


# Subscriptions


async def test_the_subscriptions_of_an_account_count_together_and_an_ended_one_no_longer(heard: Heard) -> None:
    server = heard.server(subscriptions=3)
    one, other = await connected(server), await connected(heard.server(subscriptions=3))
    assert [(await client.subscribe("/sub/x")).command for client in (one, one, other)] == ["RECEIPT"] * 3
    await one.ask("UNSUBSCRIBE", {"id": "1", "receipt": "r"})
    await written_down(server)
    assert (await other.subscribe("/sub/x")).command == "RECEIPT"

    error = await one.subscribe("/sub/x")

    assert (error.command, error.headers["code"], error.headers["receipt-id"]) == (
        "ERROR",
        "too_many_requests",
        "subscribed",
    )
    await one.is_closed()
    await written_down(server)
    assert (await other.subscribe("/sub/x")).command == "RECEIPT", "those of a closed connection no longer count"


# Addresses


async def test_accounts_behind_one_address_have_one_budget_together(heard: Heard) -> None:
    server = heard.server(send_burst=10, address_factor=2)
    for user_id in (1, 2):
        client = await connected(server, user_id=user_id, network="203.0.113.9")
        await client.subscribe(ERRORS)
        for _ in range(20):
            await client.send("/pub/x", b"")
    assert heard.count == 18, "two SUBSCRIBEs count as well"
    third = await connected(server, user_id=3, network="203.0.113.9")
    await third.send("/pub/x", b"", receipt="r")
    answer = await third.hear()
    assert answer.command == "ERROR"
    assert json_of(answer)["of"] == "address"

    await (await connected(server, user_id=3, network="203.0.113.10")).send("/pub/x", b"")
    assert heard.count == 19


class Handshake:
    """A WebSocket that opens and stays, or is refused."""

    def __init__(self, server: StompServer, *, address: str = "203.0.113.9") -> None:
        self.sent: list[dict[str, Any]] = []
        self._coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._coming.put_nowait({"type": "websocket.connect"})
        extensions = {"websocket.http.response": {}}
        scope = {"headers": [], "subprotocols": [], "client": (address, 1), "extensions": extensions}
        self.task = asyncio.ensure_future(StompConsumer(server=server)(scope, self._coming.get, self._send))

    async def _send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    async def answer(self) -> dict[str, Any]:
        await until(lambda: self.sent)
        return self.sent[0]

    async def close(self) -> None:
        self._coming.put_nowait({"type": "websocket.disconnect"})
        await self.task


async def test_sockets_that_nobody_has_logged_in_to_count_for_their_address(heard: Heard) -> None:
    one, other = heard.server(connections=1, address_factor=2), heard.server(connections=1, address_factor=2)
    opened = [Handshake(one), Handshake(other)]
    for handshake in opened:
        assert (await handshake.answer())["type"] == "websocket.accept"

    refusal = Handshake(one)
    answer = await refusal.answer()
    assert (answer["type"], answer["status"]) == ("websocket.http.response.start", 429)
    assert int(dict(answer["headers"])[b"retry-after"]) >= 1
    await refusal.task
    elsewhere = Handshake(one, address="203.0.113.10")
    assert (await elsewhere.answer())["type"] == "websocket.accept"

    await opened[1].close()
    await written_down(other)
    again = Handshake(one)
    assert (await again.answer())["type"] == "websocket.accept"
    for handshake in (opened[0], elsewhere, again):
        await handshake.close()


async def test_who_has_no_address_to_go_by_is_bound_by_the_accounts_budget_alone(heard: Heard) -> None:
    server, opened = heard.server(connections=2, address_factor=1), []
    for user_id in range(1, 5):
        handshake = Handshake(server, address="127.0.0.1")
        assert (await handshake.answer())["type"] == "websocket.accept"
        await connected(server, user_id=user_id)
        opened.append(handshake)
    for handshake in opened:
        await handshake.close()


async def test_sessions_over_http_count_for_their_address(heard: Heard) -> None:
    server = heard.server(connections=1, address_factor=1)
    application = SockJSApplication(server)
    first = Request(application, "/ws/connect/000/abc/xhr", address="203.0.113.9")
    assert await first.answer() == "o\n"
    second = Request(application, "/ws/connect/000/xyz/xhr", address="203.0.113.9")
    await second.answer()
    assert second.status == 429

    application._sessions["abc"].end()

    third = Request(application, "/ws/connect/000/xyz/xhr", address="203.0.113.9")
    assert await third.answer() == "o\n"


# While Redis is away


async def test_without_redis_each_process_keeps_the_budgets_by_itself_and_nobody_is_locked_out(
    redis_server: PrivateRedis,
) -> None:
    redis_server.kill()
    alone = budgets(connections=2, send_burst=50, byte_burst=1_000)
    account = alone.account(Claims(user_id=1, role="customer", session_id="s", expires_at=0))
    for _ in range(2):
        await alone.take(CONNECTIONS, account)
    with pytest.raises(OverBudget):
        await alone.take(CONNECTIONS, account)

    assert await spent(account.sends, 100) == 50
    assert await spent(account.bytes, 2_000) == 1_000
    alone.give_back(CONNECTIONS, account)
    await alone.take(CONNECTIONS, account)


async def spent(bucket: Any, count: int) -> int:
    """Try to spend so many, one by one, and return how many could be."""
    done = 0
    for _ in range(count):
        if not bucket.spend(1, asyncio.get_running_loop().time()):
            try:
                await bucket.obtain(1)
            except OverBudget:
                continue
        done += 1
    return done


# Who has how much, and what is remembered


def test_staff_have_several_times_what_customers_have(settings: Any) -> None:
    settings.STOMP_STAFF_ALLOWANCE = 7
    roles = ("customer", "counselor", "staff")
    found = [allowance_of(Claims(user_id=1, role=role, session_id="s", expires_at=0)) for role in roles]

    assert found == [1, 7, 7]


async def test_owners_who_have_been_quiet_for_long_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.stomp.budgets.owners.KEPT_AT_LEAST", 10)
    kept = Budgets(address_factor=1)
    kept._look_again_at = 10
    loop = asyncio.get_running_loop()
    now = loop.time()
    with monkeypatch.context() as turned:
        turned.setattr(loop, "time", lambda: now)
        here = kept.address("here")
        await kept.take(CONNECTIONS, here)
        for number in range(50):
            now += 60
            kept.address(str(number))

    assert len(kept._owners) <= 11
    assert kept.address("here") is here


async def test_refusals_are_counted_by_budget(heard: Heard) -> None:
    before = counters.over_budget["connections", "account"]
    server = heard.server(connections=1)
    await connected(server)
    await refused(server)

    assert counters.over_budget["connections", "account"] == before + 1
    samples: Sequence[Any] = [sample for metric in TalkCollector().collect() for sample in metric.samples]
    found = [sample for sample in samples if sample.name == "ticketlive_stomp_over_budget_total"]
    assert {"budget": "connections", "of": "account"} in [sample.labels for sample in found]
