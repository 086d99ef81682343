from __future__ import annotations

import pytest

from apps.orders.models import Order, Ticket
from apps.payments.models import Payment
from apps.rehearsal.buyers import Buyer
from apps.rehearsal.verdict import audit_sale, audit_winners
from tests.paid_orders import PaidOrders


@pytest.fixture
def sold(paid_orders: PaidOrders) -> Order:
    return paid_orders.sell(0, 1)


def broken_rules(order: Order) -> set[str]:
    return {finding.rule for finding in audit_sale(order.performance_id) if not finding.holds}


def buyer_of(order: Order, *, paid: bool) -> Buyer:
    seats = tuple(order.lines.values_list("seat_id", flat=True))
    return Buyer(user_id=order.user_id, token="", seat_ids=seats, paid=paid)


def test_a_sale_that_went_well_holds(sold: Order) -> None:
    assert broken_rules(sold) == set()


def test_money_without_a_ticket_is_found(sold: Order) -> None:
    Payment.objects.filter(order=sold).update(amount_krw=sold.amount_krw + 1)

    assert broken_rules(sold) == {"captured money = tickets + refunds + fees kept"}


def test_a_paid_order_without_its_tickets_is_found(sold: Order) -> None:
    Ticket.objects.filter(order=sold).delete()

    assert "every seat of a paid order has its ticket" in broken_rules(sold)


def test_somebody_who_was_told_of_seats_that_others_have_is_found(sold: Order, paid_orders: PaidOrders) -> None:
    liar = Buyer(user_id=sold.user_id + 1, token="", seat_ids=buyer_of(sold, paid=True).seat_ids, paid=True)

    holds = {finding.rule: finding.holds for finding in audit_winners(sold.performance_id, [liar], paid_orders.seats)}

    assert not holds["who was told so has the seats, and nobody else"]


def test_a_buyer_refused_for_nothing_is_found(sold: Order, paid_orders: PaidOrders) -> None:
    buyers = [buyer_of(sold, paid=True), Buyer(user_id=1, token="", seat_ids=(paid_orders.seats[5],))]

    holds = {finding.rule: finding.holds for finding in audit_winners(sold.performance_id, buyers, paid_orders.seats)}

    assert holds["who was told so has the seats, and nobody else"]
    assert not holds["whoever got nothing lost a seat to somebody else"]
