"""Who may call a view: which roles, and which of the admin's permissions staff need besides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.accounts.models import Role
from apps.accounts.selectors import has_permission


class HasRole(BasePermission):
    """Ask for one of `roles`, as the access token has it."""

    roles: ClassVar[frozenset[str]] = frozenset()

    def has_permission(self, request: Request, view: APIView) -> bool:
        return getattr(request.user, "role", None) in self.roles


class IsStaff(HasRole):
    roles = frozenset({Role.STAFF})


class AsksForPermissions(Protocol):
    """A view that says which of the admin's permissions a method needs; GET stands for all that change nothing."""

    needs: Mapping[str, str]


class StaffWhoMay(IsStaff):
    """Staff with the permission that the view `needs` for the method, as their account has it now.

    The token says no more than the role, which whoever may only look at things has as well.
    """

    def has_permission(self, request: Request, view: AsksForPermissions) -> bool:  # type: ignore[override]
        if not super().has_permission(request, view):  # type: ignore[arg-type]
            return False
        needed = view.needs.get("GET" if request.method in SAFE_METHODS else str(request.method))
        return needed is None or has_permission(caller(request).id, needed)
