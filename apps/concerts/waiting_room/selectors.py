"""Which lines there are, and what they go by, as the database has it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from apps.concerts.models import Performance, WaitingRoomChange, WaitingRoomMark
from apps.concerts.waiting_room.line_settings import LineSettings

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

# Which lines are looked after goes by this host's clock, generously; what may happen in them by that of Redis.
LONGEST_BEFORE_SALE = timedelta(days=1)
CLOCK_TOLERANCE = timedelta(hours=1)


class Revision(TypedDict):
    """The id of the last change of the waiting room's settings, 0 before the first."""

    revision: int


class LineOnRecord(NamedTuple):
    """What the database knows of a line. `cursor` is None for one that was never made, in which nobody has a number."""

    settings: LineSettings
    cursor: int | None


def get_line_settings(performance_id: int) -> LineSettings:
    """Return what a performance's line has to go by; raise Performance.DoesNotExist."""
    performance = _with_revision(Performance.objects.all()).get(pk=performance_id)
    return LineSettings.of(performance, revision=performance.revision)


def list_open_lines() -> dict[int, LineSettings]:
    """Return the settings of every public line that somebody may be in, by performance; one query."""
    now = timezone.now()
    performances = _with_revision(Performance.objects.public(now)).filter(
        sale_opens_at__lte=now + LONGEST_BEFORE_SALE + CLOCK_TOLERANCE, sale_closes_at__gt=now - CLOCK_TOLERANCE
    )
    return {one.pk: LineSettings.of(one, revision=one.revision) for one in performances.order_by("pk")}


def list_lines_on_record(performance_ids: Collection[int]) -> dict[int, LineOnRecord]:
    """Return those of the lines whose performance is public; two queries."""
    cursors = dict(WaitingRoomMark.objects.filter(pk__in=performance_ids).values_list("pk", "cursor"))
    return {
        one.pk: LineOnRecord(LineSettings.of(one, revision=one.revision), cursors.get(one.pk))
        for one in _with_revision(Performance.objects.public(timezone.now())).filter(pk__in=performance_ids)
    }


def _with_revision(performances: QuerySet[Performance]) -> QuerySet[WithAnnotations[Performance, Revision]]:
    last_change = WaitingRoomChange.objects.filter(performance=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return performances.only(
        "status",
        "moving_since",
        "sale_opens_at",
        "sale_closes_at",
        "waiting_room_mode",
        "waiting_room_rate",
        "waiting_room_inside_limit",
        "waiting_room_opens_minutes_before",
    ).annotate(revision=Coalesce(Subquery(last_change, output_field=IntegerField()), 0))
