"""Ends connections whose client does not take what waits for it.

A transport closes when its buffer is empty. Of a client that does not read it never is: the descriptor, the buffer
and what the kernel holds would stay for ever, and with them whoever waits to write.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import struct
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from typing import NamedTuple, Protocol

LOOK_SECONDS = 1.0
BYTES_ACKED = 120  # where tcpi_bytes_acked stands in `struct tcp_info` (linux/tcp.h), eight bytes
TCP_INFO_BYTES = BYTES_ACKED + 8
UNSENT_IN_KERNEL_BYTES = 128 * 1024  # of a socket, beside what is under way; without a bound it grows to 2.7 MB
KERNEL_MILLISECONDS = 30_000  # later than the guard, which counts whom it drops
RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: drop what the kernel holds, and tell the client by a RST

logger = logging.getLogger(__name__)


class Terms(NamedTuple):
    """What a client has to take, while something waits for it, to be kept."""

    seconds: float  # after so long it is looked at what it has taken
    least_bytes_a_second: float


OPEN = Terms(20.0, 1024)
HURRIED = Terms(5.0, 1024)  # this process is to end
CLOSING = Terms(5.0, math.inf)  # no pace is enough: the buffer is empty by then, or dropped


class Connection(Protocol):
    """A connection as uvicorn's protocols are."""

    kind: str
    transport: asyncio.Transport

    def terms(self) -> Terms:
        """Return what is asked of its client at present."""


class _Wait(NamedTuple):
    """Since when something waits for a client without a pause, and what its kernel had taken then."""

    terms: Terms
    since: float
    taken_bytes: int


class SocketGuard:
    """Looks at the connections of a process, as long as it has some. The event loop is the only caller."""

    def __init__(self) -> None:
        self.aborted: Counter[str] = Counter()  # by kind
        self.unsent_bytes = 0  # in the buffers of this process, at the last look
        self._connections: Collection[Connection] = ()
        self._waits: dict[Connection, _Wait] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._endings: list[Callable[[], None]] = []
        self._is_ending = False

    def watch(self, connections: Collection[Connection], loop: asyncio.AbstractEventLoop) -> None:
        """Look after the connections of a server: uvicorn's own set, which changes as they come and go."""
        self._connections = connections
        if self._timer is None:
            self._timer = loop.call_later(LOOK_SECONDS, self._look_again, loop)

    def open_by_kind(self) -> Counter[str]:
        """Return how many connections have a descriptor. Other threads may ask."""
        return Counter(connection.kind for connection in list(self._connections))

    def at_the_end(self, tell: Callable[[], None]) -> None:
        """Call `tell` when the server has been asked to end, while its connections are still there."""
        self._endings.append(tell)

    def end(self) -> None:
        """Tell those who asked for it that the server is to end; the second time does nothing."""
        if self._is_ending:
            return
        self._is_ending = True
        for tell in self._endings:
            tell()

    def look(self, now: float) -> None:
        """End the connections that have not kept their terms. `now` is in seconds of the event loop's clock."""
        waits: dict[Connection, _Wait] = {}
        unsent = 0
        for connection in list(self._connections):
            waiting = connection.transport.get_write_buffer_size()
            if not waiting:
                continue
            wait = self._judged(connection, now)
            if wait is None:
                self._abort(connection, waiting)
            else:
                waits[connection] = wait
                unsent += waiting
        self._waits, self.unsent_bytes = waits, unsent

    def _judged(self, connection: Connection, now: float) -> _Wait | None:
        """Return what the connection has to its credit from now on, or None where it is to end."""
        terms, taken, before = connection.terms(), _taken_bytes(connection.transport), self._waits.get(connection)
        if before is None or before.terms != terms:
            return _Wait(terms, now, taken)
        waited = now - before.since
        if waited < terms.seconds:
            return before
        return _Wait(terms, now, taken) if taken - before.taken_bytes >= terms.least_bytes_a_second * waited else None

    def _abort(self, connection: Connection, waiting: int) -> None:
        self.aborted[connection.kind] += 1
        logger.debug("a %s client has not taken %d bytes, and is dropped", connection.kind, waiting)
        with suppress(OSError):  # what has no descriptor any more has nothing to reset
            connection.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE
            )
        connection.transport.abort()

    def _look_again(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self.look(loop.time())
        if self._connections:
            self.watch(self._connections, loop)


def bound_kernel(transport: asyncio.Transport) -> None:
    """Let the kernel keep little, and not for long, of what a client does not take.

    What is more waits in this process, where the guard sees it. What is less the kernel drops by itself, with the
    connection, also when the descriptor is closed by then.
    """
    kernel = transport.get_extra_info("socket")
    if kernel is None:
        return
    with suppress(OSError):  # a Unix socket has bounds of its own
        kernel.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_IN_KERNEL_BYTES)
        kernel.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, KERNEL_MILLISECONDS)


def _taken_bytes(transport: asyncio.Transport) -> int:
    """Return how much the client's kernel has taken; by the buffer alone where that cannot be asked."""
    try:
        info = transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, TCP_INFO_BYTES)
        return int(struct.unpack_from("=Q", info, BYTES_ACKED)[0])
    except (OSError, struct.error):  # a Unix socket
        return -transport.get_write_buffer_size()


guard = SocketGuard()  # of this process
