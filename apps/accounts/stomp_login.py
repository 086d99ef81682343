"""Who may connect by STOMP: whoever has a good access token of a log-in that has not ended."""

from __future__ import annotations

from collections.abc import Iterable

from apps.accounts.ended_logins import ended_key
from apps.common.errors import LoginEnded, NotAuthenticated
from apps.common.fastlane import Claims, token_verifier
from apps.common.redis import pipelined_redis


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
        redis = pipelined_redis()
        asked = {session_id: redis.execute(b"EXISTS", ended_key(session_id)) for session_id in session_ids}
        return {session_id for session_id, answer in asked.items() if await answer}
