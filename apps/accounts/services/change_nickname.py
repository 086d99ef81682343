"""Change what an account is called."""

from __future__ import annotations

from apps.accounts.models import User
from apps.accounts.selectors import get_account


def change_nickname(user_id: int, *, nickname: str | None = None) -> User:
    """Change the nickname if one is given, and return the account. Raises TokenInvalid (gone or inactive)."""
    if nickname is not None:
        User.objects.filter(pk=user_id, is_active=True).update(nickname=nickname)
    return get_account(user_id)
