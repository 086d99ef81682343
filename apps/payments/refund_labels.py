"""What an order in a list says of money that is on its way back, or that does not come."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.orders.models import Order
from apps.orders.status_labels import StatusLabel
from apps.payments.causes import cause_of
from apps.payments.models import Refund
from apps.payments.services.name_account import waits_for_account
from apps.payments.states import OPEN_REFUNDS

Status = Refund.Status


def refund_label(order: Order) -> StatusLabel | None:
    """Return what goes before the order's own state: first what the buyer has to do, then what did not work.

    No query where `refunds__payment` and `refunds__lines` are prefetched, as `my.py` does.
    """
    refunds = list(order.refunds.all())
    waiting = next((refund for refund in refunds if waits_for_account(refund)), None)
    if waiting is not None:
        if waiting.account:
            detail = _("The bank could not pay your refund into the account that you named. Correct it in the order.")
            return StatusLabel(_("Correct the account"), detail, "bad")
        return StatusLabel(_("Name the account"), _("Your refund waits for a bank account of yours."), "bad")
    if any(refund.status == Status.FAILED and _is_owed(refund, order) for refund in refunds):
        return _refused(order)
    if any(refund.status in OPEN_REFUNDS for refund in refunds) and not order.performance.is_called_off:
        return StatusLabel(_("Being cancelled"), _("The payment company has not given its final answer yet."), "warn")
    if order.status == Order.Status.CANCELLED:
        return _gone(order, refunds)
    return None


def _is_owed(refund: Refund, order: Order) -> bool:
    """Whether nothing has come since of what was refused: no seat of it was cancelled by a later refund."""
    numbers = {line.number for line in refund.lines.all()}
    alive = {line.number for line in order.lines.all() if any(ticket.live for ticket in line.tickets.all())}
    return not numbers or bool(numbers & alive)


def _refused(order: Order) -> StatusLabel:
    if order.performance.is_called_off or order.status != Order.Status.PAID:
        detail = _("We could not give your money back yet, and look into it. You need not do anything.")
        return StatusLabel(_("Not refunded yet"), detail, "bad")
    return StatusLabel(_("Not cancelled"), _("The refund was refused; your tickets stay valid."), "bad")


def _gone(order: Order, refunds: list[Refund]) -> StatusLabel | None:
    at_the_bank = any(refund.status == Status.SENT for refund in refunds)
    detail = _("The bank pays your refund within some days.") if at_the_bank else _("All that you paid was given back.")
    causes = [cause for refund in refunds if (cause := cause_of(refund.cause)) is not None]
    if order.performance.is_called_off and any(cause.given_back is not None for cause in causes):
        return StatusLabel(_("Show called off"), detail, "bad")
    return StatusLabel(_("Cancelled"), detail) if at_the_bank else None
