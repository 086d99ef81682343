"""The centre at this moment, as supervisors see it: who waits, since when, who answers, and how fast."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, F, Min, Q

from apps.accounts.rehearsals import without_rehearsals
from apps.common.clock import database_now
from apps.counseling.kpis.folds import SERVICE_LEVEL
from apps.counseling.models import CounselSession
from apps.counseling.routing import store
from apps.counseling.routing.answers import CounselorView
from apps.counseling.selectors import list_categories
from apps.counseling.services.rebuild_routing import with_routing
from apps.counseling.states import OPEN_SESSIONS, SessionStatus

SERVICE_LEVEL_WINDOW = timedelta(minutes=30)
SHOWN = 200


class ServiceLevel(NamedTuple):
    """Of the requests of the last SERVICE_LEVEL_WINDOW: `share` is None while nobody was answered nor gave up."""

    answered: int
    in_time: int
    abandoned: int

    @property
    def share(self) -> float | None:
        queued = self.answered + self.abandoned
        return self.in_time / queued if queued else None


class Wallboard(NamedTuple):
    """`lines` are the active categories; `talks` the conversations that somebody has or is offered."""

    at: datetime
    lines: list[dict[str, Any]]
    service_level: ServiceLevel
    team: list[CounselorView]
    talks: list[CounselSession]


def get_wallboard() -> Wallboard:
    """Return all of it: four queries and one script, however many there are. Raises ServiceUnavailable."""
    now = database_now()
    return Wallboard(
        at=now,
        lines=_lines(),
        service_level=get_service_level(now),
        team=with_routing(store.team),
        talks=list(
            CounselSession.objects.filter(status__in=(SessionStatus.OFFERED, SessionStatus.IN_PROGRESS))
            .select_related("category", "customer", "counselor", "rating")
            .order_by("requested_at")[:SHOWN]
        ),
    )


def get_service_level(now: datetime) -> ServiceLevel:
    """Count the requests of the last half hour by what became of them (docs/kpis.md); one query by an index."""
    recent = CounselSession.objects.filter(requested_at__gt=now - SERVICE_LEVEL_WINDOW, requested_at__lte=now)
    of_the_house = without_rehearsals(recent, account="customer").filter(category__domain__is_rehearsal=False)
    counts = of_the_house.aggregate(
        answered=Count("pk", filter=Q(answered_at__isnull=False)),
        in_time=Count("pk", filter=Q(answered_at__lte=F("requested_at") + SERVICE_LEVEL)),
        abandoned=Count("pk", filter=Q(status=SessionStatus.ABANDONED)),
    )
    return ServiceLevel(**counts)


def _lines() -> list[dict[str, Any]]:
    open_sessions = CounselSession.objects.filter(status__in=OPEN_SESSIONS).order_by()
    waits = Q(status=SessionStatus.WAITING)
    counts = {
        row["category"]: row
        for row in open_sessions.values("category").annotate(
            waiting=Count("pk", filter=waits),
            waits_since=Min("requested_at", filter=waits),
            talking=Count("pk", filter=Q(status=SessionStatus.IN_PROGRESS)),
        )
    }
    nobody: dict[str, Any] = {"waiting": 0, "waits_since": None, "talking": 0}
    return [
        {
            **counts.get(category.pk, nobody),
            "category": {"id": category.pk, "name": category.name},
            "domain": category.domain.name,
        }
        for category in list_categories()
    ]
