"""Tell whoever has tickets, or is about to pay for seats, that the show was moved: by mail, each order once."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.common.clock import database_now
from apps.common.database import outbox, plain_sql
from apps.common.database.transactions import in_transaction
from apps.common.templatetags.ticketlive import in_words
from apps.concerts.models import Performance, PerformanceMove, Venue
from apps.orders.calendar import calendar_attachment
from apps.orders.models import Order, Ticket
from apps.orders.seat_names import seat_name
from apps.orders.services.free_returns import free_return_until
from apps.orders.states import HOLDING, OrderStatus

MAIL_MOVE = "orders.mail_move"
BATCH = 50
TELLING_SECONDS = 4.0  # of one run; the next goes on where it ended


def tell_moved() -> int:
    """Write to the holders of moved shows for some seconds; return how many mails are sent or promised.

    A batch of orders is taken by moving the mark of the move on, in one transaction with the promise of its mails: a
    run that dies leaves its batch to the outbox, two runs at once take different ones, and nobody is told twice.
    """
    until = time.monotonic() + TELLING_SECONDS
    sent = 0
    for move in PerformanceMove.objects.filter(status=PerformanceMove.Status.DONE, notified_at=None).order_by("pk"):
        while time.monotonic() < until and (batch := _take_batch(move.pk)):
            sent += len(batch)
            outbox.try_now(batch)
    return sent


def holders_of(move: PerformanceMove) -> Q:
    """Say which orders are told: those with a valid ticket, or with seats held, from before the move.

    None of a show that was called off since: its holders are told that.
    """
    valid = Ticket.objects.filter(order=OuterRef("pk"), live=True)
    return Q(
        Exists(valid) | Q(status__in=HOLDING),
        performance=move.performance_id,
        performance__status=Performance.Status.SCHEDULED,
        created_at__lte=move.moved_at,
    )


def _take_batch(move_id: int) -> list[int]:
    """Take the next orders of a move, and promise their mails; return the promises' ids, none where all are told."""

    def take() -> list[int]:
        move = PerformanceMove.objects.select_for_update().get(pk=move_id)
        orders = Order.objects.filter(holders_of(move), pk__gt=move.notified_through).order_by("pk")
        ids = list(orders.values_list("pk", flat=True)[:BATCH])
        own = PerformanceMove.objects.filter(pk=move_id)
        if not ids:
            own.update(notified_at=Now())
            return []
        own.update(notified_through=ids[-1], notified=move.notified + len(ids))
        arguments = [{"move_id": move_id, "order_id": order_id} for order_id in ids]
        promised = outbox.promise_many(MAIL_MOVE, arguments, now=database_now())
        return promised.ids_of(plain_sql.run(promised.statements)[-1])

    return in_transaction(take)


@outbox.handles(MAIL_MOVE)
def mail_move(*, move_id: int, order_id: str) -> None:
    """Tell the holder of an order what was and what is, with the calendar's entry. Repeated, it is the same mail again.

    In the site's language, as the tickets' mail is. An order that has ended since is not written to.
    """
    move = PerformanceMove.objects.select_related("from_venue", "to_venue").get(pk=move_id)
    orders = Order.objects.select_related("performance__concert", "performance__venue", "user")
    order = orders.filter(holders_of(move), pk=order_id).first()
    if order is None:
        return
    tickets = list(order.tickets.select_related("seat__section"))
    title = " ".join(order.performance.concert.title.split())  # a header has one line
    page = settings.SITE_URL.rstrip("/") + reverse("order-page", args=[order.pk])
    with translation.override(settings.LANGUAGE_CODE):
        subject = _("[Ticket-Live] The show was moved: %(title)s") % {"title": title}
        mail = EmailMessage(subject, _body(order, move, tickets, title=title, page=page), None, [_address_of(order)])
        if tickets:
            mail.attach(*calendar_attachment(order, tickets, page=page))
    mail.send()


def _address_of(order: Order) -> str:
    return order.booker_email or order.user.email


def _body(order: Order, move: PerformanceMove, tickets: Sequence[Ticket], *, title: str, page: str) -> str:
    live = [ticket for ticket in tickets if ticket.live]
    until = free_return_until(order, now=database_now())
    lines = [
        title,
        "",
        _("Before: %(when)s, %(where)s") % _at(move.from_starts_at, move.from_venue),
        _("Now: %(when)s, %(where)s") % _at(move.to_starts_at, move.to_venue),
        _("Reason: %(reason)s") % {"reason": move.reason},
        "",
    ]
    if live:
        lines.append(_("Your tickets stay valid:"))
        lines += [seat_name(ticket.seat) for ticket in live]
        if until is not None:
            when = _when(until, move.to_venue)
            lines += ["", _("If you cannot come, return them free of charge until %(when)s:") % {"when": when}]
    elif order.status == OrderStatus.WAITING_FOR_DEPOSIT:
        lines.append(_("Your seats are still kept for your deposit. Transfer it only if the new date suits you:"))
    else:
        lines.append(_("Your seats are still held. Pay only if the new date suits you:"))
    return "\n".join([*lines, page, "", _("Order: %(order)s") % {"order": order.pk}])


def _at(moment: datetime, venue: Venue) -> dict[str, str]:
    return {"when": _when(moment, venue), "where": ", ".join(filter(None, [venue.name, venue.address]))}


def _when(moment: datetime, venue: Venue) -> str:
    """Say a moment in a hall's zone, with the zone's name: nobody knows where a mail is read."""
    return f"{in_words(moment, 'datetime', zone=venue.zone)} ({moment.astimezone(venue.zone).tzname()})"
