"""Deposits in the buyer's words: why there can be none, at the checkout and after the window; what giving up means."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.common.clock import database_now
from apps.orders.models import Order
from apps.payments.deposits.counts import count_lapsed
from apps.payments.deposits.rules import Why, rules_of
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
        _(
            "Those that you gave up count by how long they kept their seats. For a while you cannot pay by a deposit. "
            "Pay by card or another method; your seats are still held."
        ),
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


def giving_up_words(order: Order) -> str:
    """Tell whoever is about to give a deposit up that it counts as lapsed; nothing without a limit."""
    if not rules_of(order.performance.concert).lapses:
        return ""
    return gettext("A deposit that you give up counts as lapsed by the share of its time for which it kept the seats.")


def given_up_words(order: Order) -> str:
    """Tell whoever has just given a deposit up that it counts as lapsed, and how many may; nothing without a limit."""
    rules = rules_of(order.performance.concert)
    rule = giving_up_words(order)
    if not rule:
        return ""
    so_far = gettext("So far that makes %(lapsed)d in %(days)d days; after %(most)d you cannot pay by a deposit.")
    lapsed = count_lapsed(order.user_id, rules, now=database_now())
    return f"{rule} {so_far % {'days': rules.lapse_days, 'lapsed': lapsed, 'most': rules.lapses}}"
