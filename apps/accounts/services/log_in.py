"""Begin a log-in session."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from apps.accounts.errors import WrongCredentials
from apps.accounts.models import LoginSession, LoginVia, SessionEnd, User
from apps.accounts.services.end_sessions import end_sessions_of
from apps.accounts.services.password_checks import matches
from apps.accounts.throttling import forget_attempts, limit_attempts
from apps.accounts.tokens import RefreshToken, TokenPair
from apps.common.database.transactions import retried_transaction
from apps.common.errors import PermissionRefused


@dataclass(frozen=True, slots=True)
class BrowserLogIn:
    """Who logged in, and the session that the browser keeps."""

    user: User
    session_id: uuid.UUID


def log_in(*, email: str, password: str, address: str | None, user_agent: str = "") -> TokenPair:
    """Check the password and begin a session of an API client.

    1. Count the attempt, by address and by account.
    2. Hash the password whether or not the account exists, so that time tells nothing.
    3. Begin the session if the account is still what was checked.
    4. Forget the account's failed attempts.

    Raises TooManyRequests, WrongCredentials (of an inactive account too), ServiceUnavailable.
    """
    user, refresh = _log_in(LoginVia.API, email=email, password=password, address=address, user_agent=user_agent)
    return TokenPair.of(user, refresh=refresh)


def log_in_browser(
    *,
    email: str,
    password: str,
    address: str | None,
    user_agent: str = "",
    admits: Callable[[User], bool] | None = None,
) -> BrowserLogIn:
    """As `log_in`, for pages: an account is logged in in one browser, so the one before is logged out.

    An entry that is not for all says by `admits` for whom it is: PermissionRefused for others whose password is
    right, and nothing has changed for them.
    """
    user, refresh = _log_in(
        LoginVia.BROWSER, email=email, password=password, address=address, user_agent=user_agent, admits=admits
    )
    return BrowserLogIn(user, refresh.session_id)


def begin_browser_session(user: User, *, address: str | None, user_agent: str = "") -> uuid.UUID:
    """Begin a session for somebody whose password Django's own form has checked. Raises WrongCredentials."""
    return _begin_session(LoginVia.BROWSER, user, renewed_hash=None, address=address, user_agent=user_agent).session_id


def _log_in(
    via: LoginVia,
    *,
    email: str,
    password: str,
    address: str | None,
    user_agent: str,
    admits: Callable[[User], bool] | None = None,
) -> tuple[User, RefreshToken]:
    email = User.normalise_email(email)
    limit_attempts("log_in", address=address, account=email)
    user = User.objects.filter(email=email).first()
    correct, renewed_hash = matches(password, encoded=user.password if user else "")
    if user is None or not correct:
        raise WrongCredentials
    if admits is not None and not admits(user):
        raise PermissionRefused
    refresh = _begin_session(via, user, renewed_hash=renewed_hash, address=address, user_agent=user_agent)
    if renewed_hash:
        user.password = renewed_hash
    forget_attempts("log_in", account=email)
    return user, refresh


@retried_transaction
def _begin_session(
    via: LoginVia, user: User, *, renewed_hash: str | None, address: str | None, user_agent: str
) -> RefreshToken:
    """Insert the session under the account's row lock.

    A change of password, role or activity updates the account and then ends its sessions:
    either it sees this one, or the conditional UPDATE here sees the change and finds no row.
    Of two browsers at once the later one stays.
    """
    now = timezone.now()
    unchanged = User.objects.filter(pk=user.pk, password=user.password, role=user.role, is_active=True)
    if not unchanged.update(last_login=now, password=renewed_hash or user.password):
        raise WrongCredentials
    if via == LoginVia.BROWSER:
        end_sessions_of(user.pk, reason=SessionEnd.LOGGED_IN_ELSEWHERE, via=LoginVia.BROWSER)
    refresh = RefreshToken.of(user.pk, session_id=uuid.uuid4())
    LoginSession.objects.create(
        id=refresh.session_id,
        user=user,
        current_jti=refresh.jti,
        last_used_at=now,
        expires_at=refresh.expires_at,
        ip=address,
        user_agent=user_agent[:255],
        via=via,
    )
    return refresh
