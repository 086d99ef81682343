"""A client's session over several HTTP requests. It lives in this process: a proxy has to send them all here."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from django.conf import settings

from apps.stomp.budgets import CONNECTIONS
from apps.stomp.connection import StompConnection
from apps.stomp.counters import counters
from apps.stomp.protocol.session import Wire
from apps.stomp.server import StompServer
from apps.stomp.sockjs.framing import HEART_BEAT, HEART_BEAT_SECONDS, OPEN, close_frame, messages_frame, text_of

MAX_SESSIONS = 10_000  # of a process
INTERRUPTED = close_frame(1002, "Connection interrupted")
STILL_OPEN = close_frame(2010, "Another connection still open")


class SockJSSession:
    """What waits for the client, and the one request that receives it. A transport of `StompConnection`."""

    def __init__(
        self, server: StompServer, sessions: dict[str, SockJSSession], session_id: str, *, network: str | None
    ) -> None:
        self._sessions = sessions
        self._id = session_id
        self._loop = asyncio.get_running_loop()
        self._limit = settings.STOMP_QUEUE_BYTES
        self._waiting: deque[str] = deque()
        self._waiting_bytes = 0
        self._something = asyncio.Event()
        self._reading = asyncio.Lock()
        self._is_opened = False
        self._closed: str | None = None  # the close frame, which every later request gets again
        self._ending = self._loop.call_later(settings.STOMP_SOCKJS_DISCONNECT_SECONDS, self.end)
        self._connection = StompConnection(self, server=server, network=network)
        self._budgets, self._address = server.budgets, server.budgets.address(network)
        self._receiver: object = None

    # The transport

    def send(self, frame: Wire) -> None:
        text = text_of(frame)
        self._waiting.append(text)
        self._waiting_bytes += len(text)
        if self._waiting_bytes > self._limit:
            counters.closed["slow_consumer"] += 1
            self._connection.lost()
            self.close(1008, "slow consumer")
        self._something.set()

    def close(self, code: int, reason: str) -> None:
        if self._closed is None:
            self._closed = close_frame(code, reason or "Go away!")
            self._something.set()

    # What requests do

    async def receive(self, messages: Sequence[str]) -> None:
        """Handle what the client says, one request after the other."""
        async with self._reading:
            for message in messages:
                if self._closed is not None:
                    return
                await self._connection.received(message)

    @property
    def is_received(self) -> bool:
        """Whether a request receives at present."""
        return self._receiver is not None

    def attach(self, receiver: object) -> None:
        """A request receives from now on."""
        self._receiver = receiver
        self._ending.cancel()

    def detach(self, receiver: object) -> None:
        """The request is over; the next one has to come soon. It may have come: then nothing changes."""
        if self._receiver is not receiver:
            return
        self._receiver = None
        self._ending = self._loop.call_later(settings.STOMP_SOCKJS_DISCONNECT_SECONDS, self.end)

    async def next_frame(self) -> str:
        """Wait for what is to be sent next: `o` first, `h` when nothing comes for long."""
        if not self._is_opened:
            self._is_opened = True
            return OPEN
        if not self._waiting and self._closed is None:
            self._something.clear()
            try:
                async with asyncio.timeout(HEART_BEAT_SECONDS):
                    await self._something.wait()
            except TimeoutError:
                return HEART_BEAT
        if self._waiting:
            messages = list(self._waiting)
            self._waiting.clear()
            self._waiting_bytes = 0
            return messages_frame(messages)
        return self._closed or HEART_BEAT

    @property
    def is_logged_in(self) -> bool:
        """Whether the client has said who it is."""
        return self._connection.client is not None

    def refuse(self, code: int, reason: str) -> None:
        """End a session whose client could not be read."""
        counters.closed[reason.replace(" ", "_")] += 1
        self._connection.lost()
        self.close(code, reason)

    @property
    def is_closed(self) -> bool:
        """Whether all was sent, and the session is over."""
        return self._closed is not None and not self._waiting

    def interrupt(self) -> None:
        """The receiving request broke off: what it carried may be lost, so the session is as well."""
        if self._closed is None:
            self._closed = INTERRUPTED
        self._connection.lost()

    def end(self) -> None:
        """Nobody receives any more."""
        self._connection.lost()
        if self._sessions.pop(self._id, None) is not None:
            self._budgets.give_back(CONNECTIONS, self._address)
