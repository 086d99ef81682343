"""What the admin classes of all apps share: django-unfold's classes with the house's rules.

Import `ModelAdmin`, `TabularInline` and `StackedInline` from here. Static types come from Django's own
classes, which unfold's extend without declaring types.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from apps.common.admin import lists
from apps.common.admin.keys import RowsByKey
from apps.common.errors import DomainError

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as UnfoldModelAdmin
    from django.contrib.admin import StackedInline
    from django.contrib.admin import TabularInline as UnfoldTabularInline
else:
    from unfold import fields as unfold_fields
    from unfold.admin import ModelAdmin as UnfoldModelAdmin
    from unfold.admin import StackedInline
    from unfold.admin import TabularInline as UnfoldTabularInline

__all__ = [
    "ModelAdmin",
    "ReadOnly",
    "RefusalsAsMessages",
    "ShownWhole",
    "StackedInline",
    "TabularInline",
    "log_act",
    "refusal_text",
    "require",
]


def plain_json(data: Any, encoder: type[json.JSONEncoder] | None = None) -> SafeString:
    """JSON to read, without the style attributes that unfold's colours are written in and the policy forbids."""
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=2, cls=encoder)
    return format_html('<pre class="whitespace-pre-wrap">{}</pre>', text)


if not TYPE_CHECKING:
    unfold_fields.prettify_json = plain_json  # it has no setting


class ModelAdmin(RowsByKey, UnfoldModelAdmin):
    """One model's pages. Lists are short enough to read; leaving a changed form asks first."""

    list_per_page = 50
    warn_unsaved_form = True
    list_fullwidth = True

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return lists.ChangeList

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list that a query asks for; a day or number beyond all calendars is no filter that it has."""
        try:
            return super().get_changelist_instance(request)
        except OverflowError as error:
            raise IncorrectLookupParameters from error


class TabularInline(UnfoldTabularInline):
    """Rows of related things. Their fields stand under a heading, which a screen reader does not connect to them."""

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", capfirst(field.label or db_field.verbose_name))
        return field


class ReadOnly:
    """Staff look; services act."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ShownWhole(ReadOnly, ModelAdmin):
    """Rows that are shown whole, on a template of their own: nothing of them is a field to change."""

    whole_template: ClassVar[str]
    whole_context: ClassVar[Callable[..., dict[str, Any]]]
    """A staticmethod: what the template is given, beside the site's context, for a request and a row."""

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show a row to those who may look at it."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if request.method not in ("GET", "HEAD") or not self.has_view_permission(request, row):
            raise PermissionDenied
        own = type(self).whole_context(request, row)
        context = {**self.admin_site.each_context(request), **own, **(extra_context or {})}
        return TemplateResponse(request, self.whole_template, context)


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


def require(request: HttpRequest, *permissions: str) -> None:
    """Let through who has all of the permissions, as "concerts.change_performance"; else answer 403.

    Raises:
        PermissionDenied
    """
    if not request.user.has_perms(permissions):
        raise PermissionDenied


def log_act(request: HttpRequest, subject: Model, message: str) -> None:
    """Write into the admin's log what the reader has done to `subject` on a page that is not the model's form."""
    LogEntry.objects.log_actions(
        user_id=int(request.user.pk or 0),
        queryset=[subject],
        action_flag=CHANGE,
        change_message=message,
        single_object=True,
    )
