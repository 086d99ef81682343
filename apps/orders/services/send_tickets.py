"""Send an order's tickets by e-mail, when somebody asks for them again."""

from __future__ import annotations

from django.core.mail import send_mail

from apps.common import outbox
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order

MAIL_TICKETS = "orders.mail_tickets"


def resend_tickets(order: Order) -> int:
    """Promise to send the order's live tickets, in the caller's transaction; return how many those are.

    They are sent after the commit, at once, or as soon as the mail server takes them.

    Raises:
        OrderStateConflict: there is no live ticket.
    """
    tickets = order.tickets.filter(live=True).count()
    if not tickets:
        raise OrderStateConflict(order_status=order.status)
    outbox.enqueue(MAIL_TICKETS, order_id=order.pk)
    return tickets


@outbox.handles(MAIL_TICKETS)
def mail_tickets(*, order_id: str) -> None:
    """Send the tickets that are alive now. Repeated, it is the same mail again."""
    order = Order.objects.select_related("performance__concert", "user").get(pk=order_id)
    tickets = order.tickets.filter(live=True).select_related("seat__section")
    lines = [f"{ticket.seat.section.name} {ticket.seat}: {ticket.code}" for ticket in tickets]
    if lines:
        title = " ".join(order.performance.concert.title.split())  # a header has one line
        to = order.booker_email or order.user.email
        send_mail(f"[Ticket-Live] {title}", "\n".join([title, order.pk, "", *lines]), None, [to])
