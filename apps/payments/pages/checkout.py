"""The checkout: who comes, how it is paid, and the payment window's door."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from apps.accounts.models import Booker
from apps.accounts.pages.guards import current_user, login_required_page
from apps.accounts.selectors import list_bookers
from apps.accounts.services.bookers import add_booker
from apps.common.errors import DomainError
from apps.common.pages.problems import problem_json
from apps.common.templatetags.ticketlive import local_time
from apps.concerts.errors import PerformanceCalledOff, ShowMoved
from apps.concerts.move_stamp import move_stamp
from apps.concerts.waiting_room.permission import require_access_pass
from apps.orders.services.change_details import change_details
from apps.payments.deposits.messages import REFUSALS
from apps.payments.deposits.offer import DepositOffer, deposit_offer, require_deposit
from apps.payments.gateway.adapter import Checkout
from apps.payments.gateway.registry import current_provider, window_data
from apps.payments.gateway.texts import PaymentMethod
from apps.payments.order_story import OrderStory
from apps.payments.pages.checkout_form import BOOKER_FIELDS, NEW, CheckoutForm
from apps.payments.pages.fee_policy import fee_policy_of
from apps.payments.pages.moved import ask_first, is_agreed, with_stamp
from apps.payments.pages.orders_shown import hold_shown, own_story, watch_data
from apps.payments.services.receipts import want_receipt


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required_page
def checkout(request: HttpRequest, order_id: str) -> HttpResponseBase:
    """Show the checkout of a held order; an order that cannot be paid now is shown on its own page.

    A POST stores the choices and answers what the payment window is to be opened with.
    """
    story = own_story(request, order_id)
    page = _accept if request.method == "POST" else _show

    @csp_update(current_provider().window().policy)
    def answer(request: HttpRequest) -> HttpResponseBase:
        return page(request, story)

    return answer(request)


def _show(request: HttpRequest, story: OrderStory) -> HttpResponse:
    if not story.is_held:
        return HttpResponseRedirect(reverse("order-page", args=[story.order.pk]))
    if story.order.performance.moving_since is not None or not is_agreed(request.GET, story):
        return ask_first(request, story)
    bookers = list(list_bookers(story.order.user_id))
    provider = current_provider()
    offer = _offer(story)
    form = CheckoutForm(bookers=bookers, methods=_methods(offer), initial=_initial(request, story, bookers))
    context = {
        "story": story,
        "order": story.order,
        "form": form,
        "bookers": bookers,
        "policy": fee_policy_of(story.order),
        "window": provider.window(),
        "is_culture_expense": settings.CULTURE_EXPENSE,
        "move_stamp": move_stamp(story.order.performance),
        **_deposits_shown(offer),
        **hold_shown(story),
        "page_data": {
            **watch_data(story),
            "window": window_data(provider),
            "fail_page": with_stamp(reverse("payment-fail", args=[story.order.pk]), story),
        },
    }
    return render(request, "payments/checkout.html", context)


def _accept(request: HttpRequest, story: OrderStory) -> JsonResponse:
    if story.order.performance.is_called_off:
        return problem_json(PerformanceCalledOff())
    if story.order.performance.moving_since is not None or not is_agreed(request.POST, story):
        return problem_json(ShowMoved())
    bookers = list(list_bookers(story.order.user_id))
    form = CheckoutForm(request.POST, bookers=bookers, methods=current_provider().texts.methods)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=422)
    try:
        change_details(story.order.pk, user_id=story.order.user_id)  # an order that has moved on says so first
        require_access_pass(story.order.performance_id, story.order.user_id)
        hours = _deposit_hours(story, form.cleaned_data["method"])
        booker_id = _booker(story.order.user_id, form, bookers)
        change_details(
            story.order.pk,
            user_id=story.order.user_id,
            booker_id=booker_id,
            delivery=form.cleaned_data["delivery"],
        )
        want_receipt(story.order.pk, kind=form.receipt_kind, identity=form.receipt_identity)
    except DomainError as refusal:
        return problem_json(refusal)
    return JsonResponse({"request": _payment_request(story, form.cleaned_data["method"], hours)})


def _booker(user_id: int, form: CheckoutForm, bookers: list[Booker]) -> int:
    """The chosen profile, or a new one; the same person entered twice is one profile."""
    if not form.is_new_booker:
        return int(form.cleaned_data["booker"])
    details = {name: form.cleaned_data[name] for name in BOOKER_FIELDS}
    for booker in bookers:
        if all(getattr(booker, name) == value for name, value in details.items()):
            return booker.pk
    return add_booker(user_id, **details).pk


def _initial(request: HttpRequest, story: OrderStory, bookers: list[Booker]) -> dict[str, Any]:
    order = story.order
    chosen = next((booker.pk for booker in bookers if booker.pk == order.booker_id), None)
    if chosen is None and bookers:
        chosen = bookers[0].pk  # the default comes first
    email = "" if bookers else current_user(request).email
    return {"booker": str(chosen or NEW), "delivery": order.delivery, "email": email}


def _offer(story: OrderStory) -> DepositOffer | None:
    """Return whether the order may be paid by a deposit; None where the provider has no such method."""
    if not any(method.is_deposit for method in current_provider().texts.methods):
        return None
    return deposit_offer(story.order, now=story.now)


def _methods(offer: DepositOffer | None) -> list[PaymentMethod]:
    may_deposit = offer is not None and offer.why is None
    return [method for method in current_provider().texts.methods if may_deposit or not method.is_deposit]


def _deposits_shown(offer: DepositOffer | None) -> dict[str, Any]:
    """What the checkout says of deposits: until when one is awaited, or why none is taken; and what has lapsed."""
    if offer is None:
        return {}
    return {
        "deposit_until": local_time(offer.until) if offer.why is None else "",
        "deposit_refusal": REFUSALS[offer.why] if offer.why is not None else None,
        "deposits_lapsed": offer.lapsed if offer.most_lapses else 0,
        "lapses_allowed": offer.most_lapses,
        "lapse_days": offer.lapse_days,
    }


def _deposit_hours(story: OrderStory, code: str) -> int:
    """Return for how many hours the window may open an account; 0 for a method that is no deposit.

    Raises:
        DepositRefused: none is offered for this order now.
    """
    if not any(method.code == code and method.is_deposit for method in current_provider().texts.methods):
        return 0
    offer = deposit_offer(story.order, now=story.now)
    require_deposit(offer)
    return offer.hours


def _payment_request(story: OrderStory, method: str, deposit_hours: int) -> dict[str, Any]:
    """Return what the payment window is opened with; the page's script completes the addresses."""
    order = story.order
    order.refresh_from_db(fields=["booker_name", "booker_phone", "booker_email"])
    seats = len(story.seats)
    checkout = Checkout(
        method=method,
        order_id=order.pk,
        amount_krw=order.amount_krw,
        title=order.performance.concert.title,
        seats=ngettext("%(seats)s seat", "%(seats)s seats", seats) % {"seats": seats},
        success_page=with_stamp(reverse("payment-success", args=[order.pk]), story),
        fail_page=with_stamp(reverse("payment-fail", args=[order.pk]), story),
        name=order.booker_name,
        email=order.booker_email,
        phone=order.booker_phone,
        deposit_hours=deposit_hours,
        is_culture_expense=settings.CULTURE_EXPENSE,
    )
    return current_provider().window_request(checkout)
