"""What has to be true of a performance afterwards, asked of the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum

from apps.orders.models import Order, OrderLine, Ticket
from apps.payments.models import Payment, Refund
from apps.payments.states import GIVEN_REFUNDS
from apps.rehearsal.buyers import Buyer


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, whether it holds, and the figures that show it."""

    rule: str
    holds: bool
    figures: str


def audit_sale(performance_id: int) -> list[Finding]:
    """Hold a performance's rows to the two promises: a seat is sold once, and no money is lost."""
    return [
        _one_ticket_per_seat(performance_id),
        _money_adds_up(performance_id),
        _paid_orders_have_tickets(performance_id),
    ]


def audit_winners(performance_id: int, buyers: Sequence[Buyer], seat_ids: Iterable[int]) -> list[Finding]:
    """Hold what the crowd was told to what the database says, and see that nobody was refused for nothing."""
    tickets = Ticket.objects.filter(performance=performance_id, live=True)
    owners = dict(tickets.values_list("seat_id", "user_id"))
    acknowledged = {seat: buyer.user_id for buyer in buyers if buyer.paid for seat in buyer.seat_ids}
    for_nothing = [buyer for buyer in buyers if not buyer.paid and not owners.keys() & set(buyer.seat_ids)]
    winners = sum(buyer.paid for buyer in buyers)
    offered = set(seat_ids)
    return [
        Finding("who was told so has the seats, and nobody else", acknowledged == owners, f"{winners} winners"),
        Finding(
            "whoever got nothing lost a seat to somebody else",
            not for_nothing,
            f"{len(for_nothing)} refused although all their seats are free",
        ),
        Finding("only seats on offer were sold", owners.keys() <= offered, f"{len(owners)} of {len(offered)} seats"),
    ]


def _one_ticket_per_seat(performance_id: int) -> Finding:
    live = Ticket.objects.filter(performance=performance_id, live=True)
    doubled = live.values("seat").annotate(tickets=Count("pk")).filter(tickets__gt=1).count()
    return Finding(
        "at most one live ticket per seat", not doubled, f"{live.count()} live tickets, {doubled} seats sold twice"
    )


def _money_adds_up(performance_id: int) -> Finding:
    payments = Payment.objects.filter(order__performance=performance_id, approved_at__isnull=False)
    captured = payments.aggregate(sum=Sum("amount_krw"))["sum"] or 0
    refunds = Refund.objects.filter(payment__in=payments, status__in=GIVEN_REFUNDS)
    totals = refunds.aggregate(refunded=Sum("amount_krw"), fees=Sum("fee_krw"))
    refunded, fees = totals["refunded"] or 0, totals["fees"] or 0
    tickets = Ticket.objects.filter(performance=performance_id, live=True)
    sold = tickets.aggregate(sum=Sum("line__price_krw"))["sum"] or 0
    return Finding(
        "captured money = tickets + refunds + fees kept",
        captured == sold + refunded + fees,
        f"{captured:,} = {sold:,} + {refunded:,} + {fees:,} KRW",
    )


def _paid_orders_have_tickets(performance_id: int) -> Finding:
    paid = Order.objects.filter(performance=performance_id, status=Order.Status.PAID)
    lines = OrderLine.objects.filter(order__in=paid).count()
    tickets = Ticket.objects.filter(order__in=paid).count()
    return Finding("every seat of a paid order has its ticket", lines == tickets, f"{lines} seats, {tickets} tickets")
