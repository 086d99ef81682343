"""Where an order stands, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.orders.states import OrderStatus
from apps.payments.models import Refund
from apps.payments.order_story import OrderStory

Cause = Refund.Cause


@dataclass(frozen=True, slots=True)
class Standing:
    """A notice: its kind (info, success, warning, error), a heading of a few words, a sentence or two."""

    kind: str
    title: Promise
    text: Promise


PENDING = Standing(
    "warning",
    _("Your seats are not held yet"),
    _("Choose your seats once more: only held seats can be paid."),
)
HELD = Standing("info", _("Your seats are held for you"), _("Pay before the time runs out; then they are free again."))
RAN_OUT = Standing(
    "error",
    _("The time for these seats has run out"),
    _("Nothing was charged, and the seats are free again. You can choose seats anew."),
)
CONFIRMING = Standing(
    "info",
    _("Your payment is being checked"),
    _("Your seats are kept meanwhile. Please do not pay again; this page shows the result as soon as it is certain."),
)
WAITING = Standing(
    "warning",
    _("We are waiting for your deposit"),
    _("Your tickets are issued as soon as the exact amount has arrived. Your seats are kept until then."),
)
BOOKED = Standing("success", _("Your booking is complete"), _("Your tickets are below. Have a wonderful time!"))
PARTLY = Standing(
    "success",
    _("Your booking is complete; some tickets are cancelled"),
    _("The tickets that are still valid are below."),
)
LEAVING = Standing(
    "info",
    _("A cancellation is on its way"),
    _("The payment company has not given its final answer yet. The tickets turn invalid with it; just wait."),
)
CANCELLED = Standing("info", _("This order is cancelled"), _("Its tickets are not valid any more."))
GIVEN_UP = Standing("info", _("This order is cancelled"), _("Nothing was charged, and the seats are free again."))
ACCOUNT_CLOSED = Standing(
    "error",
    _("The virtual account was closed"),
    _("Nothing was charged. Do not transfer money to it; a deposit would come back to you."),
)
NO_DEPOSIT = Standing(
    "error",
    _("No deposit came in time"),
    _("The virtual account is closed and the seats are free again. Do not transfer money to it any more."),
)
SEATS_LOST = Standing(
    "error",
    _("The seats were taken before the payment"),
    _("We are sorry: the hold was lost. Nothing was charged. You can choose other seats."),
)
REFUNDED: dict[str, Standing] = {
    Cause.SEATS_UNAVAILABLE: Standing(
        "error",
        _("The seats were gone; your money comes back"),
        _("We are sorry: the seats were taken while you paid. All of it is refunded. You can choose other seats."),
    ),
    Cause.AMOUNT_MISMATCH: Standing(
        "error",
        _("The amount was wrong; your money comes back"),
        _("The payment was not of this order's amount. All of it is refunded, and the seats are free again."),
    ),
    Cause.ORDER_ENDED: Standing(
        "error",
        _("The payment came too late; your money comes back"),
        _("The order had ended when the money came. The whole amount is refunded."),
    ),
}
ENDED_BY: dict[str, Standing] = {
    "seats lost": SEATS_LOST,
    "account closed": ACCOUNT_CLOSED,
    "no deposit came": NO_DEPOSIT,
    "time ran out": RAN_OUT,
}
SIMPLE: dict[str, Standing] = {
    OrderStatus.PENDING: PENDING,
    OrderStatus.CONFIRMING: CONFIRMING,
    OrderStatus.WAITING_FOR_DEPOSIT: WAITING,
}


def standing_of(story: OrderStory) -> Standing:
    """Return what to tell the buyer first."""
    status = story.order.status
    if status in SIMPLE:
        return SIMPLE[status]
    if status == OrderStatus.RESERVED:
        return HELD if story.is_held else RAN_OUT
    if status == OrderStatus.PAID:
        if story.leaving:
            return LEAVING
        return BOOKED if len(story.live_places) == len(story.places) else PARTLY
    return _ended(story)


def _ended(story: OrderStory) -> Standing:
    for refund in story.refunds:
        if refund.cause in REFUNDED:
            return REFUNDED[refund.cause]
    if story.reason in ENDED_BY:
        return ENDED_BY[story.reason]
    if story.order.status == OrderStatus.EXPIRED:
        return RAN_OUT
    return CANCELLED if story.has_tickets else GIVEN_UP
