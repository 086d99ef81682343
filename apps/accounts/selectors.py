"""Reading accounts and their bookers."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, QuerySet

from apps.accounts.models import Booker, LoginSession, User
from apps.common.errors import NotFound, TokenInvalid


def get_account(user_id: int) -> User:
    """Return the account a token names; raises TokenInvalid if it is gone or inactive by now."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise TokenInvalid
    return user


def has_permission(user_id: int, permission: str) -> bool:
    """Tell whether an account is active and has a permission of the admin's, such as "concerts.change_performance"."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    return user is not None and user.has_perm(permission)


def list_bookers(user_id: int) -> QuerySet[Booker]:
    """Return an account's bookers, the default first, then by age."""
    return Booker.objects.filter(user_id=user_id).order_by(F("is_default").desc(nulls_last=True), "pk")


def get_booker(user_id: int, booker_id: int) -> Booker:
    """Return a booker of this account; raises NotFound, for another account's too."""
    booker = Booker.objects.filter(pk=booker_id, user_id=user_id).first()
    if booker is None:
        raise NotFound
    return booker


def list_live_logins(user_id: int, *, now: datetime) -> QuerySet[LoginSession]:
    """Return where an account is logged in, the last used first."""
    return LoginSession.objects.filter(user_id=user_id, ended_at=None, expires_at__gt=now).order_by(
        "-last_used_at", "pk"
    )
