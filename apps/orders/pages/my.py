"""My page: the next shows with their tickets, what is still to be paid, and all orders."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from apps.accounts.pages.guards import current_user, login_required_page
from apps.concerts.selectors import fetch_moves
from apps.orders import selectors
from apps.orders.models import Order, OrderLine, Ticket
from apps.orders.seat_names import seat_name
from apps.orders.states import HOLDING, OPEN, OrderStatus
from apps.orders.status_labels import StatusLabel, status_label

ORDERS_A_PAGE = 10
NEXT_SHOWS = 4
RECENT_ORDERS = 3

KINDS = {
    "booked": (gettext_lazy("Booked"), (OrderStatus.PAID,)),
    "unpaid": (gettext_lazy("To be paid"), tuple(dict.fromkeys((*OPEN, *HOLDING)))),
    "ended": (gettext_lazy("Cancelled or expired"), (OrderStatus.CANCELLED, OrderStatus.EXPIRED)),
}


@dataclass(frozen=True, slots=True)
class OrderCard:
    """An order in a list; seats and amount are those of the valid tickets, or of all lines while there are none."""

    order: Order
    words: StatusLabel
    seats: list[str]
    amount_krw: int
    tickets: int

    @classmethod
    def of(cls, order: Order) -> OrderCard:
        lines = list(order.lines.all())
        live = [line for line in lines if is_live(line)]
        return cls(
            order,
            status_label(order, live_tickets=len(live)),
            [seat_name(line.seat) for line in live or lines],
            sum(line.price_krw for line in live or lines),
            len(live),
        )

    @property
    def is_awaited(self) -> bool:
        """Whether its deposit is to come until the order ends."""
        return self.order.status == OrderStatus.WAITING_FOR_DEPOSIT and not self.order.performance.is_called_off

    @property
    def was_moved(self) -> bool:
        """Whether its show got another date or hall since, and matters still."""
        moved_at, performance = self.order.performance.moved_at, self.order.performance
        is_on = not performance.is_called_off and self.order.status not in KINDS["ended"][1]
        return is_on and moved_at is not None and moved_at >= self.order.created_at

    @property
    def can_be_paid(self) -> bool:
        is_in_time = self.order.status == OrderStatus.RESERVED and self.order.expires_at > timezone.now()
        return is_in_time and not self.order.performance.is_called_off


@never_cache
@login_required_page
@require_safe
def my_page(request: HttpRequest) -> HttpResponse:
    """Show the next shows, what is to be finished, and the newest orders."""
    user_id = current_user(request).pk
    coming = list(selectors.list_coming_orders(user_id, now=timezone.now())[: NEXT_SHOWS + 1])
    unfinished = list(selectors.list_unfinished_orders(user_id, now=timezone.now()))
    others = selectors.list_orders(user_id).exclude(pk__in=[order.pk for order in unfinished])
    recent = list(others[:RECENT_ORDERS])
    _fetch_refunds([*unfinished, *recent])
    context = {
        "coming": _cards(coming[:NEXT_SHOWS]),
        "more_coming": len(coming) > NEXT_SHOWS,
        "unfinished": _cards(unfinished),
        "recent": _cards(recent),
    }
    return render(request, "orders/my_page.html", context)


@never_cache
@login_required_page
@require_safe
def my_orders(request: HttpRequest) -> HttpResponse:
    """List all orders by pages, or those of one `kind`."""
    orders = selectors.list_orders(current_user(request).pk)
    kind = request.GET.get("kind", "")
    if kind in KINDS:
        orders = orders.filter(status__in=KINDS[kind][1])
    page = Paginator(orders, ORDERS_A_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    _fetch_refunds(shown)
    context = {
        "page": page,
        "cards": _cards(shown),
        "kind": kind if kind in KINDS else "",
        "kinds": [(name, label) for name, (label, _statuses) in KINDS.items()],
    }
    return render(request, "orders/my_orders.html", context)


def is_live(line: OrderLine) -> bool:
    """Whether a seat has a valid ticket. The newest counts: an older one is dead, its deposit was taken back."""
    return next((ticket.status == Ticket.Status.VALID for ticket in line.tickets.all()), False)


def _fetch_refunds(orders: list[Order]) -> None:
    """Fetch what `templates/orders/my_order.html` says of money that is on its way back."""
    prefetch_related_objects(orders, "refunds__payment", "refunds__lines")


def _cards(orders: Iterable[Order]) -> list[OrderCard]:
    orders = list(orders)
    fetch_moves(order.performance for order in orders)
    return [OrderCard.of(order) for order in orders]
