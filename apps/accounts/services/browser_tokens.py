"""Access tokens of a browser whose log-in lives in its Django session."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.utils import timezone

from apps.accounts.models import LoginSession, User
from apps.accounts.tokens import AccessToken, RefreshToken
from apps.common.errors import LoginEnded

EXPIRED = "expired"
USED_AGAIN_AFTER = timedelta(minutes=5)  # so that reading pages is not a write each time


def check_browser_session(session_id: uuid.UUID) -> None:
    """Raises LoginEnded with the reason of a log-in session that is no longer good."""
    found = LoginSession.objects.filter(pk=session_id).values_list("ended_at", "end_reason", "expires_at").first()
    if found is None:
        raise LoginEnded(reason=EXPIRED)
    ended_at, reason, expires_at = found
    if ended_at is not None:
        raise LoginEnded(reason=reason)
    if expires_at <= timezone.now():
        raise LoginEnded(reason=EXPIRED)


def issue_browser_token(user: User, *, session_id: uuid.UUID) -> AccessToken:
    """Issue an access token, and let the log-in last as long as a refresh token from now.

    The role is the row's: a change of it has ended the session. Raises LoginEnded.
    """
    check_browser_session(session_id)
    now = timezone.now()
    LoginSession.objects.filter(pk=session_id, ended_at=None, last_used_at__lt=now - USED_AGAIN_AFTER).update(
        last_used_at=now, expires_at=now + RefreshToken.lifetime
    )
    return AccessToken.of_user(user, session_id=session_id)
