"""The clock of one connection: the heart-beats that are due, and what ends by time."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol

from apps.common import errors
from apps.stomp.destinations import Client
from apps.stomp.protocol.session import ServerSession

CONNECT_SECONDS = 10.0
LATE = 2  # so many periods without a sign of life end a connection
SHORTEST_WAIT = 0.01


class TokenExpired(errors.DomainError):
    code = "token_expired"
    status = 401
    title = "The access token has expired: connect with a new one"


class Timed(Protocol):
    """The connection, as far as its clock needs it."""

    client: Client | None

    def give_up(self, error: errors.DomainError) -> None:
        """Tell the client what happened, and close."""

    def beat(self) -> None:
        """Send a heart-beat."""

    def fall_silent(self) -> None:
        """Close without a word: nobody hears it."""


class Pulse:
    """When each side was heard last, by the event loop's clock; `is_busy` while something is being handled."""

    __slots__ = ("_connection", "_loop", "_session", "_timer", "heard_at", "is_busy", "sent_at")

    def __init__(self, connection: Timed, session: ServerSession) -> None:
        self._connection: Timed | None = connection
        self._session = session
        self._loop = asyncio.get_running_loop()
        self.heard_at = self.sent_at = self._loop.time()
        self.is_busy = False
        self._timer = self._loop.call_later(CONNECT_SECONDS, self.look)

    def stop(self) -> None:
        """Look no more, and let go of the connection: neither waits for the garbage collector."""
        self._connection = None
        self._timer.cancel()

    def look(self) -> None:
        """Send a heart-beat that is due, and end what has been silent, or logged in, for too long; look again then."""
        connection = self._connection
        if connection is None:
            return
        self._timer.cancel()
        now = self._loop.time()
        if connection.client is None:
            connection.give_up(errors.NotAuthenticated("Nobody has logged in"))
            return
        waits = [connection.client.user.expires_at - time.time()]
        if waits[0] <= 0:
            connection.give_up(TokenExpired())
            return
        if expected := self._session.expect_every_ms / 1000 * LATE:
            if not self.is_busy and now - self.heard_at >= expected:
                connection.fall_silent()
                return
            waits.append(max(self.heard_at + expected - now, expected / LATE if self.is_busy else 0))
        if period := self._session.send_every_ms / 1000:
            if now - self.sent_at >= period / 2:
                connection.beat()
            waits.append(self.sent_at + period / 2 - now)
        self._timer = self._loop.call_later(max(min(waits), SHORTEST_WAIT), self.look)
