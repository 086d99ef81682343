"""The verdict finds what it is there to find."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pytest_django import Settings

from apps.common.clock import database_now
from apps.orders.models import Order, OrderLine, Ticket
from apps.payments.gateway import provider
from apps.payments.models import Payment, Refund
from apps.rehearsal.on_sale.behaviours import Pauses
from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.figures import Figures
from apps.rehearsal.on_sale.sale import Outcome, PromisedRefund, PromisedTicket, Sale
from apps.rehearsal.on_sale.verdict import judge
from tests.paid_orders import PaidOrders

TICKETS_EXIST = "every acknowledged ticket exists, and is live unless its owner cancelled it"
REFUNDS_EXIST = "every acknowledged refund is there, to the won"
NO_SILENT_TICKET = "no ticket was sold without a word to its owner"
PAYMENTS_ANSWERED = "no payment is without its outcome"
SAME_JOURNAL = "the provider's journal is the same, line by line"
SOLD_OUT = "all seats were sold in time"


class Rehearsal:
    """One order that was kept and one that was cancelled, as the people were told."""

    def __init__(self, paid_orders: PaidOrders) -> None:
        self.since = database_now() - timedelta(minutes=1)
        self.paid_orders = paid_orders
        self.sale = Sale(performance_id=paid_orders.performance.pk, seats=2, figures=Figures(), pauses=Pauses())
        self.sale.opened_at = time.monotonic()
        self.kept = self.sold(0, 1)
        self.given_back = self.sold(2)
        answer = paid_orders.cancel(self.given_back).json()["refund"]
        self.sale.take_back(self.given_back.pk)
        self.sale.promises.refunds.append(PromisedRefund(self.given_back.pk, answer["amount"], answer["fee"]))

    def sold(self, *seats: int) -> Order:
        order = self.paid_orders.sell(*seats)
        tickets = [
            PromisedTicket(order.pk, order.user_id, seat_id, code)
            for seat_id, code in Ticket.objects.filter(order=order).values_list("seat_id", "code")
        ]
        self.sale.add_tickets(tickets, to_cancel=len(tickets) == 1)
        return order

    def broken_rules(self, *, sold_out_within: float | None = None) -> set[str]:
        findings = judge(self.sale, since=self.since, sold_out_within=sold_out_within)
        return {finding.rule for finding in findings if not finding.holds}


@pytest.fixture
def rehearsal(paid_orders: PaidOrders) -> Iterator[Rehearsal]:
    return Rehearsal(paid_orders)


def test_a_rehearsal_that_went_well_holds(rehearsal: Rehearsal) -> None:
    assert rehearsal.broken_rules(sold_out_within=60) == set()


def test_a_ticket_that_was_promised_and_is_not_there_is_found(rehearsal: Rehearsal) -> None:
    Ticket.objects.filter(order=rehearsal.kept).first().delete()  # type: ignore[union-attr]

    assert TICKETS_EXIST in rehearsal.broken_rules()


def test_a_ticket_that_belongs_to_somebody_else_is_found(rehearsal: Rehearsal) -> None:
    tickets = rehearsal.sale.promises.tickets[rehearsal.kept.pk]
    other = tickets[0]
    tickets[0] = PromisedTicket(other.order_id, other.user_id + 1, other.seat_id, other.code)

    assert rehearsal.broken_rules() == {TICKETS_EXIST}


def test_a_ticket_that_lives_although_it_was_given_back_is_found(rehearsal: Rehearsal) -> None:
    rehearsal.sale.promises.cancelled.add(rehearsal.kept.pk)

    assert TICKETS_EXIST in rehearsal.broken_rules()


def test_a_ticket_that_nobody_was_told_of_is_found(rehearsal: Rehearsal) -> None:
    rehearsal.paid_orders.sell(5)

    assert rehearsal.broken_rules() == {NO_SILENT_TICKET, PAYMENTS_ANSWERED}


def test_a_payment_whose_answer_was_lost_may_have_tickets_or_none(rehearsal: Rehearsal) -> None:
    order = rehearsal.paid_orders.sell(5)
    rehearsal.sale.promises.unknown.add(order.pk)

    assert rehearsal.broken_rules() == set()


@pytest.mark.parametrize("lost", ["its amount", "its fee", "itself"])
def test_a_refund_that_is_not_as_promised_is_found(rehearsal: Rehearsal, lost: str) -> None:
    refunds = Refund.objects.filter(order=rehearsal.given_back)
    if lost == "its amount":
        refunds.update(amount_krw=1)
    elif lost == "its fee":
        refunds.update(fee_krw=1)
    else:
        refunds.update(status=Refund.Status.FAILED)

    assert REFUNDS_EXIST in rehearsal.broken_rules()


def test_an_order_that_is_still_being_confirmed_is_found(rehearsal: Rehearsal) -> None:
    order = rehearsal.paid_orders.reserve(7)
    Order.objects.filter(pk=order.pk).update(status=Order.Status.CONFIRMING)

    assert rehearsal.broken_rules() == {PAYMENTS_ANSWERED}


def test_money_that_the_provider_has_and_the_books_have_not_is_found(rehearsal: Rehearsal) -> None:
    Payment.objects.filter(order=rehearsal.kept).update(payment_key="another")

    assert rehearsal.broken_rules() == {SAME_JOURNAL}


def test_a_journal_that_cannot_be_read_is_no_agreement(rehearsal: Rehearsal, settings: Settings) -> None:
    settings.TOSS_API_BASE = "http://127.0.0.1:9"
    provider.get_gateway.cache_clear()

    assert rehearsal.broken_rules() == {SAME_JOURNAL}


def test_one_fault_inside_is_enough(rehearsal: Rehearsal) -> None:
    rehearsal.sale.faults, rehearsal.sale.fault_count = [], 1

    assert rehearsal.broken_rules() == {"no person inside got a fault, or no answer"}


@pytest.mark.parametrize(
    ("outcome", "rule"),
    [
        (Outcome.BROKE_OFF, "everybody inside came to the end of their way"),
        (Outcome.CUT_SHORT, "everybody inside came to the end of their way"),
        (Outcome.LOST_PLACE, "nobody lost a place in line, or the place inside"),
        (Outcome.PUT_OUT, "nobody lost a place in line, or the place inside"),
        (Outcome.NOT_LET_IN, "nobody lost a place in line, or the place inside"),
    ],
)
def test_somebody_who_could_not_go_on_is_found(rehearsal: Rehearsal, outcome: Outcome, rule: str) -> None:
    rehearsal.sale.outcomes[outcome] += 1
    rehearsal.sale.note_surprise(Answer(410))

    assert rehearsal.broken_rules() == {rule}


def test_seats_that_were_sold_too_late_or_never_are_found(rehearsal: Rehearsal) -> None:
    rehearsal.sale.sold_out_at = 61.0
    assert rehearsal.broken_rules(sold_out_within=60) == {SOLD_OUT}

    rehearsal.sale.sold_out_at = None
    assert rehearsal.broken_rules(sold_out_within=60) == {SOLD_OUT}
    assert rehearsal.broken_rules(sold_out_within=None) == set()


def test_a_seat_of_a_paid_order_without_a_ticket_is_found_by_the_sales_own_audit(rehearsal: Rehearsal) -> None:
    OrderLine.objects.filter(order=rehearsal.kept).first().tickets.all().delete()  # type: ignore[union-attr]

    assert "every seat of a paid order has its ticket" in rehearsal.broken_rules()
