"""Begin a log-in session."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from apps.accounts.errors import WrongCredentials
from apps.accounts.models import LoginSession, User
from apps.accounts.services.password_checks import matches
from apps.accounts.throttling import forget_attempts, limit_attempts
from apps.accounts.tokens import RefreshToken, TokenPair


def log_in(*, email: str, password: str, address: str | None, user_agent: str = "") -> TokenPair:
    """Check the password and begin a session.

    1. Count the attempt, by address and by account.
    2. Hash the password whether or not the account exists, so that time tells nothing.
    3. Begin the session if the account is still what was checked.
    4. Forget the account's failed attempts.

    Raises TooManyRequests, WrongCredentials (of an inactive account too), ServiceUnavailable.
    """
    email = User.normalise_email(email)
    limit_attempts("log_in", address=address, account=email)
    user = User.objects.filter(email=email).first()
    correct, renewed_hash = matches(password, encoded=user.password if user else "")
    if user is None or not correct:
        raise WrongCredentials
    pair = _begin_session(user, renewed_hash=renewed_hash, address=address, user_agent=user_agent)
    forget_attempts("log_in", account=email)
    return pair


@transaction.atomic
def _begin_session(user: User, *, renewed_hash: str | None, address: str | None, user_agent: str) -> TokenPair:
    """Insert the session under the account's row lock.

    A change of password, role or activity updates the account and then ends its sessions:
    either it sees this one, or the conditional UPDATE here sees the change and finds no row.
    """
    now = timezone.now()
    unchanged = User.objects.filter(pk=user.pk, password=user.password, role=user.role, is_active=True)
    if not unchanged.update(last_login=now, password=renewed_hash or user.password):
        raise WrongCredentials
    refresh = RefreshToken.of(user.pk, session_id=uuid.uuid4())
    LoginSession.objects.create(
        id=refresh.session_id,
        user=user,
        current_jti=refresh.jti,
        last_used_at=now,
        expires_at=refresh.expires_at,
        ip=address,
        user_agent=user_agent[:255],
    )
    return TokenPair.of(user, refresh=refresh)
