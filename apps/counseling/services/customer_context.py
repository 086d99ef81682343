"""What a counselor has to know of the customer: what they hold, where they wait, what they bought and got back,
and what they asked before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from apps.common.clock import database_now
from apps.common.redis import translate_errors
from apps.concerts.models import Performance, Seat
from apps.concerts.waiting_room import store as waiting_room
from apps.concerts.waiting_room.selectors import list_open_lines
from apps.counseling.models import CounselorAct, CounselSession
from apps.orders.models import Order, OrderLine, Ticket
from apps.orders.selectors import list_orders
from apps.payments.models import Payment, Refund

ORDERS_SHOWN = 20
LINES_LOOKED_AT = 50
EARLIER_SHOWN = 10


def get_customer_context(customer_id: int) -> dict[str, Any]:
    """Return orders, live holds with their remaining seconds, places in lines, payments and refunds.

    Ten queries at most, and one script for each line that is open. Raises ServiceUnavailable without Redis.
    """
    now = database_now()
    orders = list(list_orders(customer_id)[:ORDERS_SHOWN])
    ids = [order.pk for order in orders]
    held = [order for order in orders if _is_held(order, now)]
    extended = _extended({order.pk for order in held})
    return {
        "holds": [{**_hold(order, now), "is_extended": order.pk in extended} for order in held],
        "lines": _lines(customer_id),
        "orders": [_order(order) for order in orders],
        "payments": [_payment(payment) for payment in Payment.objects.filter(order__in=ids)],
        "refunds": [_refund(refund) for refund in Refund.objects.filter(order__in=ids)],
    }


def list_earlier_conversations(session: CounselSession) -> list[dict[str, Any]]:
    """Return the customer's conversations before this one, the newest first, without what was said in them."""
    earlier = CounselSession.objects.filter(customer=session.customer_id, requested_at__lte=session.requested_at)
    shown = earlier.exclude(pk=session.pk).select_related("category", "counselor", "log__wrap_up", "rating")
    return [_conversation(one) for one in shown.order_by("-requested_at", "-pk")[:EARLIER_SHOWN]]


def masked_email(email: str) -> str:
    """Return an address of which only the first letter and the domain are shown."""
    name, _, domain = email.partition("@")
    return f"{name[:1]}***@{domain}"


def seat_name(seat: Seat) -> str:
    """Return a seat as people call it: section, row and number."""
    return f"{seat.section.name} {seat}"


def _extended(order_ids: set[str]) -> set[str]:
    """Return those of these orders whose hold has been extended: it cannot be once more."""
    if not order_ids:
        return set()
    acts = CounselorAct.objects.filter(order__in=order_ids, kind=CounselorAct.Kind.EXTEND_HOLD, once=True)
    return set(acts.values_list("order_id", flat=True))


def _conversation(session: CounselSession) -> dict[str, Any]:
    log, rating = getattr(session, "log", None), getattr(session, "rating", None)
    return {
        "session_id": session.pk,
        "status": session.status,
        "category": session.category.name,
        "subject": session.subject,
        "counselor": None if session.counselor is None else session.counselor.nickname,
        "requested_at": session.requested_at,
        "ended_at": session.ended_at,
        "wrap_up": None if log is None or log.wrap_up is None else log.wrap_up.name,
        "note": "" if log is None else log.wrap_up_note,
        "rating": None if rating is None else rating.score,
    }


def _is_held(order: Order, now: datetime) -> bool:
    return order.status in (Order.Status.RESERVED, Order.Status.CONFIRMING) and order.expires_at > now


def _hold(order: Order, now: datetime) -> dict[str, Any]:
    return {
        "order_id": order.pk,
        "performance_id": order.performance_id,
        "seats": [seat_name(line.seat) for line in order.lines.all()],
        "expires_at": order.expires_at,
        "remaining_seconds": int((order.expires_at - now).total_seconds()),
    }


def _lines(customer_id: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    open_lines = list(list_open_lines())[:LINES_LOOKED_AT]
    with translate_errors():
        for performance_id in open_lines:
            place = waiting_room.peek(performance_id, customer_id)
            if place is not None:
                found.append({"performance_id": performance_id, **msgspec.structs.asdict(place)})
    ids = [one["performance_id"] for one in found]
    titles = dict(Performance.objects.filter(pk__in=ids).values_list("pk", "concert__title")) if ids else {}
    return [{**one, "concert_title": titles.get(one["performance_id"], "")} for one in found]


def _order(order: Order) -> dict[str, Any]:
    """An order whole; `seats_left` and `amount_left` are of the valid tickets, or of all while there are none."""
    lines = list(order.lines.all())
    left = [line for line in lines if _ticket_status(line) == Ticket.Status.VALID] or lines
    return {
        "id": order.pk,
        "status": order.status,
        "concert_title": order.performance.concert.title,
        "starts_at": order.performance.starts_at,
        "time_zone": order.performance.venue.zone.key,
        "amount": order.amount_krw,
        "amount_left": sum(line.price_krw for line in left),
        "seats": [seat_name(line.seat) for line in lines],
        "seats_left": [seat_name(line.seat) for line in left],
        "lines": [_line(line) for line in lines],
        "created_at": order.created_at,
        "paid_at": order.paid_at,
    }


def _line(line: OrderLine) -> dict[str, Any]:
    """A seat of an order; its ticket is that of the last sale, null while it was never paid."""
    return {
        "line_id": line.number,
        "seat": seat_name(line.seat),
        "grade": line.grade_name,
        "price": line.price_krw,
        "ticket": _ticket_status(line),
    }


def _ticket_status(line: OrderLine) -> str | None:
    ticket = next(iter(line.tickets.all()), None)
    return None if ticket is None else ticket.status


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "order_id": payment.order_id,
        "status": payment.status,
        "method": payment.method,
        "amount": payment.amount_krw,
        "approved_at": payment.approved_at,
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "order_id": refund.order_id,
        "status": refund.status,
        "amount": refund.amount_krw,
        "fee": refund.fee_krw,
        "requested_at": refund.requested_at,
        "settled_at": refund.settled_at,
    }
