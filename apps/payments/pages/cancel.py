"""Cancelling: which tickets, at what fee, agreed to before anything happens. Works without a script as well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.pages.guards import login_required_page
from apps.common.errors import DomainError, ServiceUnavailable
from apps.orders.cancellation.quote import Quote
from apps.orders.errors import CancellationClosed, OrderStateConflict
from apps.orders.states import OPEN, OrderStatus
from apps.payments.account_form import AccountForm
from apps.payments.deposits.messages import given_up_words, giving_up_words
from apps.payments.errors import FeeChanged, NothingToCancel, RefundAccountRequired, RefundDeclined, WholeRefundOnly
from apps.payments.gateway.registry import texts_of
from apps.payments.models import Refund
from apps.payments.order_story import OrderStory
from apps.payments.pages.cancel_form import CancelForm
from apps.payments.pages.fee_policy import fee_policy_of
from apps.payments.pages.order import shown
from apps.payments.pages.order_notice import order_notice
from apps.payments.pages.orders_shown import own_story
from apps.payments.services.cancel_order import Cancellation, cancel_order, preview_cancellation
from apps.payments.services.name_account import name_account_of, waits_for_account

UNPAID = (*OPEN, OrderStatus.WAITING_FOR_DEPOSIT)
CONFLICT, UNPROCESSABLE = 409, 422
MOST_DIGITS = 9  # of a line's number; Python refuses to read thousands
NO_REFUND_AGREED = -1  # of an order that was not paid when it was looked at: if it is by now, nothing is cancelled


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required_page
def order_cancel_page(request: HttpRequest, order_id: str) -> HttpResponse:
    """Ask what is to be cancelled, cancel it, and show what came of it (`?refund=` its number)."""
    story = own_story(request, order_id)
    if request.method == "POST":
        return _post(request, story)
    if "refund" in request.GET:
        return _result(request, story)
    if _asks_for_account(story):
        return _ask_for_account(request, story, AccountForm(provider=_provider(story)))
    if story.order.status in UNPAID:
        is_waiting = story.order.status == OrderStatus.WAITING_FOR_DEPOSIT
        return _page(
            request, "payments/give_up.html", story, lapse_rule=giving_up_words(story.order) if is_waiting else ""
        )
    return _ask(request, story, chosen=_numbers(request.GET.getlist("line")))


def _post(request: HttpRequest, story: OrderStory) -> HttpResponse:
    try:
        if _asks_for_account(story):
            return _name_account(request, story)
        if story.order.status in UNPAID:
            return _give_up(request, story)
        return _cancel(request, story)
    except RefundDeclined as refusal:
        return _to_result(story, refusal.extras["refund"]["id"])
    except NothingToCancel:
        return _to_order(request, story, _("These tickets are cancelled already, or are being cancelled."))
    except (OrderStateConflict, FeeChanged, RefundAccountRequired):
        return _to_order(request, story, _("The order has moved on in the meantime. This is how it stands now."))


def _give_up(request: HttpRequest, story: OrderStory) -> HttpResponse:
    was_waiting = story.order.status == OrderStatus.WAITING_FOR_DEPOSIT
    cancel_order(story.order.pk, user_id=story.order.user_id, agreed_refund_krw=NO_REFUND_AGREED)
    if was_waiting and (words := given_up_words(story.order)):
        messages.info(request, words)
    return HttpResponseRedirect(reverse("order-page", args=[story.order.pk]))


def _cancel(request: HttpRequest, story: OrderStory) -> HttpResponse:
    needs_account = bool(story.payment and story.payment.has_virtual_account)
    form = CancelForm(request.POST, seats=story.cancellable, needs_account=needs_account, provider=_provider(story))
    chosen = _numbers(request.POST.getlist("line"))
    if "preview" in request.POST:
        return _ask(request, story, chosen=chosen)
    if not story.cancellable:
        raise NothingToCancel
    if not form.is_valid():
        return _ask(request, story, chosen=chosen, form=form, status=UNPROCESSABLE)
    try:
        done = cancel_order(
            story.order.pk,
            user_id=story.order.user_id,
            line_numbers=form.cleaned_data["line"],
            account=form.account() if needs_account else None,
            agreed_refund_krw=form.cleaned_data["agreed_refund"],
            cause=form.chosen_cause,
        )
    except FeeChanged:
        changed = _("The fee is not the one you saw before. Look at it once more, and agree to it if you like.")
        return _ask(request, story, chosen=chosen, notice=changed, status=CONFLICT)
    except (CancellationClosed, WholeRefundOnly):
        return _ask(request, story, chosen=chosen, status=CONFLICT)
    except ServiceUnavailable as refusal:
        return _ask(request, story, chosen=chosen, notice=_later(), status=refusal.status)
    return _after(story, done)


def _name_account(request: HttpRequest, story: OrderStory) -> HttpResponse:
    form = AccountForm(request.POST, provider=_provider(story))
    if not form.is_valid():
        return _ask_for_account(request, story, form, status=UNPROCESSABLE)
    waiting = _waiting(story)
    if waiting is None:
        raise NothingToCancel
    try:
        refund = name_account_of(story.order.pk, waiting.number, user_id=story.order.user_id, account=form.account())
    except ServiceUnavailable as refusal:
        form.add_error(None, _later())
        return _ask_for_account(request, story, form, status=refusal.status)
    return _to_result(story, refund.number)


def _ask(
    request: HttpRequest,
    story: OrderStory,
    *,
    chosen: Sequence[int],
    form: CancelForm | None = None,
    notice: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the tickets with the fee of each, and of the chosen ones together; all are chosen at first."""
    seats = story.cancellable
    known = {seat.line.number for seat in seats}
    whole_only = bool(story.payment and not story.payment.is_partly_refundable)
    numbers = sorted(known) if whole_only else sorted(known & set(chosen)) or sorted(known)
    try:
        each = _quote(story, sorted(known))
        together = _quote(story, numbers)
    except (CancellationClosed, NothingToCancel, OrderStateConflict, WholeRefundOnly) as refusal:
        return _closed(request, story, refusal)
    quotes = {line.line_number: line for line in each.lines}
    needs_account = bool(story.payment and story.payment.has_virtual_account)
    context = {
        "form": form
        or CancelForm(
            seats=seats,
            needs_account=needs_account,
            provider=_provider(story),
            initial={"cause": request.POST.get("cause")},
        ),
        "rows": [(seat, quotes[seat.line.number]) for seat in seats],
        "chosen": set(numbers),
        "quote": together,
        "price_krw": together.fee_krw + together.given_before_krw + together.refund_krw,
        "whole_only": whole_only,
        "method": _method(story),
        "policy": fee_policy_of(story.order),
        "notice": notice,
        "page_data": {"preview": f"{reverse('order-cancel', args=[story.order.pk])}?preview=true"},
    }
    return _page(request, "payments/cancel.html", story, status=status, **context)


def _quote(story: OrderStory, numbers: Sequence[int]) -> Quote:
    preview = preview_cancellation(story.order.pk, user_id=story.order.user_id, line_numbers=numbers or None)
    if preview.quote is None:
        raise OrderStateConflict(order_status=story.order.status)
    return preview.quote


def _closed(request: HttpRequest, story: OrderStory, refusal: DomainError) -> HttpResponse:
    """Say why nothing can be cancelled (any more)."""
    is_closed = isinstance(refusal, CancellationClosed)
    context = {
        "is_closed": is_closed,
        "whole_only": refusal.extras if isinstance(refusal, WholeRefundOnly) else None,
        "method": _method(story),
        "policy": fee_policy_of(story.order),
        "notice": order_notice(story),
    }
    return _page(request, "payments/cancel_closed.html", story, status=CONFLICT, **context)


def _result(request: HttpRequest, story: OrderStory) -> HttpResponse:
    number = request.GET["refund"]
    refund = next((refund for refund in story.refunds if str(refund.number) == number), None)
    if refund is None:
        raise Http404
    return _page(request, "payments/cancelled.html", story, row=shown(refund), refund=refund)


def _ask_for_account(request: HttpRequest, story: OrderStory, form: AccountForm, *, status: int = 200) -> HttpResponse:
    return _page(request, "payments/refund_account.html", story, status=status, form=form, refund=_waiting(story))


def _provider(story: OrderStory) -> str:
    return story.payment.provider if story.payment else ""


def _method(story: OrderStory) -> str:
    return texts_of(story.payment.provider).of_method(story.payment.method) if story.payment else ""


def _asks_for_account(story: OrderStory) -> bool:
    return _waiting(story) is not None


def _waiting(story: OrderStory) -> Refund | None:
    """The refund that waits for an account, or for another one."""
    return next((refund for refund in story.refunds if waits_for_account(refund)), None)


def _page(request: HttpRequest, template: str, story: OrderStory, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {"story": story, "order": story.order, **context}, status=status)


def _after(story: OrderStory, done: Cancellation) -> HttpResponse:
    return _to_result(story, done.refund.number if done.refund else 0)


def _to_result(story: OrderStory, number: int) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('order-cancel-page', args=[story.order.pk])}?refund={number}")


def _to_order(request: HttpRequest, story: OrderStory, message: str) -> HttpResponse:
    messages.info(request, message)
    return HttpResponseRedirect(reverse("order-page", args=[story.order.pk]))


def _later() -> str:
    return _("Many people are here at this moment, and nothing has been cancelled. Try again in a few seconds.")


def _numbers(texts: Sequence[str]) -> list[int]:
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS]
