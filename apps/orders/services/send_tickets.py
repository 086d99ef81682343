"""Send an order's tickets by e-mail, when somebody asks for them again."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _

from apps.common.database import outbox
from apps.concerts.show_state import require_not_called_off
from apps.orders.calendar import calendar_attachment
from apps.orders.errors import OrderStateConflict
from apps.orders.models import Order, Ticket
from apps.orders.seat_names import seat_name

MAIL_TICKETS = "orders.mail_tickets"


def resend_tickets(order: Order) -> int:
    """Promise to send the order's live tickets, in the caller's transaction; return how many those are.

    They are sent after the commit, at once, or as soon as the mail server takes them.

    Raises:
        OrderStateConflict: there is no live ticket.
        PerformanceCalledOff
    """
    require_not_called_off(order.performance_id)
    tickets = order.tickets.filter(live=True).count()
    if not tickets:
        raise OrderStateConflict(order_status=order.status)
    outbox.enqueue(MAIL_TICKETS, order_id=order.pk)
    return tickets


@outbox.handles(MAIL_TICKETS)
def mail_tickets(*, order_id: str) -> None:
    """Send the tickets that are alive now, where their QR codes are, and the calendar's entry as it stands.

    Repeated, it is the same mail again, and a calendar that has the entry takes the newer of the two.

    In the site's language: nobody's browser asks for this mail. Nothing is sent of a show that is called off by then.
    """
    order = Order.objects.select_related("performance__concert", "performance__venue", "user").get(pk=order_id)
    tickets = list(order.tickets.select_related("seat__section").order_by("line__number"))
    live = [ticket for ticket in tickets if ticket.live]
    if not live or order.performance.is_called_off:
        return
    title = " ".join(order.performance.concert.title.split())  # a header has one line
    page = settings.SITE_URL.rstrip("/") + reverse("order-page", args=[order.pk])
    with translation.override(settings.LANGUAGE_CODE):
        body = _body(order, live, title=title, page=page)
        mail = EmailMessage(f"[Ticket-Live] {title}", body, None, [order.booker_email or order.user.email])
        mail.attach(*calendar_attachment(order, tickets, page=page))
    mail.send()


def _body(order: Order, tickets: Sequence[Ticket], *, title: str, page: str) -> str:
    there = order.performance.starts_there
    return "\n".join(
        [
            title,
            f"{formats.date_format(there, 'DATE_FORMAT')} {there:%H:%M} ({there.tzname()})",
            order.performance.venue.name,
            "",
            *(f"{seat_name(ticket.seat)}: {ticket.code}" for ticket in tickets),
            "",
            _("Your tickets with their QR codes, to show or to print:"),
            page,
            "",
            _("Order: %(order)s") % {"order": order.pk},
        ]
    )
