"""What the audit of staff shows of waiting rooms: who changed which, from what to what."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common.admin.audit import AuditEntry, AuditSource, audits
from apps.concerts.models import WaitingRoomChange


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
        rows=lambda: WaitingRoomChange.objects.select_related("actor", "performance__concert"),
        at="at",
        actor="actor",
        searched=("performance__concert__title",),
        tell=_audit_entry,
    )
)
