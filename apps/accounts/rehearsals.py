"""The accounts that rehearsals are played with, known by the domain of their addresses."""

from __future__ import annotations

from typing import TypeVar

from django.db.models import Model, Q, QuerySet

EMAIL_DOMAIN = "example.invalid"  # RFC 2606: a name that nobody can have, and no mail gets to

Row = TypeVar("Row", bound=Model)


def rehearsal_email(number: int) -> str:
    """The address of the crowd's person of this number, 1 and up."""
    return f"rehearsal-{number:05}@{EMAIL_DOMAIN}"


def is_rehearsals(account: str = "") -> Q:
    """Say in SQL that an account is a rehearsal's; `account` leads from a row to it, such as `customer`."""
    path = f"{account}__email" if account else "email"
    return Q(**{f"{path}__endswith": f"@{EMAIL_DOMAIN}"})


def without_rehearsals(rows: QuerySet[Row], *, account: str) -> QuerySet[Row]:
    """Leave out the rows of rehearsals' accounts."""
    return rows.filter(~is_rehearsals(account))
