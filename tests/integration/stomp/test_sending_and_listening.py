"""What a client sends and listens to, and what it is told when it may not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest
from django.db import OperationalError

from apps.common.errors import DomainError, PermissionRefused
from apps.common.fastlane import Claims
from apps.stomp.destinations import Client, Destination, NumberedTopic, SendRequest, SubscribeRequest, Topic
from apps.stomp.hub import Published, current_hub
from apps.stomp.server import ERRORS
from apps.stomp.subscriptions import NumberedSubscription
from bench.open_destinations import anybody
from tests.stomp_client import StompClient, budgets, json_of, make_server


class Note(msgspec.Struct):
    text: str


class Board:
    """A notice board: `/pub/board/{id}` keeps notes of those under 100, `/sub/board/{id}` hears of them."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.left = 0

    def destinations(self) -> list[Destination]:
        return [
            Destination("/pub/board/{board_id:int}", send=self.pin, may_send=self.may_pin),
            Destination("/sub/board/{board_id:int}", subscribe=self.watch),
        ]

    async def may_pin(self, client: Client, _params: Mapping[str, Any]) -> None:
        if client.user.user_id >= 100:
            raise PermissionRefused

    async def pin(self, request: SendRequest) -> None:
        await self.may_pin(request.client, request.params)
        self.notes.append(request.read(Note).text)
        current_hub().publish(f"board/{request.params['board_id']}", request.body)

    async def watch(self, request: SubscribeRequest) -> Topic:
        if request.client.user.user_id >= 100:
            raise PermissionRefused

        async def first() -> Sequence[bytes]:
            return [b'{"text":"welcome"}']

        return Topic(f"board/{request.params['board_id']}", first=first, left=self.leave)

    def leave(self) -> None:
        self.left += 1


@pytest.fixture
def board() -> Board:
    return Board()


async def connected(board: Board, user_id: int = 1) -> StompClient:
    client = StompClient(make_server(board.destinations()))
    await client.connect(user_id=user_id)
    return client


async def test_what_is_sent_takes_effect_before_its_receipt_and_reaches_who_listens(board: Board) -> None:
    client = await connected(board)
    await client.subscribe("/sub/board/1")
    await client.send("/pub/board/1", {"text": "hello"}, receipt="r1")

    assert [(await client.hear_json())["text"] for _ in range(2)] == ["welcome", "hello"]
    receipt = await client.hear("RECEIPT")
    assert receipt.headers["receipt-id"] == "r1"
    assert board.notes == ["hello"]


async def test_what_is_published_elsewhere_is_heard_too_and_other_boards_are_not(board: Board) -> None:
    client = await connected(board)
    await client.subscribe("/sub/board/1")
    await client.hear_json()
    current_hub().publish("board/2", b'{"text":"other"}')
    from apps.common.redis import sync_redis

    await asyncio.to_thread(sync_redis().publish, "topic:board/1", b'{"text":"from elsewhere"}')

    message = await client.hear("MESSAGE")
    assert json_of(message) == {"text": "from elsewhere"}
    assert message.headers["destination"] == "/sub/board/1"
    assert message.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("user_id", "destination", "body", "code"),
    [
        (100, "/pub/board/1", {"text": "hello"}, "permission_denied"),
        (1, "/pub/board/1", {}, "validation_error"),
        (1, "/pub/board/1", b"", "malformed_body"),
        (1, "/pub/board/1", b"\xff\xfe", "malformed_body"),
        (1, "/pub/board/one", {"text": "hello"}, "unknown_destination"),
        (1, "/pub/board/99999999999999999999", {"text": "hello"}, "unknown_destination"),
        (1, "/pub/nowhere", {"text": "hello"}, "unknown_destination"),
        (1, "/sub/board/1", {"text": "hello"}, "permission_denied"),
        (1, "/topic/a", {"text": "hello"}, "unknown_destination"),
    ],
)
async def test_a_refused_send_is_told_where_the_client_listens_and_changes_nothing(
    board: Board, user_id: int, destination: str, body: Any, code: str
) -> None:
    client = await connected(board, user_id)
    await client.subscribe(ERRORS)
    await client.send(destination, body, receipt="r1")

    message = await client.hear("MESSAGE")
    assert message.headers["receipt-id"] == "r1"
    assert json_of(message)["code"] == code
    assert {"title", "detail"} <= json_of(message).keys()
    assert board.notes == []
    assert client.transport.closed is None
    assert client.transport.frames == []


async def test_a_refused_send_that_nobody_would_hear_of_ends_the_connection(board: Board) -> None:
    client = await connected(board, 100)
    await client.send("/pub/board/1", {"text": "hello"})

    answer = await client.hear()
    assert (answer.command, answer.headers["code"]) == ("ERROR", "permission_denied")
    await client.is_closed()


@pytest.mark.parametrize(
    ("user_id", "destination", "code"),
    [
        (100, "/sub/board/1", "permission_denied"),
        (1, "/sub/nowhere", "unknown_destination"),
        (1, "/pub/board/1", "permission_denied"),
    ],
)
async def test_a_refused_subscription_ends_the_connection(
    board: Board, user_id: int, destination: str, code: str
) -> None:
    client = await connected(board, user_id)
    answer = await client.subscribe(destination)

    assert (answer.command, answer.headers["code"], answer.headers["receipt-id"]) == ("ERROR", code, "subscribed")
    await client.is_closed()


async def test_a_mistake_of_ours_is_told_without_its_details() -> None:
    async def fail(request: SendRequest) -> None:
        raise RuntimeError("secret")

    client = StompClient(make_server([Destination("/pub/x", send=fail, may_send=anybody)]))
    await client.connect()
    await client.subscribe(ERRORS)
    await client.send("/pub/x", b"")

    message = await client.hear("MESSAGE")
    assert json_of(message)["code"] == "internal_error"
    assert b"secret" not in message.body


async def test_nothing_is_heard_after_unsubscribing_and_the_topic_is_told(board: Board) -> None:
    client = await connected(board)
    await client.subscribe("/sub/board/1")
    await client.hear_json()
    await client.ask("UNSUBSCRIBE", {"id": "1", "receipt": "gone"})
    current_hub().publish("board/1", b'{"text":"late"}')

    assert client.transport.frames == []
    assert board.left == 1


async def test_a_lost_connection_leaves_its_topics(board: Board) -> None:
    client = await connected(board)
    await client.subscribe("/sub/board/1")
    client.connection.lost()
    client.connection.lost()

    assert board.left == 1
    current_hub().publish("board/1", b"{}")


async def test_a_transaction_takes_effect_at_its_commit(board: Board) -> None:
    client = await connected(board)
    await client.say("BEGIN", {"transaction": "t"})
    await client.send("/pub/board/1", {"text": "one"}, transaction="t")
    assert board.notes == []
    await client.ask("COMMIT", {"transaction": "t", "receipt": "done"})

    assert board.notes == ["one"]


async def test_whoever_sends_too_fast_is_told_once_and_closed_when_it_goes_on(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.stomp.connection.REFUSED_IN_A_ROW", 3)
    client = StompClient(make_server(board.destinations(), budgets=budgets(send_burst=4)))  # one is for the SUBSCRIBE
    await client.connect()
    await client.subscribe(ERRORS)

    for _ in range(5):
        await client.send("/pub/board/1", {"text": "x"})
    assert board.notes == ["x"] * 3
    assert (await client.hear_json())["code"] == "too_many_requests"
    assert client.transport.frames == []
    for _ in range(2):
        await client.send("/pub/board/1", {"text": "x"})

    assert (await client.hear()).headers["code"] == "too_many_requests"
    assert board.notes == ["x"] * 3
    await client.is_closed()


class Log:
    """A numbered log, told of on the topic `log`; `/sub/log` replays what comes after `last-seq`."""

    def __init__(self) -> None:
        self.entries: list[bytes] = []
        self.reads = 0
        self.find = self._find

    def add(self, *, is_published: bool = True) -> bytes:
        payload = msgspec.json.encode({"seq": len(self.entries) + 1})
        self.entries.append(payload)
        if is_published:
            current_hub().publish("log", payload)
        return payload

    async def read_after(self, seq: int) -> Sequence[tuple[int, bytes]]:
        self.reads += 1
        return await self.find(seq)

    async def _find(self, seq: int) -> Sequence[tuple[int, bytes]]:
        return list(enumerate(self.entries, start=1))[seq : seq + 2]

    async def listen(self, request: SubscribeRequest) -> NumberedTopic:
        last = int(request.headers.get("last-seq", len(self.entries)))
        return NumberedTopic("log", cursor=last, read_after=self.read_after)


async def listener(log: Log, **headers: str) -> StompClient:
    client = StompClient(make_server([Destination("/sub/log", subscribe=log.listen)]))
    await client.connect()
    await client.subscribe("/sub/log", **headers)
    return client


async def numbers(client: StompClient, count: int) -> list[int]:
    return [(await client.hear_json())["seq"] for _ in range(count)]


async def test_what_came_after_the_last_number_is_replayed_and_then_all_goes_on() -> None:
    log = Log()
    for _ in range(5):
        log.add(is_published=False)
    client = await listener(log, last_seq="2")
    log.add()

    assert await numbers(client, 4) == [3, 4, 5, 6]


async def test_without_a_last_number_only_what_comes_from_now_on_is_heard() -> None:
    log = Log()
    log.add(is_published=False)
    client = await listener(log)
    log.add()

    assert await numbers(client, 1) == [2]
    assert client.transport.frames == []


async def test_a_number_that_was_not_told_is_read_when_the_next_one_is() -> None:
    log = Log()
    client = await listener(log)
    log.add(is_published=False)
    log.add()

    assert await numbers(client, 2) == [1, 2]


async def test_what_is_told_twice_or_late_is_heard_once_and_in_order() -> None:
    log = Log()
    client = await listener(log)
    first, second, third = (log.add(is_published=False) for _ in range(3))
    hub = current_hub()
    for payload in (second, first, second, third, first, third):
        hub.publish("log", payload)
    log.add()

    assert await numbers(client, 4) == [1, 2, 3, 4]
    for payload in (third, first):
        hub.publish("log", payload)
    log.add()
    assert await numbers(client, 1) == [5]
    assert client.transport.frames == []


async def test_what_comes_while_the_log_is_read_is_neither_lost_nor_doubled() -> None:
    log = Log()
    log.add(is_published=False)
    read = log.read_after

    async def slow(seq: int) -> Sequence[tuple[int, bytes]]:
        entries = await read(seq)
        if len(log.entries) < 4:
            log.add()
        return entries

    log.read_after = slow  # type: ignore[method-assign]
    client = await listener(log, last_seq="0")

    assert await numbers(client, 4) == [1, 2, 3, 4]
    assert client.transport.frames == []


async def test_what_has_no_number_goes_through() -> None:
    log = Log()
    client = await listener(log)
    current_hub().publish("log", b'{"type":"TYPING"}')

    assert await client.hear_json() == {"type": "TYPING"}


async def test_a_number_that_is_nowhere_to_be_read_ends_the_connection_rather_than_being_missed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.stomp.subscriptions.PAUSE_SECONDS", 0)
    log = Log()
    client = await listener(log)
    current_hub().publish("log", b'{"seq":9}')

    assert (await client.hear()).headers["code"] == "service_unavailable"
    await client.is_closed()


def at_a_pace(log: Log, pause: asyncio.Event) -> None:
    """Let reads of the log wait for something, as those of a database do."""
    read = log.read_after

    async def read_after(seq: int) -> Sequence[tuple[int, bytes]]:
        entries = await read(seq)
        await pause.wait()
        return entries

    log.read_after = read_after  # type: ignore[method-assign]


async def test_a_loss_of_redis_while_somebody_begins_to_listen_doubles_nothing() -> None:
    log, pause = Log(), asyncio.Event()
    for _ in range(3):
        log.add(is_published=False)
    at_a_pace(log, pause)
    topic = await log.listen(SubscribeRequest(ANYBODY, "/sub/log", {}, {"last-seq": "0"}))
    ear = Heard()
    subscription = NumberedSubscription(topic, hub=current_hub(), listener=ear)

    starting = asyncio.create_task(subscription.start())
    await asyncio.sleep(0)  # it is joining
    subscription.resynchronise()
    await current_hub().join("log", Heard())
    pause.set()  # by now it has joined
    await starting
    log.add()

    assert ear.numbers == [1, 2, 3, 4]


async def test_a_gap_that_the_database_cannot_fill_ends_the_connection() -> None:
    log = Log()
    client = await listener(log)

    async def away(_seq: int) -> Sequence[tuple[int, bytes]]:
        raise OperationalError(2006, "Server has gone away")

    log.find = away
    log.add(is_published=False)
    log.add()

    assert (await client.hear("ERROR")).headers["code"] == "service_unavailable"
    assert await client.is_closed() == (1012, "service_unavailable")


ANYBODY = Client(Claims(user_id=1, role="customer", session_id="s", expires_at=0), "c")


class Heard:
    """A listener that keeps the numbers."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def deliver(self, published: Published) -> None:
        """Hear nothing of the hub itself."""

    def resynchronise(self) -> None:
        """Look nothing up."""

    def hear(self, published: Published) -> None:
        assert published.seq is not None
        self.numbers.append(published.seq)

    def give_up(self, error: DomainError) -> None:
        raise error
