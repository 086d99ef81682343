"""The guard of booking views: no pass, no booking."""

from __future__ import annotations

from typing import Protocol, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.common.database.threads import in_database_thread
from apps.common.redis import translate_errors
from apps.concerts.errors import AccessPassRequired, LineNotReady
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.services.open_line import open_line


class BookingView(Protocol):
    """A view that books something of one performance."""

    def performance_to_book(self, request: Request) -> int | None:
        """Return which performance, None where the view itself refuses the request (an unknown order)."""


class HasAccessPass(BasePermission):
    """Let through who has a pass for the performance that the view, a BookingView, is about to book.

    Raises AccessPassRequired; ServiceUnavailable while it cannot be told.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        performance_id = cast("BookingView", view).performance_to_book(request)
        if performance_id is not None:
            require_access_pass(performance_id, caller(request).id)
        return True


def require_access_pass(performance_id: int, user_id: int) -> None:
    """Raise AccessPassRequired unless the account has a pass; ServiceUnavailable while it cannot be told."""
    with translate_errors():
        try:
            has_pass = store.has_access_pass(performance_id, user_id)
        except LineNotReady:
            open_line(performance_id)
            has_pass = store.has_access_pass(performance_id, user_id)
    if not has_pass:
        raise AccessPassRequired


async def arequire_access_pass(performance_id: int, user_id: int) -> None:
    """See `require_access_pass`; for the event loop."""
    with translate_errors():
        try:
            has_pass = await store.has_access_pass.arun(performance_id, user_id)
        except LineNotReady:
            await in_database_thread(open_line, performance_id)
            has_pass = await store.has_access_pass.arun(performance_id, user_id)
    if not has_pass:
        raise AccessPassRequired
