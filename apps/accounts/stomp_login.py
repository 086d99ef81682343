"""Who may connect by STOMP: whoever has a good access token of a log-in that has not ended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from apps.accounts.ended_logins import ended_key
from apps.common.errors import LoginEnded, NotAuthenticated
from apps.common.fastlane import Claims, token_verifier
from apps.common.redis import pipelined_redis

ASKED_AT_ONCE = 1_000  # log-ins; a process may have more than Redis' connection takes calls at a time


class StompLogin:
    """Checks the token, and asks Redis whether its log-in session has ended: one call a connection, no SQL."""

    async def authenticate(self, authorization: str) -> Claims:
        """Return the claims of `Bearer <access>`; raise NotAuthenticated, TokenInvalid or LoginEnded."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise NotAuthenticated
        claims = token_verifier().verify(token.strip().encode())
        if await self.ended([claims.session_id]):
            raise LoginEnded
        return claims

    async def ended(self, session_ids: Iterable[str]) -> set[str]:
        """Return which of these log-in sessions have ended within an access token's life."""
        redis, asked = pipelined_redis(), list(session_ids)
        ended: set[str] = set()
        for first in range(0, len(asked), ASKED_AT_ONCE):
            some = asked[first : first + ASKED_AT_ONCE]
            answers = await asyncio.gather(*(redis.execute(b"EXISTS", ended_key(session_id)) for session_id in some))
            ended.update(session_id for session_id, answer in zip(some, answers, strict=True) if answer)
        return ended
