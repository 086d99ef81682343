"""What staff do with an order besides cancelling: one press each, by the services of `staff_acts`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.common.admin.pages import Crumb, StaffPage, staff_page
from apps.common.errors import DomainError
from apps.payments.account_form import AccountForm
from apps.payments.admin.messages import answer_message, refund_message, refusal_message
from apps.payments.models import Refund
from apps.payments.services.settle_by_hand import LONGEST_REFERENCE
from apps.payments.services.staff_acts import (
    ask_provider_by_staff,
    name_account_by_staff,
    resend_by_staff,
    retry_refund_by_staff,
    settle_by_hand_by_staff,
)
from apps.payments.states import STUCK_REFUNDS, RefundStatus


class OrderAct(StaffPage, ABC):
    """An act that is done by a POST; the order's page shows what came of it."""

    http_method_names = ["post"]
    permissions = ("orders.change_order",)

    @abstractmethod
    def act(self, order_id: str, *, staff_id: int) -> tuple[int, str]:
        """Do it, and answer a level of `messages` and what to say."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        order_id = self.order_id()
        try:
            level, words = self.act(order_id, staff_id=int(request.user.pk or 0))
        except DomainError as refusal:
            level, words = messages.ERROR, refusal_message(refusal)
        messages.add_message(request, level, words)
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[order_id]))

    def order_id(self) -> str:
        return str(self.kwargs["order_id"])


@staff_page
class ResendTickets(OrderAct):
    path = "orders/order/<str:order_id>/resend/"
    name = "order-resend"
    title = gettext_lazy("Send the tickets again")

    def act(self, order_id: str, *, staff_id: int) -> tuple[int, str]:
        count = resend_by_staff(order_id, staff_id=staff_id)
        words = ngettext("%(count)d ticket is sent again.", "%(count)d tickets are sent again.", count)
        return messages.SUCCESS, words % {"count": count}


@staff_page
class AskProvider(OrderAct):
    path = "orders/order/<str:order_id>/ask/"
    name = "order-ask"
    title = gettext_lazy("Ask the payment company")

    def act(self, order_id: str, *, staff_id: int) -> tuple[int, str]:
        return messages.INFO, answer_message(ask_provider_by_staff(order_id, staff_id=staff_id))


class RefundPage(StaffPage, ABC):
    """Asks for something that a refund needs, has it done, and leads back to the order."""

    template_name = "admin/payments/refund_account.html"

    @abstractmethod
    def make_form(self, data: Any = None) -> forms.Form:
        """Return the questions; with `data`, as they were answered."""

    @abstractmethod
    def act(self, form: Any) -> Refund:
        """Do it with a form that is valid."""

    @cached_property
    def refund(self) -> Refund:
        return get_object_or_404(Refund.objects.select_related("payment"), pk=self.kwargs["refund_id"])

    def get_breadcrumbs(self) -> list[Crumb]:
        return [
            (_("Orders"), reverse("admin:orders_order_changelist")),
            (self.refund.order_id, reverse("admin:orders_order_change", args=[self.refund.order_id])),
        ]

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.render_to_response(self.get_context_data(form=form), status=422)
        try:
            refund = self.act(form)
        except DomainError as refusal:
            messages.error(request, refusal_message(refusal))
        else:
            level = messages.ERROR if refund.status in STUCK_REFUNDS else messages.SUCCESS
            messages.add_message(request, level, refund_message(refund))
        return HttpResponseRedirect(reverse("admin:orders_order_change", args=[self.refund.order_id]))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {"form": self.make_form(), "refund": self.refund, **super().get_context_data(**kwargs)}

    def staff_id(self) -> int:
        return int(self.request.user.pk or 0)


@staff_page
class RefundAccountPage(RefundPage):
    """Asks for the bank account that a deposit's refund waits for, or for another one."""

    path = "payments/refund/<int:refund_id>/account/"
    name = "refund-account"
    title = gettext_lazy("Bank account of the refund")
    permissions = ("payments.change_refund",)

    def make_form(self, data: Any = None) -> AccountForm:
        return AccountForm(data, provider=self.refund.payment.provider)

    def act(self, form: AccountForm) -> Refund:
        return name_account_by_staff(self.refund.pk, staff_id=self.staff_id(), account=form.account())


class HandForm(forms.Form):
    """How a refund was paid in another way, and what the payment is found by."""

    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=LONGEST_REFERENCE,
        help_text=gettext_lazy("What the payment is found by: the bank's number, the receipt's."),
    )
    reason = forms.CharField(
        label=gettext_lazy("How, and why"),
        max_length=200,
        help_text=gettext_lazy("For the audit. The customer and the payment company do not see it."),
    )


@staff_page
class SettleByHandPage(RefundPage):
    """Notes that staff have paid a refund in another way, where the payment company cannot."""

    path = "payments/refund/<int:refund_id>/by-hand/"
    name = "refund-by-hand"
    title = gettext_lazy("Refund paid in another way")
    permissions = ("payments.settle_by_hand",)
    template_name = "admin/payments/refund_by_hand.html"

    def make_form(self, data: Any = None) -> HandForm:
        return HandForm(data)

    def act(self, form: HandForm) -> Refund:
        return settle_by_hand_by_staff(self.refund.pk, staff_id=self.staff_id(), **form.cleaned_data)


@staff_page
class RetryRefund(OrderAct):
    path = "payments/refund/<int:refund_id>/retry/"
    name = "refund-retry"
    title = gettext_lazy("Try the refund again")
    permissions = ("payments.change_refund",)

    def order_id(self) -> str:
        refund = get_object_or_404(Refund.objects.only("order_id"), pk=self.kwargs["refund_id"])
        return refund.order_id

    def act(self, order_id: str, *, staff_id: int) -> tuple[int, str]:
        refund = retry_refund_by_staff(self.kwargs["refund_id"], staff_id=staff_id)
        level = {RefundStatus.DONE: messages.SUCCESS, **dict.fromkeys(STUCK_REFUNDS, messages.ERROR)}
        return level.get(RefundStatus(refund.status), messages.INFO), refund_message(refund)
