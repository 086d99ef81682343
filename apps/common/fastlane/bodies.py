"""Bodies, read whole on the event loop before anything is done for them: in time, up to a size, up to a total.

A body has `BODY_SECONDS`, and a second more for each `BODY_BYTES_PER_SECOND` that have come: one that trickles ends
with 408, whatever its length. One timer looks after all that are under way, so that a body that comes with its
head costs no timer. What all of them hold is bounded as well; the oldest goes first, since an honest one is short.
"""

from __future__ import annotations

import asyncio
import tempfile
from io import BytesIO
from types import TracebackType
from typing import IO

from django.conf import settings

from apps.common.errors import PayloadTooLarge, RequestTimeout
from apps.common.event_loop.per_loop import PerLoop
from apps.common.fastlane.requests import ClientGone, Receive, Scope
from apps.common.limits import JSON_BODY_BYTES as MAX_BODY_BYTES

MOST_IN_MEMORY = 64 * 1024  # of one body; what is larger is written to a temporary file
LOOK_SECONDS = 0.25
WITH_FRAMING = ("1.0", "1.1")  # a request of these has no body unless its head says so (RFC 9112, section 6)


class Reading:
    """One body under way, as a context. `end` takes its reader out of it, by RequestTimeout."""

    __slots__ = ("_bodies", "_cancels", "_task", "began", "is_ended", "received", "spooled")

    def __init__(self, bodies: Bodies) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a body is read in a task")
        self._bodies = bodies
        self._task = task
        self._cancels = task.cancelling()
        self.began = 0.0
        self.received = 0
        self.spooled = 0
        self.is_ended = False

    def __enter__(self) -> Reading:
        self.began = self._bodies.begin(self)
        return self

    def __exit__(self, _kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._bodies.forget(self)
        if isinstance(error, asyncio.CancelledError) and self.was_ended():
            raise RequestTimeout from None

    def end(self) -> None:
        if self.is_ended:
            return
        self.is_ended = True
        if asyncio.current_task() is not self._task:
            self._task.cancel()

    def go_on(self) -> None:
        """Raise RequestTimeout where the reader has ended itself: it waits for nothing that could be cancelled."""
        if self.is_ended:
            raise RequestTimeout

    def was_ended(self) -> bool:
        """Say whether a CancelledError is this one's own and nobody else's (as asyncio.timeout does)."""
        return self.is_ended and self._task.uncancel() <= self._cancels


class Bodies:
    """All bodies under way of one event loop.

    Args:
        seconds: that a body has whatever its length.
        bytes_per_second: that it has to come with beyond them.
        memory_bytes, file_bytes: what all may hold at once.
    """

    def __init__(self, *, seconds: float, bytes_per_second: float, memory_bytes: int, file_bytes: int) -> None:
        self._seconds = seconds
        self._bytes_per_second = bytes_per_second
        self._memory_bytes = memory_bytes
        self._file_bytes = file_bytes
        self._under_way: dict[Reading, None] = {}  # the oldest first
        self._in_memory = 0
        self._in_files = 0
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None

    async def read(self, receive: Receive, headers: dict[bytes, bytes], *, limit: int = MAX_BODY_BYTES) -> bytes:
        """Return the whole body.

        Raises PayloadTooLarge beyond `limit` bytes, RequestTimeout where it does not come in time, ClientGone.
        """
        length = _announced(headers, limit)
        if length == 0:
            return b""
        with Reading(self) as reading:
            message = await receive()
            if message["type"] == "http.request" and not message.get("more_body", False):
                body: bytes = message.get("body", b"")
                if len(body) > limit:
                    raise PayloadTooLarge
                return body
            chunks = bytearray()
            while self._take(message, reading, limit=limit):
                chunks += message.get("body", b"")
                if not message.get("more_body", False):
                    return bytes(chunks)
                message = await receive()
        raise ClientGone

    async def open(self, receive: Receive, headers: dict[bytes, bytes], *, limit: int) -> tuple[IO[bytes], int]:
        """Return the whole body as a file, and its length; one beyond `MOST_IN_MEMORY` lies on the disk.

        Raises what `read` raises.
        """
        if limit <= MOST_IN_MEMORY:
            body = await self.read(receive, headers, limit=limit)
            return BytesIO(body), len(body)
        length = _announced(headers, limit)
        file: IO[bytes] = tempfile.SpooledTemporaryFile(MOST_IN_MEMORY)  # noqa: SIM115 - the request's end closes it
        try:
            if length != 0:
                await self._spool(receive, file, limit=limit)
        except BaseException:
            file.close()
            raise
        size = file.tell()
        file.seek(0)
        return file, size

    async def _spool(self, receive: Receive, file: IO[bytes], *, limit: int) -> None:
        with Reading(self) as reading:
            message = await receive()
            while self._take(message, reading, limit=limit):
                chunk = message.get("body", b"")
                if reading.received > MOST_IN_MEMORY:
                    self._count_on_disk(reading)
                    await asyncio.to_thread(file.write, chunk)
                else:
                    file.write(chunk)
                if not message.get("more_body", False):
                    return
                message = await receive()
        raise ClientGone

    def _take(self, message: dict[str, object], reading: Reading, *, limit: int) -> bool:
        """Count a message's bytes; say False where it is no part of a body. Raises PayloadTooLarge."""
        if message["type"] != "http.request":
            return False
        size = len(message.get("body", b""))  # type: ignore[arg-type]
        reading.received += size
        self._in_memory += size
        if reading.received > limit:
            raise PayloadTooLarge
        while self._in_memory > self._memory_bytes and self._end_oldest():
            pass
        reading.go_on()
        return True

    def _count_on_disk(self, reading: Reading) -> None:
        new = reading.received - reading.spooled
        reading.spooled = reading.received
        self._in_memory -= new
        self._in_files += new
        while self._in_files > self._file_bytes and self._end_oldest(spooled=True):
            pass
        reading.go_on()

    def _end_oldest(self, *, spooled: bool = False) -> bool:
        """End the body that has been under way for longest, and count it no more; say whether there was one."""
        for reading in self._under_way:
            if not spooled or reading.spooled:
                self.forget(reading)
                reading.end()
                return True
        return False

    def begin(self, reading: Reading) -> float:
        """Look after a body from now on, until it is told to `forget` it. Returns now, in seconds of the loop."""
        self._under_way[reading] = None
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)
        return self._loop.time()

    def forget(self, reading: Reading) -> None:
        """Count a body no more."""
        if reading in self._under_way:
            del self._under_way[reading]
            self._in_memory -= reading.received - reading.spooled
            self._in_files -= reading.spooled

    def _look(self) -> None:
        """End what is late; look again as long as anything is under way."""
        now = self._loop.time()
        for reading in list(self._under_way):
            if now > reading.began + self._seconds + reading.received / self._bytes_per_second:
                self.forget(reading)
                reading.end()
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look) if self._under_way else None


def has_body(scope: Scope, headers: dict[bytes, bytes]) -> bool:
    """Say whether a request's head announces a body."""
    if scope.get("http_version", "1.1") not in WITH_FRAMING:
        return True
    return b"transfer-encoding" in headers or headers.get(b"content-length", b"0") != b"0"


def _announced(headers: dict[bytes, bytes], limit: int) -> int | None:
    """Return the length that the head says, None where it says none; raise PayloadTooLarge where that is too much."""
    text = headers.get(b"content-length", b"")
    if not text.isdigit():
        return None
    if len(text) > len(str(limit)) or int(text) > limit:
        raise PayloadTooLarge
    return int(text)


def _bodies_of_settings() -> Bodies:
    return Bodies(
        seconds=settings.BODY_SECONDS,
        bytes_per_second=settings.BODY_BYTES_PER_SECOND,
        memory_bytes=settings.BODIES_MEMORY_BYTES,
        file_bytes=settings.BODIES_FILE_BYTES,
    )


bodies = PerLoop(_bodies_of_settings)
"""The running event loop's bodies."""
