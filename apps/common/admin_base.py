"""What the admin pages of all apps share."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.common.errors import DomainError


class ReadOnly:
    """Staff look; services act."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RefusalsAsMessages(ModelAdmin):
    """Shows what a service refuses above the form; the transaction around it has been rolled back by then."""

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        try:
            return super().changeform_view(request, object_id, *args, **kwargs)
        except DomainError as refusal:
            self.message_user(request, refusal_text(refusal), messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())


def refusal_text(refusal: DomainError) -> str:
    """One line for a person: the detail, and what is wrong with each field."""
    errors = refusal.extras.get("errors", {})
    return " ".join([refusal.detail, *(str(message) for field in errors.values() for message in field)])
