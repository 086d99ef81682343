"""What all STOMP connections of a process share."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from typing import Protocol

import msgspec
from django.conf import settings
from redis.exceptions import RedisError

from apps.common.errors import DomainError, LoginEnded
from apps.common.fastlane import Claims
from apps.stomp.budgets import Budgets
from apps.stomp.destinations import Client, Destination, Destinations
from apps.stomp.hub import Hub, Published, current_hub
from apps.stomp.protocol.limits import Limits

ERRORS = "/user/queue/errors"
LOGINS_ENDED = "logins-ended"
PAUSE_SECONDS = 0.1  # until Redis is asked again

logger = logging.getLogger(__name__)


class Authenticator(Protocol):
    """Knows who may connect."""

    async def authenticate(self, authorization: str) -> Claims:
        """Return whose `Authorization` header it is; raise NotAuthenticated, TokenInvalid or LoginEnded."""

    async def ended(self, session_ids: Iterable[str]) -> set[str]:
        """Return which of these log-in sessions have ended."""


class _Connection(Protocol):
    @property
    def client(self) -> Client | None: ...

    def give_up(self, error: DomainError) -> None: ...


class LoginsEnded(msgspec.Struct):
    """What the topic `logins-ended` says."""

    session_ids: list[str]


class StompServer:
    """The destinations, the limits and budgets, and who is connected by which log-in session."""

    def __init__(
        self, destinations: Iterable[Destination], *, authenticator: Authenticator, budgets: Budgets | None = None
    ) -> None:
        self.destinations = Destinations(destinations)
        self.limits = Limits(max_body_bytes=settings.STOMP_MAX_BODY_BYTES)
        self.budgets = Budgets() if budgets is None else budgets
        self._authenticator = authenticator
        self._connections: dict[str, set[_Connection]] = {}
        self._hub: Hub | None = None
        self._watching: asyncio.Task[None] | None = None
        self._checking: asyncio.Task[None] | None = None
        self._has_to_check = False

    @property
    def hub(self) -> Hub:
        """The running event loop's hub."""
        return current_hub()

    async def authenticate(self, authorization: str) -> Claims:
        """Return who connects. From then on the end of a log-in is heard of: see `remember`."""
        if self._watching is None or (self._watching.done() and self._watching.exception() is not None):
            self._watching = asyncio.create_task(self.hub.join(LOGINS_ENDED, self))
        await asyncio.shield(self._watching)
        return await self._authenticator.authenticate(authorization)

    def remember(self, connection: _Connection) -> None:
        """End this connection when its log-in ends."""
        if connection.client is not None:
            self._connections.setdefault(connection.client.user.session_id, set()).add(connection)

    def forget(self, connection: _Connection) -> None:
        if connection.client is None:
            return
        session_id = connection.client.user.session_id
        connections = self._connections.get(session_id)
        if connections is not None:
            connections.discard(connection)
            if not connections:
                del self._connections[session_id]

    # The hub's receiver of `logins-ended`

    def deliver(self, published: Published) -> None:
        self._end(msgspec.json.decode(published.payload, type=LoginsEnded).session_ids)

    def resynchronise(self) -> None:
        """Redis was away: ask which log-ins have ended meanwhile; once more where that was being asked."""
        self._has_to_check = True
        if self._checking is None or self._checking.done():
            self._checking = asyncio.create_task(self._check())

    async def _check(self) -> None:
        """Ask until Redis answers: what was told meanwhile is told only once."""
        while self._has_to_check:
            self._has_to_check = False
            try:
                self._end(await self._authenticator.ended(list(self._connections)))
            except RedisError as error:
                logger.debug("it is not known yet which log-ins have ended: %s", error)
                self._has_to_check = True
                await asyncio.sleep(PAUSE_SECONDS)

    def _end(self, session_ids: Iterable[str]) -> None:
        for session_id in session_ids:
            for connection in list(self._connections.get(session_id, ())):
                connection.give_up(LoginEnded())
