"""Tell those who have tickets, or were to have some, that the show is called off: by mail, as tickets are mailed."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import formats, translation
from django.utils.translation import gettext as _

from apps.common.templatetags.ticketlive import won
from apps.concerts.models import Performance
from apps.orders.calendar import calendar_attachment
from apps.orders.models import Order, OrderLine, Ticket
from apps.payments.calling_off.models import CallOff, CallOffNotice
from apps.payments.calling_off.refunds import refunds_of
from apps.payments.models import Payment

logger = logging.getLogger(__name__)

MOST_TRIES = 3
TOLD_AT_ONCE = 20
NOTED_AT_ONCE = 1_000


def tickets_that_were_alive(call_off: CallOff) -> Q:
    """Say which lines had a ticket that was alive when the performance was called off."""
    return Q(tickets__live=True) | Q(tickets__cancelled_at__gte=call_off.called_off_at)


def note_holders(call_off: CallOff) -> None:
    """Note whom to tell, with what the organiser owes each beyond the refund; those noted before stay as they are.

    They are those with a ticket, those whose deposit is awaited, and those whose money came afterwards.
    """
    lines = OrderLine.objects.filter(tickets_that_were_alive(call_off), order__performance=call_off.performance_id)
    extra: defaultdict[str, int] = defaultdict(int)
    for order_id, price, _line in lines.distinct().values_list("order_id", "price_krw", "pk"):
        extra[order_id] += price * call_off.extra_percent // 100
    waiting = Order.objects.filter(performance=call_off.performance_id, status=Order.Status.WAITING_FOR_DEPOSIT)
    late = refunds_of(call_off.performance_id)
    for order_id in [*waiting.values_list("pk", flat=True), *late.values_list("order", flat=True)]:
        extra.setdefault(order_id, 0)
    noted = set(call_off.notices.values_list("order", flat=True))
    CallOffNotice.objects.bulk_create(
        [
            CallOffNotice(call_off=call_off, order_id=order_id, extra_krw=krw)
            for order_id, krw in sorted(extra.items())
            if order_id not in noted
        ],
        batch_size=NOTED_AT_ONCE,
        ignore_conflicts=True,
    )


def tell_some(call_off: CallOff, performance: Performance, *, go_on: Callable[[], bool]) -> int:
    """Tell some of those who have not been told, by one connection to the mail server; return how many were tried.

    What is sent is noted at once, so that whoever dies here tells one person twice at most. An address that is refused
    is tried `MOST_TRIES` times; a mail server that is away counts for nobody.

    Args:
        go_on: is asked after each mail.

    Raises:
        OSError, SMTPException: the mail server is away.
    """
    notices = list(
        call_off.notices.filter(sent_at=None, tries__lt=MOST_TRIES)
        .select_related("order__user")
        .order_by("tries", "pk")[:TOLD_AT_ONCE]
    )
    if not notices:
        return 0
    orders = [notice.order_id for notice in notices]
    prices, tickets = _prices(call_off, orders), _tickets(orders)
    by_deposit = set(
        Payment.objects.filter(order__in=orders, has_virtual_account=True)
        .exclude(approved_at=None)
        .values_list("order", flat=True)
    )
    with get_connection() as connection:
        for notice in notices:
            notice.order.performance = performance
            with translation.override(settings.LANGUAGE_CODE):
                mail = _mail(notice, performance, prices.get(notice.order_id), by_deposit=notice.order_id in by_deposit)
                if notice.order_id in tickets:
                    page = _page(notice.order_id)
                    mail.attach(*calendar_attachment(notice.order, tickets[notice.order_id], page=page))
            mail.connection = connection
            _send(notice, mail)
            if not go_on():
                break
    return len(notices)


def count_unsent(call_off: CallOff) -> int:
    """Return how many are still to be told."""
    return call_off.notices.filter(sent_at=None, tries__lt=MOST_TRIES).count()


def _send(notice: CallOffNotice, mail: EmailMessage) -> None:
    mine = CallOffNotice.objects.filter(pk=notice.pk, sent_at=None)
    try:
        mail.send()
    except (SMTPRecipientsRefused, SMTPDataError, ValueError) as error:  # ValueError: what no header takes
        logger.warning("order %s could not be told that its show is called off: %s", notice.order_id, error)
        mine.update(tries=F("tries") + 1, problem=f"{type(error).__name__}: {error}"[:255])
    else:
        mine.update(sent_at=Now(), problem="")


def _prices(call_off: CallOff, order_ids: Iterable[str]) -> dict[str, int]:
    """Return what comes back of the orders that had tickets."""
    lines = OrderLine.objects.filter(tickets_that_were_alive(call_off), order__in=order_ids).distinct()
    prices: defaultdict[str, int] = defaultdict(int)
    for line in lines:
        prices[line.order_id] += line.price_krw
    return prices


def _tickets(order_ids: Iterable[str]) -> dict[str, list[Ticket]]:
    """Return the tickets of orders that ever had any, for the entry that takes the show off a calendar."""
    tickets: defaultdict[str, list[Ticket]] = defaultdict(list)
    found = Ticket.objects.filter(order__in=order_ids).select_related("seat__section").order_by("line__number", "pk")
    for ticket in found:
        tickets[ticket.order_id].append(ticket)
    return dict(tickets)


def _page(order_id: str) -> str:
    return settings.SITE_URL.rstrip("/") + reverse("order-page", args=[order_id])


def _mail(notice: CallOffNotice, performance: Performance, price_krw: int | None, *, by_deposit: bool) -> EmailMessage:
    order = notice.order
    title = " ".join(performance.concert.title.split())  # a header has one line
    there = performance.starts_there
    lines = [
        _("This show is called off:"),
        title,
        f"{formats.date_format(there, 'DATE_FORMAT')} {there:%H:%M} ({there.tzname()})",
        performance.venue.name,
        "",
        performance.cancelled_reason,
        "",
        _money_line(price_krw),
    ]
    if by_deposit:
        lines.append(_("You paid by bank transfer: please name the account that the money goes to on the page below."))
    if notice.extra_krw:
        extra = _("Beyond that the organiser (%(organiser)s) owes you %(amount)s, and pays it to you itself.")
        lines.append(extra % {"organiser": performance.concert.organiser, "amount": won(notice.extra_krw)})
    lines += [
        "",
        _("Your order, and where your money is:"),
        _page(order.pk),
        "",
        _("Order: %(order)s") % {"order": order.pk},
    ]
    subject = _("Called off: %(title)s") % {"title": title}
    return EmailMessage(f"[Ticket-Live] {subject}", "\n".join(lines), None, [order.booker_email or order.user.email])


def _money_line(price_krw: int | None) -> str:
    if price_krw is None:
        return _("Please transfer no more money. What you have paid comes back in full.")
    return _("%(amount)s comes back to you, all that you paid for these tickets, without any fee.") % {
        "amount": won(price_krw)
    }


__all__ = ["SMTPException", "count_unsent", "note_holders", "tell_some"]
