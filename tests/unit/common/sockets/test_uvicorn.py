"""The protocols do what they promise upon the uvicorn that is installed, whose internals they rely on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from apps.common.sockets import protocols
from apps.common.sockets.guard import CLOSING, HURRIED, OPEN, SocketGuard
from apps.common.sockets.protocols import PIECE_BYTES, HTTPConnection, WebSocketConnection
from scripts.web_server import UVICORN_OPTIONS
from tests.deaf import PING, TEXT, frame
from tests.waiting import until

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
CONTINUATION, CLOSE = 0x0, 0x8
ONE_READ_BYTES = 256_000  # what uvloop hands over at once

Application = Callable[[Any, Any, Any], Awaitable[None]]


class Transport(asyncio.Transport):
    """What a loop gives a protocol. It keeps what is written, and says when it is full."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.protocol: Any = None
        self.reads = True
        self._closing = False

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self.protocol = protocol

    def write(self, data: Any) -> None:
        self.written += data

    def get_extra_info(self, _name: str, default: Any = None) -> Any:
        return default

    def get_write_buffer_size(self) -> int:
        return len(self.written)

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True


class Served:
    """A connection to an application, from its HTTP on."""

    def __init__(self, application: Application) -> None:
        self.config = Config(application, lifespan="off", ws=WebSocketConnection, http=HTTPConnection, log_config=None)
        self.config.load()
        self.state = ServerState()
        self.transport = Transport()
        http = HTTPConnection(self.config, self.state, {}, _loop=asyncio.get_running_loop())
        self.transport.set_protocol(http)
        http.connection_made(self.transport)

    @property
    def connection(self) -> Any:
        return self.transport.protocol

    async def upgrade(self) -> None:
        self.connection.data_received(UPGRADE)
        await until(lambda: b"101 Switching" in self.transport.written)
        self.transport.written.clear()


@pytest.fixture(autouse=True)
def guard(monkeypatch: pytest.MonkeyPatch) -> SocketGuard:
    """A guard of the test's own: the process's would keep its timer on the test's loop."""
    guard = SocketGuard()
    monkeypatch.setattr(protocols, "guard", guard)
    return guard


async def silent(_scope: Any, receive: Any, send: Any) -> None:
    """Accept, and read nothing more."""
    await receive()
    await send({"type": "websocket.accept"})
    await asyncio.Event().wait()


async def closing(_scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1008})


async def reading(_scope: Any, receive: Any, send: Any) -> None:
    """Say what was read, once it is the end of it."""
    await receive()
    await send({"type": "websocket.accept"})
    said = []
    while (message := await receive()).get("text") != "end":
        said.append(message.get("text") or message.get("bytes"))
    await send({"type": "websocket.send", "text": f"{len(said)} {sum(map(len, said))}"})


def test_the_server_is_started_with_these_protocols() -> None:
    options = dict(pairwise(UVICORN_OPTIONS))

    assert options["--http"] == f"{protocols.__name__}:{HTTPConnection.__name__}"
    assert options["--ws"] == f"{protocols.__name__}:{WebSocketConnection.__name__}"


async def test_a_connection_is_counted_as_what_it_is_until_it_is_lost(guard: SocketGuard) -> None:
    served = Served(silent)
    assert guard.open_by_kind() == {"http": 1}

    await served.upgrade()
    assert guard.open_by_kind() == {"websocket": 1}

    served.connection.connection_lost(None)
    assert guard.open_by_kind() == {}


async def test_a_websocket_has_little_time_once_either_side_closes() -> None:
    served = Served(silent)
    await served.upgrade()
    assert served.connection.terms() == OPEN
    served.connection.data_received(frame(CLOSE, b"\x03\xe8"))
    assert served.connection.terms() == CLOSING

    served = Served(closing)
    await served.upgrade()
    await until(lambda: served.connection.close_sent)
    assert not served.transport.is_closing(), "it waits for the client's close"
    assert served.connection.terms() == CLOSING


@pytest.mark.parametrize("is_websocket", [False, True])
async def test_a_server_that_is_to_end_tells_the_guard_and_hurries(is_websocket: bool, guard: SocketGuard) -> None:
    calls: list[bool] = []
    guard.at_the_end(lambda: calls.append(True))
    served = Served(silent)
    if is_websocket:
        await served.upgrade()

    served.connection.shutdown()

    assert calls == [True]
    assert served.connection.terms() == (CLOSING if is_websocket else HURRIED)


async def test_pings_are_answered_until_the_buffer_is_full() -> None:
    served = Served(silent)
    await served.upgrade()
    served.connection.data_received(frame(PING, b"here"))
    await until(lambda: served.transport.written == b"\x8a\x04here")

    served.connection.pause_writing()
    served.connection.data_received(frame(PING, b"there") * 10_000)
    await until(lambda: served.transport.reads)
    assert served.transport.written == b"\x8a\x04here"

    served.connection.resume_writing()
    served.connection.data_received(frame(PING, b"again"))
    await until(lambda: served.transport.written == b"\x8a\x04here\x8a\x05again")


async def test_of_many_tiny_messages_few_wait_for_the_application() -> None:
    served = Served(silent)
    await served.upgrade()
    tiny = frame(TEXT, b"")

    served.connection.data_received(tiny * (ONE_READ_BYTES // len(tiny)))

    assert 0 < served.connection.queue.qsize() <= PIECE_BYTES // len(tiny)
    assert not served.transport.reads


async def test_a_turn_parses_some_of_endless_pings_and_whoever_else_says_something() -> None:
    flood, other = Served(silent), Served(silent)
    for served in (flood, other):
        await served.upgrade()
    count = ONE_READ_BYTES // len(frame(PING, b""))

    flood.connection.data_received(frame(PING, b"") * count)
    assert len(flood.transport.written) <= 2 * PIECE_BYTES // len(frame(PING, b"")) + 2
    assert not flood.transport.reads
    other.connection.data_received(frame(PING, b"here"))
    await until(lambda: other.transport.written)
    assert len(flood.transport.written) < 2 * count

    await until(lambda: flood.transport.reads)
    assert flood.transport.written == b"\x8a\x00" * count


async def test_what_is_left_for_a_later_turn_goes_with_its_connection() -> None:
    served = Served(silent)
    await served.upgrade()
    served.connection.data_received(frame(PING, b"") * 10_000)
    served.transport.close()
    served.connection.connection_lost(None)
    written = len(served.transport.written)

    await until(lambda: not served.connection._has_turn)
    assert len(served.transport.written) == written


async def test_every_one_of_them_is_read_in_the_end() -> None:
    served = Served(reading)
    await served.upgrade()
    one = frame(TEXT, b"12345")
    count = ONE_READ_BYTES // len(one)

    served.connection.data_received(one * count + frame(TEXT, b"end"))

    await until(lambda: served.transport.written)
    assert served.transport.written[2:] == f"{count} {5 * count}".encode()
    assert served.transport.reads


@pytest.mark.parametrize("opcode", [TEXT, 0x2])
async def test_a_message_in_parts_arrives_whole(opcode: int) -> None:
    served = Served(reading)
    await served.upgrade()
    parts = frame(opcode, b"a", fin=False) + 100 * frame(CONTINUATION, b"bc", fin=False) + frame(CONTINUATION, b"d")
    served.connection.data_received(parts * 2 + frame(TEXT, b"end"))

    await until(lambda: served.transport.written)
    assert served.transport.written[2:] == b"2 404"


async def test_a_message_of_endless_empty_parts_takes_no_room() -> None:
    served = Served(silent)
    await served.upgrade()
    served.connection.data_received(frame(TEXT, b"", fin=False) + frame(CONTINUATION, b"", fin=False) * 10_000)

    assert len(served.connection.frames) <= 1
