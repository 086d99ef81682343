"""Passwords at the API: checked and hashed by a bounded number of threads."""

from __future__ import annotations

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.accounts.hashing import admission
from apps.accounts.models import User
from apps.common.errors import ValidationFailed


def matches(password: str, *, encoded: str) -> tuple[bool, str | None]:
    """Return whether `password` has the hash `encoded`, and a new hash if that one is out of date.

    An empty or unusable `encoded` costs as much as a wrong password.
    """
    renewed: list[str] = []
    with admission():
        correct = check_password(password, encoded, setter=lambda raw: renewed.append(make_password(raw)))
    return correct, renewed[0] if renewed else None


def hash_new_password(password: str, *, user: User, field: str = "password") -> str:
    """Return the hash of a password that the validators accept; raises ValidationFailed naming `field`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationFailed(errors={field: error.messages}) from error
    with admission():
        return make_password(password)
