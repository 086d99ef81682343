"""What an order's state means to the person whose order it is."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.orders.models import Order
from apps.orders.states import OPEN

Status = Order.Status
UNPAID = (*OPEN, Status.WAITING_FOR_DEPOSIT)


@dataclass(frozen=True, slots=True)
class StatusLabel:
    """`tone` is a badge's class: good, warn, bad, or nothing."""

    label: str
    detail: str
    tone: str = ""


def status_label(order: Order, *, live_tickets: int) -> StatusLabel:
    """Say an order's state; `live_tickets` is how many of its seats have a valid ticket."""
    if order.performance.is_called_off:
        if order.status == Status.PAID:
            detail = _("The show does not take place; all of the money comes back. The order says how far that is.")
            return StatusLabel(_("Show called off"), detail, "bad")
        if order.status in UNPAID:
            return StatusLabel(_("Show called off"), _("The show does not take place. Please pay no more."), "bad")
    if order.status == Status.PAID and live_tickets < len(order.lines.all()):
        return StatusLabel(
            _("Partly cancelled"), _("Some of the tickets were cancelled; the others are valid."), "good"
        )
    words = {
        Status.PENDING: StatusLabel(_("Not reserved"), _("The seats are not held for you yet."), "warn"),
        Status.RESERVED: StatusLabel(_("Waiting for payment"), _("The seats are held for you."), "warn"),
        Status.CONFIRMING: StatusLabel(
            _("Payment being checked"),
            _("We ask the payment provider what became of it. You need not pay again."),
            "warn",
        ),
        Status.WAITING_FOR_DEPOSIT: StatusLabel(
            _("Waiting for deposit"), _("The tickets are issued as soon as the money has arrived."), "warn"
        ),
        Status.PAID: StatusLabel(_("Booked"), _("The tickets are valid."), "good"),
        Status.CANCELLED: StatusLabel(_("Cancelled"), _("Nothing of this order is valid any more.")),
        Status.EXPIRED: StatusLabel(_("Not paid in time"), _("The seats went back on sale.")),
    }
    return words[Status(order.status)]
