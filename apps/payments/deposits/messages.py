"""Why an order cannot be paid by a deposit, in the buyer's words: for the checkout, and the page after the window."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from apps.payments.deposits.rules import Why
from apps.payments.gateway.texts import PaymentMessage

REFUSALS: Mapping[str, PaymentMessage] = {
    Why.OFF: PaymentMessage(
        _("This event takes no deposits"),
        _("Nothing was charged, and your seats are still held. Pay by card or another method."),
    ),
    Why.EARLY: PaymentMessage(
        _("Deposits are not taken yet"),
        _("Right after a sale with a waiting room has opened, seats are for those who pay at once. Pay by card."),
    ),
    Why.LATE: PaymentMessage(
        _("It is too late for a deposit"),
        _("A deposit has to come well before the show and the end of the sale. Pay by card or another method."),
    ),
    Why.LAPSED: PaymentMessage(
        _("You have let deposits lapse too often"),
        _("For a while you cannot pay by a deposit. Pay by card or another method; your seats are still held."),
    ),
    Why.PERSON: PaymentMessage(
        _("You have too many open deposits"),
        _("Pay for one of them, or cancel it, before you open another. Or pay by card or another method."),
    ),
    Why.SHOW: PaymentMessage(
        _("Too many seats wait for deposits"),
        _("No more seats of this show are kept for deposits at the moment. Pay by card or another method."),
    ),
}
