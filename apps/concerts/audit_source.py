"""What the audit of staff shows of the catalogue: who changed which waiting room, and who published or moved what."""

from __future__ import annotations

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common.admin.audit import AuditEntry, AuditSource, audits
from apps.concerts.models import (
    ConcertPublicationEvent,
    PerformanceMove,
    PerformancePublicationEvent,
    WaitingRoomChange,
)


def _audit_entry(change: WaitingRoomChange) -> AuditEntry:
    return AuditEntry(
        at=change.at,
        actor=change.actor.nickname if change.actor else "",
        what=_("waiting room changed"),
        subject=str(change.performance),
        link=reverse("admin:concerts_performance_change", args=[change.performance_id]),
        details={name: f"{before} → {after}" for name, (before, after) in change.changes.items()},
    )


audits(
    AuditSource(
        name="waiting rooms",
        title=_("Waiting rooms"),
        permission="concerts.view_waitingroomchange",
        rows=lambda: WaitingRoomChange.objects.select_related("actor", "performance__concert", "performance__venue"),
        at="at",
        actor="actor",
        searched=("performance__concert__title",),
        tell=_audit_entry,
    )
)


def _publication_entry(event: ConcertPublicationEvent | PerformancePublicationEvent, *, page: str) -> AuditEntry:
    show = event.subject
    return AuditEntry(
        at=event.happened_at,
        actor=event.by.nickname if event.by else "",
        what=_("publication moved on"),
        subject=str(show),
        link=reverse(f"admin:{page}", args=[show.pk]),
        details={"status": f"{event.from_label} → {event.to_label}", "reason": event.explanation},
    )


audits(
    AuditSource(
        name="publication of concerts",
        title=_("Publication of concerts"),
        permission="concerts.view_concertpublicationevent",
        rows=lambda: ConcertPublicationEvent.objects.select_related("by", "subject"),
        at="happened_at",
        actor="by",
        searched=("subject__title",),
        tell=partial(_publication_entry, page="concerts_concert_publication"),
    )
)
audits(
    AuditSource(
        name="publication of performances",
        title=_("Publication of performances"),
        permission="concerts.view_performancepublicationevent",
        rows=lambda: PerformancePublicationEvent.objects.select_related("by", "subject__concert"),
        at="happened_at",
        actor="by",
        searched=("subject__concert__title",),
        tell=partial(_publication_entry, page="concerts_performance_publication"),
    )
)


def _move_entry(move: PerformanceMove) -> AuditEntry:
    return AuditEntry(
        at=move.asked_at,
        actor=move.asked_by.nickname if move.asked_by else "",
        what=_("show moved"),
        subject=move.performance.concert.title,
        link=reverse("admin:concerts_performance_move", args=[move.performance_id]),
        details={
            "starts_at": f"{move.started_there:%Y-%m-%d %H:%M} → {move.starts_there:%Y-%m-%d %H:%M}",
            "hall": f"{move.from_venue} → {move.to_venue}" if move.changes_hall else "",
            "free_return_until": f"{move.free_return_until.astimezone(move.to_venue.zone):%Y-%m-%d %H:%M}",
            "reason": move.reason,
            "outcome": move.get_status_display(),
        },
    )


audits(
    AuditSource(
        name="moves",
        title=_("Moves of shows"),
        permission="concerts.view_performancemove",
        rows=lambda: PerformanceMove.objects.select_related(
            "asked_by", "performance__concert", "from_venue", "to_venue"
        ),
        at="asked_at",
        actor="asked_by",
        searched=("performance__concert__title", "reason"),
        tell=_move_entry,
    )
)
