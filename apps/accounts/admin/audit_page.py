"""Who of the staff did what, when, to what: one place to look it up, and nothing to change (docs/sales.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy

from apps.common.admin.audit import AuditSource, Cursor, list_sources, read_audit
from apps.common.admin.pages import StaffPage, staff_page
from apps.common.admin.ranges import DayField
from apps.common.days import bounds


class AuditForm(forms.Form):
    """What is looked for; everything where nothing is."""

    words = forms.CharField(
        label=gettext_lazy("Search"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Who, order, title…")}),
    )
    source = forms.ChoiceField(label=gettext_lazy("Of"), required=False)

    def __init__(self, *args: Any, sources: list[AuditSource], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", gettext_lazy("Everything")), *((source.name, source.title) for source in sources)]
        self.fields["source"].choices = choices  # type: ignore[attr-defined]
        for name, label in (("from", gettext_lazy("From")), ("to", gettext_lazy("To"))):
            self.fields[name] = DayField(label=label, required=False)

    def instants(self) -> tuple[datetime | None, datetime | None]:
        """The first instant of the days asked for, and the first one after them."""
        first, last = self.cleaned_data.get("from"), self.cleaned_data.get("to")
        return bounds(first)[0] if first else None, bounds(last)[1] if last else None


@staff_page
class AuditPage(StaffPage):
    """Everybody sees the records of which they may see the rows; who may see none gets 403."""

    path = "audit/"
    name = "audit"
    title = gettext_lazy("Audit log")
    template_name = "admin/accounts/audit.html"

    @cached_property
    def sources(self) -> list[AuditSource]:
        return [source for source in list_sources() if self.request.user.has_perm(source.permission)]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not self.sources:
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        form = AuditForm(self.request.GET, sources=self.sources)
        asked = form.cleaned_data if form.is_valid() else {}
        since, until = form.instants() if asked else (None, None)
        page = read_audit(
            [source for source in self.sources if asked.get("source", "") in ("", source.name)],
            words=asked.get("words", ""),
            since=since,
            until=until,
            after=Cursor.parse(self.request.GET.get("after", "")),
        )
        query = self.request.GET.copy()
        query["after"] = str(page.next or "")
        context = {"form": form, "entries": page.entries, "older": f"?{query.urlencode()}" if page.next else ""}
        return {**context, **super().get_context_data(**kwargs)}
