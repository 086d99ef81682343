"""Concerts and performances on their way to the public."""

from __future__ import annotations

from apps.accounts.models import User
from apps.concerts.models import Concert, Performance, Publication
from apps.concerts.publication.content import Show, fingerprint_of
from apps.concerts.seat_map.statuses import status_of
from apps.concerts.seat_states.reading import read_cells
from apps.concerts.seat_states.records import CELL
from apps.concerts.services.publish_show import publish_show
from apps.concerts.services.review_show import approve_show, submit_show
from tests.factories import make_performance
from tests.staff import make_staff


def make_draft() -> Performance:
    """A performance of which nothing is missing, and its concert: both drafts."""
    performance = make_performance(in_redis=False)
    Performance.objects.filter(pk=performance.pk).update(publication=Publication.DRAFT)
    Concert.objects.filter(pk=performance.concert_id).update(publication=Publication.DRAFT)
    return Performance.objects.select_related("concert", "venue").get(pk=performance.pk)


def approve(show: Show, *, by: User | None = None) -> None:
    """Approve what is submitted, after a look at it as it is now."""
    approve_show(show, by=by or make_staff("publication"), seen=fingerprint_of(show))


def bring_to(show: Show, state: Publication) -> None:
    """Take the steps that lead to a state."""
    staff = make_staff("catalogue", "publication")
    if state in (Publication.SUBMITTED, Publication.APPROVED, Publication.PUBLISHED):
        submit_show(show, by=staff)
    if state in (Publication.APPROVED, Publication.PUBLISHED):
        approve(show)
    if state == Publication.PUBLISHED:
        publish_show(show, by=staff)
    if state == Publication.REJECTED:
        type(show)._default_manager.filter(pk=show.pk).update(publication=state)


def letters_of(performance_id: int) -> str:
    """A letter for each seat as Redis has it: available, held, sold, blocked."""
    cells = read_cells(performance_id)
    statuses = (status_of(expires_at, now=cells.now) for expires_at, _ in CELL.iter_unpack(cells.packed))
    return "".join(status.value[0].lower() for status in statuses)


def state_of(show: Show) -> Publication:
    return Publication(type(show)._default_manager.get(pk=show.pk).publication)
