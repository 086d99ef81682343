"""One order with everything that has happened to it, for whoever wants to show it whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from apps.common.clock import database_now
from apps.common.errors import NotFound
from apps.orders.models import Order, OrderLine, Ticket
from apps.orders.services.free_returns import free_return_until
from apps.payments.models import CashReceipt, Payment, Refund
from apps.payments.states import OPEN_REFUNDS


@dataclass(frozen=True, slots=True)
class OrderSeat:
    """One line of an order with its newest ticket, if it has any."""

    line: OrderLine
    ticket: Ticket | None

    @property
    def is_live(self) -> bool:
        return self.ticket is not None and bool(self.ticket.live)


@dataclass(frozen=True, slots=True)
class OrderStory:
    """An order with everything that has happened to it, as of `now`, the database's time."""

    order: Order
    seats: tuple[OrderSeat, ...]
    payment: Payment | None
    receipt: CashReceipt | None
    refunds: tuple[Refund, ...]
    reason: str  # of its last move, as its event has it
    now: datetime

    @property
    def live_seats(self) -> list[OrderSeat]:
        return [seat for seat in self.seats if seat.is_live]

    @property
    def is_partly_cancelled(self) -> bool:
        """Whether some of its tickets are valid and others not any more."""
        return 0 < len(self.live_seats) < len(self.seats)

    @property
    def left_krw(self) -> int:
        """The price of what is left of it; of an order without a valid ticket, of all that it was."""
        return sum(seat.line.price_krw for seat in self.live_seats or self.seats)

    @property
    def free_return_until(self) -> datetime | None:
        """Until when its tickets come back free of charge because the show was moved; None where none do."""
        return free_return_until(self.order, now=self.now) if self.live_seats else None

    @property
    def moved_since(self) -> bool:
        """Whether the show got another date or hall after the order was placed."""
        moved_at = self.order.performance.moved_at
        return moved_at is not None and moved_at >= self.order.created_at

    @property
    def has_tickets(self) -> bool:
        """Whether it ever had tickets: those may all be cancelled by now."""
        return any(seat.ticket is not None for seat in self.seats)

    @property
    def is_held(self) -> bool:
        """Whether it can still be paid."""
        is_in_time = self.order.status == Order.Status.RESERVED and self.order.expires_at > self.now
        return is_in_time and not self.order.performance.is_called_off

    @property
    def leaving(self) -> set[int]:
        """The numbers of the lines whose refund is on its way: their tickets are alive until it is certain."""
        open_refunds = [refund for refund in self.refunds if refund.status in OPEN_REFUNDS]
        return {line.number for refund in open_refunds for line in refund.lines.all()}

    @property
    def refused(self) -> list[Refund]:
        """The refunds that the provider refuses, and for which nothing has come since: the money is owed still."""
        failed = [refund for refund in self.refunds if refund.status == Refund.Status.FAILED]
        return [refund for refund in failed if not refund.lines.all() or self._stays(refund)]

    @property
    def refused_lines(self) -> set[int]:
        """The numbers of the lines whose refund is refused: their tickets are alive."""
        alive = {seat.line.number for seat in self.cancellable}
        return {line.number for refund in self.refused for line in refund.lines.all()} & alive

    def _stays(self, refund: Refund) -> bool:
        alive = {seat.line.number for seat in self.cancellable}
        return any(line.number in alive for line in refund.lines.all())

    @property
    def cancellable(self) -> list[OrderSeat]:
        """The seats that can still be given back."""
        leaving = self.leaving
        return [seat for seat in self.live_seats if seat.line.number not in leaving]


def get_order_story(order_id: str, *, user_id: int) -> OrderStory:
    """Return an order of this account with its story, in eight queries. Raises NotFound, for another account's too."""
    order = (
        Order.objects.select_related(
            "performance__concert__cancellation_policy",
            "performance__concert__deposit_policy",
            "performance__venue",
            "cash_receipt",
        )
        .filter(pk=order_id, user=user_id)
        .first()
    )
    if order is None:
        raise NotFound
    tickets = Prefetch("tickets", queryset=Ticket.objects.order_by("-id"))
    lines = order.lines.select_related("seat__section").prefetch_related(tickets)
    refunds = Refund.objects.filter(order=order).select_related("payment").prefetch_related("lines__seat__section")
    reason = order.events.order_by("-id").values_list("reason", flat=True).first()
    return OrderStory(
        order=order,
        seats=tuple(OrderSeat(line, next(iter(line.tickets.all()), None)) for line in lines),
        payment=Payment.objects.filter(order=order).first(),
        receipt=getattr(order, "cash_receipt", None),
        refunds=tuple(refunds),
        reason=reason or "",
        now=database_now(),
    )
