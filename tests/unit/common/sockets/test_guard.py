"""Who does not take what waits for them is dropped; who takes it at some pace is not."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any

import pytest
import uvloop

from apps.common.sockets.guard import (
    BYTES_ACKED,
    CLOSING,
    HURRIED,
    KERNEL_MILLISECONDS,
    OPEN,
    UNSENT_IN_KERNEL_BYTES,
    SocketGuard,
    Terms,
    bound_kernel,
)


class Transport:
    """A transport and its socket, whose client has taken `taken` bytes while `waiting` more are in the buffer."""

    def __init__(self) -> None:
        self.waiting = 0
        self.taken = 0
        self.options: list[tuple[int, int, Any]] = []
        self.is_aborted = False

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def get_extra_info(self, _name: str) -> Transport:
        return self

    def getsockopt(self, _level: int, option: int, _size: int) -> bytes:
        assert option == socket.TCP_INFO
        return bytes(BYTES_ACKED) + struct.pack("=Q", self.taken)

    def setsockopt(self, level: int, option: int, value: Any) -> None:
        self.options.append((level, option, value))

    def abort(self) -> None:
        self.is_aborted = True


class Connection:
    kind = "http"

    def __init__(self, asked: Terms = OPEN) -> None:
        self.transport: Any = Transport()
        self.asked = asked

    def terms(self) -> Terms:
        return self.asked


@pytest.fixture
def connection() -> Connection:
    return Connection()


@pytest.fixture
def guard(connection: Connection) -> SocketGuard:
    guard = SocketGuard()
    guard._connections = {connection}
    return guard


def look_each_second(guard: SocketGuard, *, since: int, until: float) -> None:
    for now in range(since, int(until) + 1):
        guard.look(now)


def test_a_client_that_takes_nothing_is_dropped_with_a_reset(guard: SocketGuard, connection: Connection) -> None:
    connection.transport.waiting = 1000
    look_each_second(guard, since=0, until=OPEN.seconds - 1)
    assert not connection.transport.is_aborted
    assert guard.unsent_bytes == 1000

    look_each_second(guard, since=int(OPEN.seconds), until=OPEN.seconds)

    assert connection.transport.is_aborted
    assert (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)) in connection.transport.options
    assert guard.aborted["http"] == 1
    assert guard.unsent_bytes == 0


@pytest.mark.parametrize(("bytes_a_second", "is_dropped"), [(1023, True), (1024, False)])
def test_the_pace_decides_and_not_what_is_left(
    guard: SocketGuard, connection: Connection, bytes_a_second: int, is_dropped: bool
) -> None:
    for now in range(100):
        connection.transport.waiting = 1_000_000 + 50_000 * now  # more comes than goes
        connection.transport.taken = bytes_a_second * now
        guard.look(now)

    assert connection.transport.is_aborted == is_dropped


def test_what_was_taken_long_ago_does_not_count(guard: SocketGuard, connection: Connection) -> None:
    connection.transport.waiting = 1000
    guard.look(0)
    connection.transport.taken = 10_000_000
    look_each_second(guard, since=1, until=OPEN.seconds)
    assert not connection.transport.is_aborted

    look_each_second(guard, since=int(OPEN.seconds) + 1, until=2 * OPEN.seconds)

    assert connection.transport.is_aborted


def test_a_buffer_that_was_empty_meanwhile_starts_anew(guard: SocketGuard, connection: Connection) -> None:
    connection.transport.waiting = 1000
    guard.look(0)
    connection.transport.waiting = 0
    guard.look(10)
    connection.transport.waiting = 1000
    look_each_second(guard, since=11, until=OPEN.seconds + 10)

    assert not connection.transport.is_aborted


@pytest.mark.parametrize(("terms", "is_dropped"), [(CLOSING, True), (HURRIED, False)])
def test_a_close_has_an_end_at_any_pace_and_a_hurried_answer_keeps_its_pace(
    guard: SocketGuard, connection: Connection, terms: Terms, is_dropped: bool
) -> None:
    connection.transport.waiting = 1_000_000
    look_each_second(guard, since=0, until=3)
    connection.asked = terms
    for now in range(4, 4 + int(terms.seconds) + 1):
        connection.transport.taken += 10_000
        guard.look(now)

    assert connection.transport.is_aborted == is_dropped


def test_where_the_kernel_cannot_be_asked_the_buffer_is(guard: SocketGuard, connection: Connection) -> None:
    def unknown(*_: object) -> bytes:
        raise OSError

    connection.transport.getsockopt = unknown
    for now in range(100):
        connection.transport.waiting = 1_000_000 - 2_000 * now
        guard.look(now)
    assert not connection.transport.is_aborted

    look_each_second(guard, since=100, until=100 + 2 * OPEN.seconds)

    assert connection.transport.is_aborted


def test_the_end_is_told_once() -> None:
    calls: list[str] = []
    guard = SocketGuard()
    guard.at_the_end(lambda: calls.append("end"))
    guard.end()
    guard.end()

    assert calls == ["end"]


def test_the_kernel_keeps_little_and_not_for_long() -> None:
    """Of a real socket, as the server's loop has it: neither bound can be seen from outside within a test's time."""
    options: dict[int, int] = {}

    class Accepted(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            bound_kernel(transport)
            for option in (socket.TCP_NOTSENT_LOWAT, socket.TCP_USER_TIMEOUT):
                options[option] = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, option)
            transport.close()

    async def connect() -> None:
        server = await asyncio.get_running_loop().create_server(Accepted, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b""
        writer.close()
        server.close()

    uvloop.run(connect())

    assert options[socket.TCP_NOTSENT_LOWAT] == UNSENT_IN_KERNEL_BYTES
    assert options[socket.TCP_USER_TIMEOUT] == KERNEL_MILLISECONDS
