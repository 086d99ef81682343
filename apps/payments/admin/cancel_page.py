"""Cancelling for a customer: which seats, then what comes back and what is kept, then the doing of it. No script."""

from __future__ import annotations

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
from apps.common.templatetags.ticketlive import won
from apps.orders.cancellation.quote import Quote
from apps.orders.models import Order
from apps.payments.account_form import AccountForm
from apps.payments.admin.messages import refund_message, refusal_message
from apps.payments.cause_form import CauseForm
from apps.payments.causes import Chooser, RefundCause, noted, offered_to
from apps.payments.errors import FeeChanged
from apps.payments.order_story import OrderSeat, OrderStory, get_order_story
from apps.payments.services.cancel_order import Cancellation, preview_cancellation
from apps.payments.services.staff_acts import cancel_by_staff

NOTHING_AGREED = -1  # of an order that was not paid when it was looked at: if it is by now, nothing is cancelled


class StaffCancelForm(CauseForm):
    """The seats, and why they are cancelled, where that is a choice; the bank account where one is needed.

    `agreed_refund` is what the page has shown, in won; empty as long as nothing was.
    """

    chooser = Chooser.STAFF
    line = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Seats"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one seat.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("For the audit. The customer and the payment company do not see it."),
    )
    agreed_refund = forms.IntegerField(required=False, widget=forms.HiddenInput)

    field_order = ("line", "cause", "reason", *AccountForm.base_fields)

    def __init__(
        self, *args: Any, seats: list[OrderSeat], causes: list[RefundCause], needs_account: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [(seat.line.number, _seat(seat)) for seat in seats]
        self.fields["line"].choices = choices  # type: ignore[attr-defined]
        if not seats:
            del self.fields["line"]
        self.ask_for_cause(causes)
        if not needs_account:
            for name in AccountForm.base_fields:
                del self.fields[name]
        self.order_fields(self.field_order)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.chosen_cause.waives_fee and not cleaned.get("reason", "").strip():
            self.add_error("reason", _("Say why nothing is kept."))
        return cleaned


def _seat(order_seat: OrderSeat) -> str:
    seat = order_seat.line.seat
    return f"{seat.section.name} {seat} · {order_seat.line.grade_name} {won(order_seat.line.price_krw)}"


@staff_page
class CancelPage(StaffPage):
    """Asks, prices, and cancels by the same service as the customer's own button."""

    path = "orders/order/<str:order_id>/cancel/"
    name = "order-cancel"
    title = gettext_lazy("Cancel for the customer")
    permissions = ("orders.change_order",)
    template_name = "admin/orders/order/cancel.html"

    @cached_property
    def story(self) -> OrderStory:
        order = get_object_or_404(Order.objects.only("pk", "user_id"), pk=self.kwargs["order_id"])
        return get_order_story(order.pk, user_id=order.user_id)

    @property
    def is_paid(self) -> bool:
        return self.story.order.status == Order.Status.PAID

    def get_breadcrumbs(self) -> list[Crumb]:
        order_id = self.story.order.pk
        return [
            (_("Orders"), reverse("admin:orders_order_changelist")),
            (order_id, reverse("admin:orders_order_change", args=[order_id])),
        ]

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        form = self.make_form(request.POST)
        if not form.is_valid():
            return self.show(form, status=422)
        agreed = form.cleaned_data["agreed_refund"]
        try:
            if "cancel" not in request.POST or (agreed is None and self.is_paid):
                return self.show(form, preview=self.preview(form))
            done = self.cancel(form, agreed=NOTHING_AGREED if agreed is None else agreed)
        except FeeChanged as refusal:
            messages.warning(request, refusal_message(refusal))
            return self.show(form, preview=self.preview(form), status=refusal.status)
        except DomainError as refusal:
            messages.error(request, refusal_message(refusal))
            return HttpResponseRedirect(self.order_url())
        messages.success(request, _what_was_done(done))
        return HttpResponseRedirect(self.order_url())

    def make_form(self, data: Any = None) -> StaffCancelForm:
        payment = self.story.payment
        return StaffCancelForm(
            data,
            provider=payment.provider if payment else "",
            seats=self.story.cancellable if self.is_paid else [],
            causes=offered_to(Chooser.STAFF, may=self.request.user.has_perm) if self.is_paid else [],
            needs_account=self.is_paid and payment is not None and payment.has_virtual_account,
        )

    def preview(self, form: StaffCancelForm) -> Cancellation:
        order = self.story.order
        return preview_cancellation(
            order.pk,
            user_id=order.user_id,
            line_numbers=form.cleaned_data.get("line"),
            cause=form.chosen_cause,
        )

    def cancel(self, form: StaffCancelForm, *, agreed: int) -> Cancellation:
        typed = form.cleaned_data
        return cancel_by_staff(
            self.story.order.pk,
            staff_id=int(self.request.user.pk or 0),
            line_numbers=typed.get("line"),
            account=form.account() if "bank" in typed else None,
            agreed_refund_krw=agreed,
            cause=form.chosen_cause,
            reason=typed["reason"],
        )

    def show(self, form: StaffCancelForm, *, preview: Cancellation | None = None, status: int = 200) -> HttpResponse:
        """Show the questions; with a preview, what it comes to, and the button that does it."""
        typed = form.cleaned_data if preview else {}
        carried = [(name, typed[name]) for name in ("reason", *AccountForm.base_fields) if typed.get(name)]
        carried += noted(form.chosen_cause).items() if preview else ()
        context = self.get_context_data(form=form, preview=preview, rows=_rows(self.story, preview), carried=carried)
        return self.render_to_response(context, status=status)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {
            "form": self.make_form(),
            "story": self.story,
            "order": self.story.order,
            "is_paid": self.is_paid,
            "order_url": self.order_url(),
            **super().get_context_data(**kwargs),
        }

    def order_url(self) -> str:
        return reverse("admin:orders_order_change", args=[self.story.order.pk])


def _rows(story: OrderStory, preview: Cancellation | None) -> list[tuple[OrderSeat, Any]]:
    """The seats that would be cancelled, each with its price, fee and refund."""
    quote: Quote | None = preview.quote if preview else None
    if quote is None:
        return []
    seats = {seat.line.number: seat for seat in story.seats}
    return [(seats[line.line_number], line) for line in quote.lines]


def _what_was_done(done: Cancellation) -> str:
    if done.refund is None:
        return _("The order is cancelled; its seats are free.")
    count = len(done.quote.lines) if done.quote else 0
    seats = ngettext(
        "%(count)d ticket: %(refund)s back, %(fee)s kept.", "%(count)d tickets: %(refund)s back, %(fee)s kept.", count
    )
    figures = {"count": count, "refund": won(done.refund.amount_krw), "fee": won(done.refund.fee_krw)}
    return f"{seats % figures} {refund_message(done.refund)}"
