"""stomp.py, which offers no WebSocket subprotocol, against a real platform."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stomp
from stomp.utils import Frame

from tests.fast_lane import access_token
from tests.live import LivePlatform
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


class Heard(stomp.ConnectionListener):
    """What the server said, by kind."""

    def __init__(self) -> None:
        self.messages: queue.Queue[Frame] = queue.Queue()
        self.receipts: queue.Queue[Frame] = queue.Queue()
        self.errors: queue.Queue[Frame] = queue.Queue()
        self.ends: queue.Queue[None] = queue.Queue()

    def on_message(self, frame: Frame) -> None:
        self.messages.put(frame)

    def on_receipt(self, frame: Frame) -> None:
        self.receipts.put(frame)

    def on_error(self, frame: Frame) -> None:
        self.errors.put(frame)

    def on_disconnected(self) -> None:
        self.ends.put(None)


class StompPy:
    """One client of stomp.py and what it heard."""

    def __init__(self, platform: LivePlatform, **options: Any) -> None:
        self.heard = Heard()
        self.connection = stomp.WSStompConnection(
            [("127.0.0.1", platform.port)], ws_path="/ws", reconnect_attempts_max=1, **options
        )
        self.connection.set_listener("heard", self.heard)

    def connect(self, token: str, **headers: str) -> None:
        self.connection.connect(wait=True, headers={"Authorization": f"Bearer {token}"} | headers)

    def subscribe(self, destination: str, **options: str) -> None:
        self.connection.subscribe(destination, id="1", headers={"receipt": "subscribed"}, **options)
        assert self.heard.receipts.get(timeout=LONGEST_SECONDS).headers["receipt-id"] == "subscribed"


Client = Callable[..., StompPy]


@pytest.fixture
def client(open_platform: LivePlatform) -> Iterator[Client]:
    made: list[StompPy] = []

    def make(**options: Any) -> StompPy:
        made.append(StompPy(open_platform, **options))
        return made[-1]

    yield make
    for one in made:
        if one.connection.is_connected():
            one.connection.disconnect()


@pytest.mark.parametrize("binary_mode", [False, True], ids=["text", "binary"])
def test_what_is_sent_is_heard(client: Client, binary_mode: bool) -> None:
    one = client(binary_mode=binary_mode)
    one.connect(access_token())
    destination = f"/topic/stomp-py-{binary_mode}"
    one.subscribe(destination)
    one.connection.send(destination, "회차 🎫", headers={"special": "a:b\\c\nd"})

    message = one.heard.messages.get(timeout=LONGEST_SECONDS)
    assert message.body == "회차 🎫"
    assert message.headers["special"] == "a:b\\c\nd"


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2"])
def test_the_client_gets_the_version_that_it_asks_for(client: Client, version: str) -> None:
    one = client()
    one.connection.version = version  # goes into accept-version
    one.connection.transport.set_listener("version", answer := Connected())
    one.connect(access_token())

    assert answer.versions.get(timeout=LONGEST_SECONDS) == version


class Connected(stomp.ConnectionListener):
    def __init__(self) -> None:
        self.versions: queue.Queue[str] = queue.Queue()

    def on_connected(self, frame: Frame) -> None:
        self.versions.put(frame.headers["version"])


def test_a_log_in_that_is_wrong_is_told(client: Client) -> None:
    one = client()
    with pytest.raises(stomp.exception.ConnectFailedException):
        one.connect("nonsense")

    assert one.heard.errors.get(timeout=LONGEST_SECONDS).headers["code"]
    one.heard.ends.get(timeout=LONGEST_SECONDS)


def test_what_is_acknowledged_does_not_come_again(client: Client) -> None:
    one = client()
    one.connect(access_token())
    one.subscribe("/queue/stomp-py-acks", ack="client-individual")
    for body in ("done", "again"):
        one.connection.send("/queue/stomp-py-acks", body)
    first, second = (one.heard.messages.get(timeout=LONGEST_SECONDS) for _ in range(2))
    one.connection.ack(first.headers["ack"])
    one.connection.nack(second.headers["ack"])

    assert one.heard.messages.get(timeout=LONGEST_SECONDS).body == "again"


def test_a_transaction_is_heard_when_it_commits(client: Client) -> None:
    one = client()
    one.connect(access_token())
    one.subscribe("/topic/stomp-py-transactions")
    given_up, kept = one.connection.begin(), one.connection.begin()
    one.connection.send("/topic/stomp-py-transactions", "never", transaction=given_up)
    one.connection.abort(given_up)
    one.connection.send("/topic/stomp-py-transactions", "kept", transaction=kept)
    one.connection.commit(kept)

    assert one.heard.messages.get(timeout=LONGEST_SECONDS).body == "kept"


def test_saying_good_bye_is_answered_before_the_end(client: Client) -> None:
    one = client()
    one.connect(access_token())
    one.connection.disconnect(receipt="bye")

    assert one.heard.receipts.get(timeout=LONGEST_SECONDS).headers["receipt-id"] == "bye"
