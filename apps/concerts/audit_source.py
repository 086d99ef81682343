"""What the audit of staff shows of the catalogue: who changed which waiting room, and who published what."""

from __future__ import annotations

from functools import partial

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common.admin.audit import AuditEntry, AuditSource, audits
from apps.concerts.models import ConcertPublicationEvent, PerformancePublicationEvent, WaitingRoomChange


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
