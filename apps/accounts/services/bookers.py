"""The people an account books for. An account that has any has exactly one default.

The database allows one default at most (see `Booker`); that there is one is decided here,
under the account's row lock.
"""

from __future__ import annotations

import datetime
from typing import TypedDict, Unpack

from django.utils.translation import gettext as _

from apps.accounts.errors import BookerLimitReached
from apps.accounts.models import Booker, User
from apps.accounts.selectors import get_booker
from apps.common.database.transactions import retried_transaction
from apps.common.errors import TokenInvalid, ValidationFailed

BOOKERS_PER_ACCOUNT = 20


class BookerDetails(TypedDict, total=False):
    name: str
    phone: str
    email: str
    birth_date: datetime.date | None
    address: str


@retried_transaction
def add_booker(user_id: int, *, is_default: bool = False, **details: Unpack[BookerDetails]) -> Booker:
    """Add a booker; the first becomes the default. Locks the account; raises BookerLimitReached."""
    _lock_account(user_id)
    others = Booker.objects.filter(user_id=user_id)
    count = others.count()
    if count >= BOOKERS_PER_ACCOUNT:
        raise BookerLimitReached
    if is_default:
        others.update(is_default=None)
    return Booker.objects.create(user_id=user_id, is_default=is_default or count == 0 or None, **details)


@retried_transaction
def change_booker(
    user_id: int, booker_id: int, *, is_default: bool | None = None, **details: Unpack[BookerDetails]
) -> Booker:
    """Change what is given. Locks the account; raises NotFound, and ValidationFailed for taking the default away."""
    _lock_account(user_id)
    booker = get_booker(user_id, booker_id)
    if is_default is False and booker.is_default:
        raise ValidationFailed(errors={"default": [_("Make another booker the default instead.")]})
    if is_default:
        Booker.objects.filter(user_id=user_id).exclude(pk=booker_id).update(is_default=None)
        booker.is_default = True
    for name, value in details.items():
        setattr(booker, name, value)
    booker.save()
    return booker


@retried_transaction
def remove_booker(user_id: int, booker_id: int) -> None:
    """Remove a booker; the oldest of the others takes over as default. Locks the account; raises NotFound."""
    _lock_account(user_id)
    booker = get_booker(user_id, booker_id)
    booker.delete()
    heir = Booker.objects.filter(user_id=user_id).order_by("pk").first() if booker.is_default else None
    if heir is not None:
        Booker.objects.filter(pk=heir.pk).update(is_default=True)


def _lock_account(user_id: int) -> None:
    locked = User.objects.select_for_update().filter(pk=user_id, is_active=True)
    if not locked.values_list("pk", flat=True):
        raise TokenInvalid
