"""Which roles may call a view."""

from __future__ import annotations

from typing import ClassVar

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.models import Role


class HasRole(BasePermission):
    """Ask for one of `roles`, as the access token has it."""

    roles: ClassVar[frozenset[str]] = frozenset()

    def has_permission(self, request: Request, view: APIView) -> bool:
        return getattr(request.user, "role", None) in self.roles


class IsStaff(HasRole):
    roles = frozenset({Role.STAFF})
