"""Exchange a refresh token for a new pair; the old one is dead."""

from __future__ import annotations

from collections.abc import Callable

from django.utils import timezone

from apps.accounts.models import LoginSession, SessionEnd, User
from apps.accounts.services.end_sessions import end_session
from apps.accounts.tokens import RefreshToken, TokenPair
from apps.common.database.transactions import retried_transaction
from apps.common.errors import TokenInvalid


def take_turn(used: RefreshToken, fresh: RefreshToken) -> bool:
    """Make `fresh` the session's good token if `used` still is: of any number at once, one succeeds."""
    good = LoginSession.objects.filter(pk=used.session_id, current_jti=used.jti, ended_at=None)
    moved = good.update(current_jti=fresh.jti, expires_at=fresh.expires_at, last_used_at=timezone.now())
    return bool(moved)


def rotate_refresh(encoded: str, *, take_turn: Callable[[RefreshToken, RefreshToken], bool] = take_turn) -> TokenPair:
    """Rotate a session's refresh token.

    1. Verify the token, without SQL.
    2. One conditional UPDATE decides whether it was still good.
    3. It was: answer a pair with the account's present role.
    4. It was not, so it is used a second time: end the session, whoever of the two was the thief.

    Raises TokenInvalid.
    """
    used = RefreshToken.read(encoded)
    pair = _rotate(used, take_turn)
    if pair is not None:
        return pair
    end_session(used.session_id, reason=SessionEnd.REFRESH_REUSED)
    raise TokenInvalid


@retried_transaction
def _rotate(used: RefreshToken, take_turn: Callable[[RefreshToken, RefreshToken], bool]) -> TokenPair | None:
    fresh = used.successor()
    if not take_turn(used, fresh):
        return None
    return TokenPair.of(User.objects.get(pk=used.user_id), refresh=fresh)
