"""What the admin itself keeps of what was added, changed and deleted in it."""

from __future__ import annotations

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.urls import NoReverseMatch
from django.utils.translation import gettext_lazy as _

from apps.common.admin.audit import AuditEntry, AuditSource, audits

WORDS = {ADDITION: _("added"), CHANGE: _("changed"), DELETION: _("deleted")}


def _audit_entry(entry: LogEntry) -> AuditEntry:
    return AuditEntry(
        at=entry.action_time,
        actor=entry.user.get_short_name(),
        what=WORDS.get(entry.action_flag, ""),
        subject=f"{entry.content_type.name}: {entry.object_repr}" if entry.content_type else entry.object_repr,
        link=_link(entry),
        details={"message": entry.get_change_message()} if entry.change_message else {},
    )


def _link(entry: LogEntry) -> str:
    """Return the admin's page of what was changed; there is none for what is deleted or has no page of its own."""
    if entry.action_flag == DELETION:
        return ""
    try:
        return entry.get_admin_url() or ""
    except NoReverseMatch:
        return ""


audits(
    AuditSource(
        name="admin",
        title=_("Changes in the admin"),
        permission="admin.view_logentry",
        rows=lambda: LogEntry.objects.select_related("user", "content_type"),
        at="action_time",
        actor="user",
        searched=("object_repr", "change_message", "object_id"),
        tell=_audit_entry,
    )
)
