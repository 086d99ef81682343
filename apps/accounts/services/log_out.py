"""End a session by any of its refresh tokens."""

from __future__ import annotations

from apps.accounts.models import SessionEnd
from apps.accounts.services.end_sessions import end_session
from apps.accounts.tokens import RefreshToken


def log_out(encoded: str) -> None:
    """End the token's session; a second time does nothing. Raises TokenInvalid."""
    end_session(RefreshToken.read(encoded).session_id, reason=SessionEnd.LOGGED_OUT)
