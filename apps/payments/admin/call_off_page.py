"""Calling a performance off: what it will do, the decision of one or two people, and how far it has come. No script."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin.base import refusal_text, require
from apps.common.admin.pages import staff_page
from apps.common.admin.tables import Table, csv_response
from apps.common.errors import DomainError
from apps.concerts.admin.performance_pages import PATH, PerformancePage
from apps.concerts.admin.staff import staff_of
from apps.payments.admin.extra_share_table import shares_table
from apps.payments.calling_off import report
from apps.payments.calling_off.call_off import (
    LONGEST_REASON,
    MAY_CALL_OFF,
    call_off_performance,
    confirm_call_off,
    confirmation_of,
    proposer_of,
    try_again,
    withdraw_proposal,
)
from apps.payments.calling_off.extra_shares import MAY_SETTLE
from apps.payments.calling_off.models import MOST_EXTRA_PERCENT, CallOff
from apps.payments.calling_off.scope import get_scope

LOOK = "payments.view_calloff"
SHOWN = 100  # of what is left; the file has all
REFRESH_SECONDS = 5


class TypedForm(forms.Form):
    """What makes sure that this performance is meant: when it begins, typed."""

    typed = forms.CharField(label=gettext_lazy("Type when it begins"), max_length=30)

    def __init__(self, *args: Any, confirmation: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._confirmation = confirmation
        self.fields["typed"].help_text = _("Exactly: %(confirmation)s") % {"confirmation": confirmation}
        self.fields["typed"].widget.attrs["autocomplete"] = "off"

    def clean_typed(self) -> str:
        typed = str(self.cleaned_data["typed"]).strip()
        if typed != self._confirmation:
            raise forms.ValidationError(_("That is not when this performance begins."))
        return typed


class CallOffForm(TypedForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Customers read it: on the site, with their order, and in the mail."),
    )
    extra_percent = forms.IntegerField(
        label=gettext_lazy("Extra share that the organiser owes, in percent"),
        min_value=0,
        max_value=MOST_EXTRA_PERCENT,
        initial=0,
        help_text=gettext_lazy(
            "Of each ticket’s price, beyond the refund; 10 in the Korean standard terms where the organiser is liable. "
            "No payment company pays out more than was paid: it is listed as owed, and the organiser transfers it."
        ),
    )
    field_order = ("reason", "extra_percent", "typed")


@staff_page
class CallOffPage(PerformancePage):
    """Shows what calling off will do, asks, and then shows the progress and what is left."""

    path = f"{PATH}call-off/"
    name = "concerts_performance_call_off"
    title = gettext_lazy("Call off")
    template_name = "admin/payments/call_off.html"
    tab = "call-off"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        _require_a_look(request)
        return super().dispatch(request, *args, **kwargs)

    @cached_property
    def call_off(self) -> CallOff | None:
        """The procedure, as far as there is one that was not withdrawn."""
        found = CallOff.objects.filter(performance=self.performance)
        return found.exclude(status=CallOff.Status.WITHDRAWN).first()

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().get(request, *args, **kwargs)
        if self.call_off is not None and self.call_off.status == CallOff.Status.RUNNING:
            response.headers["Refresh"] = str(REFRESH_SECONDS)
        return response

    def post(self, request: HttpRequest, *_args: Any, **_kwargs: Any) -> HttpResponse:
        require(request, MAY_CALL_OFF)
        act = self._acts().get(request.POST.get("act", ""))
        if act is None:
            raise Http404
        try:
            return act(int(staff_of(request).pk))
        except DomainError as refusal:
            messages.error(request, refusal_text(refusal))
            return self._back()

    def _acts(self) -> dict[str, Callable[[int], HttpResponse]]:
        return {
            "call off": self._call_off,
            "confirm": self._confirm,
            "withdraw": self._withdraw,
            "try again": self._try_again,
        }

    def _call_off(self, actor_id: int) -> HttpResponse:
        form = CallOffForm(self.request.POST, confirmation=confirmation_of(self.performance))
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        call_off = call_off_performance(self.performance.pk, actor_id=actor_id, **form.cleaned_data)
        if call_off.status == CallOff.Status.PROPOSED:
            messages.info(self.request, _("Proposed. It counts once somebody else confirms it; the sale goes on."))
        else:
            self._tell_called_off()
        return self._back()

    def _confirm(self, actor_id: int) -> HttpResponse:
        form = TypedForm(self.request.POST, confirmation=confirmation_of(self.performance))
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        confirm_call_off(self.performance.pk, actor_id=actor_id, **form.cleaned_data)
        self._tell_called_off()
        return self._back()

    def _withdraw(self, actor_id: int) -> HttpResponse:
        withdraw_proposal(self.performance.pk, actor_id=actor_id)
        messages.success(self.request, _("The proposal is withdrawn. Nothing was called off."))
        return self._back()

    def _try_again(self, actor_id: int) -> HttpResponse:
        try_again(self.performance.pk, actor_id=actor_id)
        messages.info(self.request, _("What was refused is tried again."))
        return self._back()

    def _tell_called_off(self) -> None:
        messages.success(self.request, _("The performance is called off. Its tickets are being refunded in full."))

    def _back(self) -> HttpResponse:
        return HttpResponseRedirect(reverse(f"admin:{self.name}", args=[self.performance.pk]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        call_off = self.call_off
        context: dict[str, Any] = {
            "call_off": call_off,
            "may_call_off": self.request.user.has_perm(MAY_CALL_OFF),
            "may_settle": self.request.user.has_perm(MAY_SETTLE),
            "needs_two": settings.CALL_OFF_NEEDS_TWO,
            "confirmation": confirmation_of(self.performance),
            "acts": list(call_off.acts.select_related("actor")) if call_off else [],
        }
        if call_off is not None and call_off.is_in_force:
            leftovers = list(islice(report.list_leftovers(call_off), SHOWN + 1))
            context |= {
                "progress": report.get_progress(call_off),
                "leftovers": leftovers[:SHOWN],
                "has_more": len(leftovers) > SHOWN,
            }
        else:
            make_form = TypedForm if call_off else CallOffForm
            context |= {
                "scope": get_scope(self.performance.pk),
                "form": make_form(confirmation=confirmation_of(self.performance)),
                "is_own": call_off is not None and proposer_of(call_off) == self.request.user.pk,
            }
        return {**super().get_context_data(**context), **kwargs}


@staff_page
class CallOffExport(PerformancePage):
    """What is left of a calling off, or what the organiser owes, as a file."""

    path = f"{PATH}call-off/export/"
    name = "concerts_performance_call_off_export"
    title = gettext_lazy("Call off")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:  # type: ignore[override]
        _require_a_look(request)
        may_settle = request.user.has_perm(MAY_SETTLE)
        tables = {
            "left": _left_table,
            "owed": lambda call_off: shares_table(report.list_owed(call_off), with_accounts=may_settle),
        }
        call_off = CallOff.objects.filter(performance=self.performance).first()
        wanted = request.GET.get("table", "")
        if call_off is None or wanted not in tables:
            raise Http404
        return csv_response(tables[wanted](call_off), filename=f"called_off_{self.performance.pk}_{wanted}.csv")


def _left_table(call_off: CallOff) -> Table:
    rows = (
        [left.order.pk, *_buyer(left.order), left.amount_krw, left.why, left.code]
        for left in report.list_leftovers(call_off)
    )
    headings = [_("Order"), _("Name"), _("E-mail"), _("Phone"), _("Amount (KRW)"), _("Why"), _("Code")]
    return Table(_("What is left"), headings, rows)


def _buyer(order: Any) -> list[str]:
    return [order.booker_name or order.user.nickname, order.booker_email or order.user.email, order.booker_phone]


def _require_a_look(request: HttpRequest) -> None:
    """Answer 403 to who may neither call performances off nor look on."""
    if not (request.user.has_perm(LOOK) or request.user.has_perm(MAY_CALL_OFF)):
        raise PermissionDenied
