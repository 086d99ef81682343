"""Extra shares that organisers owe: who is owed what, whether it is settled and how; many at once, and as a file."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from apps.common.admin.base import ModelAdmin, ReadOnly, refusal_text
from apps.common.admin.tables import csv_response
from apps.common.errors import DomainError
from apps.common.templatetags.ticketlive import won
from apps.concerts.models import Performance
from apps.payments.admin.extra_share_table import shares_table
from apps.payments.calling_off import extra_shares
from apps.payments.calling_off.extra_shares import LONGEST_REASON, LONGEST_REFERENCE, MAY_SETTLE, MOST_AT_ONCE
from apps.payments.models import ExtraShare

SHOWN = 20  # of the chosen ones, on the page that asks
MOST_SHOWS = 100  # to choose from
LOOK = "payments.view_calloff"


class SettleForm(forms.Form):
    """How the organiser has paid."""

    act = gettext_lazy("Note as settled")
    way = forms.ChoiceField(label=gettext_lazy("How it was settled"), choices=ExtraShare.Way.choices)
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=LONGEST_REFERENCE,
        required=False,
        help_text=gettext_lazy("What the payment is found by: the bank's number, the receipt's. A transfer needs one."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Remark"),
        max_length=LONGEST_REASON,
        required=False,
        help_text=gettext_lazy("For the audit. The customer does not see it."),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("way") == ExtraShare.Way.BANK and not given.get("reference"):
            self.add_error("reference", _("Say what the transfer is found by."))
        return given


class ReopenForm(forms.Form):
    """Why it is owed after all."""

    act = gettext_lazy("Owed after all")
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        help_text=gettext_lazy("For the audit. The customer reads that it is owed again, not why."),
    )


class ShowsCalledOff(admin.SimpleListFilter):
    """The performances of which an extra share is owed, or was."""

    title = gettext_lazy("performance")
    parameter_name = "performance"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        owing = Performance.objects.filter(call_off__extra_percent__gt=0, call_off__called_off_at__isnull=False)
        shows = owing.select_related("concert").order_by("-starts_at", "-pk")[:MOST_SHOWS]
        return [(str(show.pk), str(show)) for show in shows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = {value for value, _title in self.lookup_choices}
        return queryset.filter(call_off__performance=self.value()) if self.value() in chosen else queryset


class WhetherSettled(admin.SimpleListFilter):
    title = gettext_lazy("status")
    parameter_name = "settled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", gettext_lazy("owed")), ("yes", gettext_lazy("settled"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(settled_at__isnull=self.value() == "no") if self.value() else queryset


@admin.register(ExtraShare)
class ExtraShareAdmin(ReadOnly, ModelAdmin):
    """Who may look on at callings off sees these; who may settle them settles them."""

    list_display = [
        "order_link",
        "shown_status",
        "holder",
        "performance",
        "shown_amount",
        "settled_at",
        "how",
        "settled_by",
    ]
    list_display_links = None
    list_filter = [WhetherSettled, ShowsCalledOff, "settled_way", "settled_at"]
    list_select_related = ["order__user", "call_off__performance__concert", "settled_by"]
    search_fields = [
        "order__id",
        "order__user__email",
        "order__booker_name",
        "order__booker_phone",
        "settled_reference",
    ]
    search_help_text = gettext_lazy("Order number, e-mail address, booker's name or phone, reference")
    ordering = ["-call_off", "order"]
    actions = ["settle", "reopen", "as_file"]
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[ExtraShare]:
        return super().get_queryset(request).filter(extra_krw__gt=0)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(LOOK) or request.user.has_perm(MAY_SETTLE)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_settle_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(MAY_SETTLE)

    @admin.display(description=gettext_lazy("order number"), ordering="order")
    def order_link(self, share: ExtraShare) -> str:
        page = reverse("admin:orders_order_change", args=[share.order_id])
        return format_html('<a href="{}">{}</a>', page, share.order_id)

    @display(description=gettext_lazy("status"), ordering="settled_at", label={"owed": "warning", "settled": "success"})
    def shown_status(self, share: ExtraShare) -> tuple[str, Any]:
        return ("settled", _("settled")) if share.settled_at else ("owed", _("owed"))

    @admin.display(description=gettext_lazy("holder"), ordering="order__booker_name")
    def holder(self, share: ExtraShare) -> str:
        return share.order.booker_name or share.order.user.nickname

    @admin.display(description=gettext_lazy("performance"), ordering="call_off")
    def performance(self, share: ExtraShare) -> str:
        return str(share.call_off.performance)

    @admin.display(description=gettext_lazy("amount"), ordering="extra_krw")
    def shown_amount(self, share: ExtraShare) -> str:
        return won(share.extra_krw)

    @admin.display(description=gettext_lazy("how"), ordering="settled_way")
    def how(self, share: ExtraShare) -> str:
        way = " · ".join(filter(None, (share.get_settled_way_display(), share.settled_reference)))
        return format_html('<span class="inline-block min-w-32">{}</span>', way) if way else ""

    @admin.action(description=gettext_lazy("Note as settled"), permissions=["settle"])
    def settle(self, request: HttpRequest, shares: QuerySet[ExtraShare]) -> HttpResponse | None:
        """Show what is chosen and ask how it was paid; with an answer note it."""
        form = SettleForm(request.POST if "chosen" in request.POST else None)
        return self._do_or_ask(request, shares.filter(settled_at=None), form, extra_shares.settle_extra_shares)

    @admin.action(description=gettext_lazy("Owed after all"), permissions=["settle"])
    def reopen(self, request: HttpRequest, shares: QuerySet[ExtraShare]) -> HttpResponse | None:
        """Take back what was noted by mistake."""
        form = ReopenForm(request.POST if "chosen" in request.POST else None)
        chosen = shares.filter(settled_at__isnull=False)
        return self._do_or_ask(request, chosen, form, extra_shares.reopen_extra_shares)

    @admin.action(description=gettext_lazy("As CSV"), permissions=["settle"])
    def as_file(self, request: HttpRequest, shares: QuerySet[ExtraShare]) -> HttpResponseBase:
        return csv_response(shares_table(shares, with_accounts=True), filename="extra_shares.csv")

    def _do_or_ask(
        self, request: HttpRequest, chosen: QuerySet[ExtraShare], form: SettleForm | ReopenForm, act: Any
    ) -> HttpResponse | None:
        ids = (
            _ids(request.POST["chosen"])
            if form.is_bound
            else list(chosen.values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
        )
        if len(ids) > MOST_AT_ONCE:
            words = _("At most %(most)d at once: choose fewer, or filter first.") % {"most": MOST_AT_ONCE}
            self.message_user(request, words, messages.ERROR)
            return None
        if not ids:
            self.message_user(request, _("Nothing is left to do about those that you chose."), messages.WARNING)
            return None
        if not form.is_valid():
            return self._ask(request, form, ids)
        try:
            done = act(ids, staff_id=int(request.user.pk or 0), **form.cleaned_data)
        except DomainError as refusal:
            self.message_user(request, refusal_text(refusal), messages.ERROR)
            return None
        words = ngettext(
            "Noted: %(count)d extra share, %(sum)s.", "Noted: %(count)d extra shares, %(sum)s.", done.count
        )
        self.message_user(request, words % {"count": done.count, "sum": won(done.amount_krw)}, messages.SUCCESS)
        if done.left:
            left = _("%(count)d had been noted by then, and were left as they are.") % {"count": done.left}
            self.message_user(request, left, messages.WARNING)
        return None

    def _ask(self, request: HttpRequest, form: SettleForm | ReopenForm, ids: list[int]) -> HttpResponse:
        chosen = self.get_queryset(request).filter(pk__in=ids).order_by("order")
        context = {
            **self.admin_site.each_context(request),
            "title": form.act,
            "breadcrumbs": [(_("Extra shares"), reverse("admin:payments_extrashare_changelist"))],
            "form": form,
            "action": "settle" if isinstance(form, SettleForm) else "reopen",
            "shares": chosen.select_related("order__user", "call_off__performance__concert")[:SHOWN],
            "more": max(0, len(ids) - SHOWN),
            "ids": ",".join(map(str, ids)),
            "first": ids[0],
            "checkbox": ACTION_CHECKBOX_NAME,
            "count": len(ids),
            "amount_krw": sum(chosen.values_list("extra_krw", flat=True)),
        }
        status = 422 if form.is_bound else 200
        return TemplateResponse(request, "admin/payments/settle_extra_shares.html", context, status=status)


def _ids(text: str) -> list[int]:
    """Read the keys that the page has asked about; what is none is left out."""
    return [int(part) for part in text.split(",")[: MOST_AT_ONCE + 1] if part.isascii() and part.isdigit()]
