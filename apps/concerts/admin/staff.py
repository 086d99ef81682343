"""Who acts in the admin."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from apps.accounts.models import User


def staff_of(request: HttpRequest) -> User:
    """The member of staff behind a request.

    Raises:
        PermissionDenied: nobody is logged in.
    """
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
