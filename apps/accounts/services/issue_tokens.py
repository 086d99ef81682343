"""Access tokens for a crowd that only tests and benchmarks have."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from apps.accounts.models import Role, User
from apps.accounts.tokens import AccessToken

BATCH_SIZE = 1000


@dataclass(frozen=True, slots=True)
class IssuedToken:
    user_id: int
    email: str
    access: str


def issue_tokens(*, count: int, role: Role) -> Iterator[IssuedToken]:
    """Issue an access token to each of the first `count` accounts of the crowd with `role`.

    Accounts that are missing are made; nobody can log in to them.
    """
    emails = [f"crowd-{role.value}-{number}@example.com" for number in range(1, count + 1)]
    users = User.objects.in_bulk(emails, field_name="email")
    missing = [email for email in emails if email not in users]
    if missing:
        _make_accounts(missing, role=role)
        users |= User.objects.in_bulk(missing, field_name="email")
    for email in emails:
        user = users[email]
        yield IssuedToken(user.pk, email, str(AccessToken.of_user(user, session_id=uuid.uuid4())))


def _make_accounts(emails: list[str], *, role: Role) -> None:
    """Insert what another run has not inserted at the same moment."""
    unusable = make_password(None)
    User.objects.bulk_create(
        (User(email=email, nickname=email.partition("@")[0], role=role, password=unusable) for email in emails),
        batch_size=BATCH_SIZE,
        ignore_conflicts=True,
    )
