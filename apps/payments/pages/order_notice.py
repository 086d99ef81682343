"""The notice at the top of an order's page, by the state of the order."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.orders.states import OrderStatus
from apps.payments.causes import (
    COMES_BACK_IN_FULL,
    ENDINGS,
    RAN_OUT,
    SHOW_CALLED_OFF,
    OrderNotice,
    cause_of,
)
from apps.payments.order_story import OrderStory
from apps.payments.pages.refund_notice import refund_notice
from apps.payments.states import RefundStatus

PENDING = OrderNotice(
    "warning",
    _("Your seats are not held yet"),
    _("Choose your seats once more: only held seats can be paid."),
)
HELD = OrderNotice(
    "info", _("Your seats are held for you"), _("Pay before the time runs out; then they are free again.")
)
CONFIRMING = OrderNotice(
    "info",
    _("Your payment is being checked"),
    _("Your seats are kept meanwhile. Please do not pay again; this page shows the result as soon as it is certain."),
)
WAITING = OrderNotice(
    "warning",
    _("We are waiting for your deposit"),
    _("Your tickets are issued as soon as the exact amount has arrived. Your seats are kept until then."),
)
BOOKED = OrderNotice("success", _("Your booking is complete"), _("Your tickets are below. Have a wonderful time!"))
PARTLY = OrderNotice(
    "success",
    _("Your booking is complete; some tickets are cancelled"),
    _("The tickets that are still valid are below."),
)
LEAVING = OrderNotice(
    "info",
    _("A cancellation is on its way"),
    _("The payment company has not given its final answer yet. The tickets turn invalid with it; just wait."),
)
CANCELLED = OrderNotice("info", _("This order is cancelled"), _("Its tickets are not valid any more."))
GIVEN_UP = OrderNotice("info", _("This order is cancelled"), _("Nothing was charged, and the seats are free again."))
OF_A_SHOW_CALLED_OFF: dict[str, OrderNotice] = {
    OrderStatus.PENDING: SHOW_CALLED_OFF.notice,
    OrderStatus.RESERVED: SHOW_CALLED_OFF.notice,
    OrderStatus.WAITING_FOR_DEPOSIT: SHOW_CALLED_OFF.notice,
    OrderStatus.PAID: COMES_BACK_IN_FULL,
}
SIMPLE: dict[str, OrderNotice] = {
    OrderStatus.PENDING: PENDING,
    OrderStatus.CONFIRMING: CONFIRMING,
    OrderStatus.WAITING_FOR_DEPOSIT: WAITING,
}


def order_notice(story: OrderStory) -> OrderNotice:
    """Return what to tell the buyer first."""
    status = story.order.status
    if (of_refund := refund_notice(story)) is not None:
        return of_refund
    if story.order.performance.is_called_off and status in OF_A_SHOW_CALLED_OFF:
        return OF_A_SHOW_CALLED_OFF[status]
    if status in SIMPLE:
        return SIMPLE[status]
    if status == OrderStatus.RESERVED:
        return HELD if story.is_held else RAN_OUT.notice
    return _of_paid(story) if status == OrderStatus.PAID else _ended(story)


def _of_paid(story: OrderStory) -> OrderNotice:
    if story.leaving:
        return LEAVING
    return BOOKED if len(story.live_seats) == len(story.seats) else PARTLY


def _ended(story: OrderStory) -> OrderNotice:
    for refund in story.refunds:
        cause = cause_of(refund.cause)
        if cause is not None and cause.given_back is not None and refund.status == RefundStatus.DONE:
            return cause.given_back
        if cause is not None and cause.notice is not None:
            return cause.notice
    if story.reason in ENDINGS:
        return ENDINGS[story.reason].notice
    if story.order.status == OrderStatus.EXPIRED:
        return RAN_OUT.notice
    return CANCELLED if story.has_tickets else GIVEN_UP
