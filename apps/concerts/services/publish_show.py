"""From an approval to the public, and back while nothing was sold."""

from __future__ import annotations

from datetime import datetime

from django.apps import apps
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.common.database.transactions import retried_transaction
from apps.common.errors import ValidationFailed
from apps.common.redis import translate_errors
from apps.concerts.errors import AlreadySold, ContentChanged
from apps.concerts.models import Concert, Performance, Publication
from apps.concerts.publication.content import Show, fingerprint_of
from apps.concerts.seat_states.store import stop_unless_taken
from apps.concerts.services.review_show import conflict, moves_of, require_complete, reread, who
from apps.concerts.waiting_room.store import drop_line

UNSOLD = ("PENDING", "EXPIRED", "CANCELLED")
"""The states of an order that has no seats; orders lie above this app, which knows no more of them than this."""


@retried_transaction
def publish_show(show: Show, *, by: User, at: datetime | None = None) -> None:
    """Publish what was approved, at once or from `at` on: a condition of every reader, so that no job has to run then.

    Raises:
        NotFound: it is gone.
        ValidationFailed: `at` is past, or the sale would be over by then.
        ShowIncomplete: something is missing.
        ContentChanged: it is not what was approved any more.
        PublicationConflict: it is not approved.
    """
    current = reread(show, for_update=True)  # a change that is under way comes before, and is seen, or is refused
    _check_moment(current, at)
    require_complete(current)
    content = fingerprint_of(current)
    moved = moves_of(current).move(
        current.pk,
        [Publication.APPROVED],
        Publication.PUBLISHED,
        reason="published" if at is None else "scheduled",
        where=Q(content_fingerprint=content),
        changes={"publish_at": at},
        details={"content": content, **({} if at is None else {"publish_at": at.isoformat()})},
        **who(by),
    )
    if not moved:
        current = reread(show)
        raise ContentChanged if current.publication == Publication.APPROVED else conflict(current)


def take_back_show(show: Show, *, by: User, explanation: str = "") -> None:
    """Hide what is published, while no seat of it was sold or is held; the approval stays.

    1. Lock the performance, or the concert and then all of its performances: their seats cannot come back into Redis
       meanwhile.
    2. Redis, which alone knows of holds under way, stops every change of the seats, unless somebody has one.
    3. One conditional UPDATE, unless the database knows of a sale.
    4. The line is let go of; who asks for it, or for the seats, finds no public performance.

    A failure after step 2 leaves seats that the next look brings back as the database has them.

    Raises:
        NotFound: it is gone.
        AlreadySold: nothing has changed but what the next look puts right.
        PublicationConflict: it is not published.
        ServiceUnavailable: Redis is away.
    """
    with transaction.atomic():
        current = reread(show, for_update=True)
        hidden = list(_performances(show).select_for_update().order_by("pk"))
        if current.publication != Publication.PUBLISHED:
            raise conflict(current)
        if any(not stop_unless_taken(one.pk) for one in hidden):
            raise AlreadySold
        moved = moves_of(current).move(
            current.pk,
            [Publication.PUBLISHED],
            Publication.APPROVED,
            reason="taken back",
            where=~_is_sold(current),
            changes={"publish_at": None},
            **who(by, explanation.strip()),
        )
        if not moved:
            raise AlreadySold
        with translate_errors():
            for one in hidden:
                drop_line(one.pk)


def _check_moment(show: Show, at: datetime | None) -> None:
    if at is None:
        return
    if at <= timezone.now():
        raise ValidationFailed(errors={"publish_at": ["That is past."]})
    if isinstance(show, Performance) and at >= show.sale_closes_at:
        raise ValidationFailed(errors={"publish_at": ["The sale would be over."]})


def _performances(show: Show) -> QuerySet[Performance]:
    if isinstance(show, Performance):
        return Performance.objects.filter(pk=show.pk)
    return Performance.objects.filter(concert=show.pk)


def _is_sold(show: Show) -> Q:
    """The condition that a seat was sold or is held, as the database has it; of the concert: of any performance."""
    sold = apps.get_model("orders", "Order")._default_manager.exclude(status__in=UNSOLD, paid_at=None)
    within = "performance__concert" if isinstance(show, Concert) else "performance"
    return Q(Exists(sold.filter(**{within: OuterRef("pk")})))
