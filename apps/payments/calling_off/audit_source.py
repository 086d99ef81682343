"""What the audit of staff shows of performances that were called off, and of proposals to do so."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common.admin.audit import AuditEntry, AuditSource, audits
from apps.payments.calling_off.models import CallOffAct


def _audit_entry(act: CallOffAct) -> AuditEntry:
    performance = act.call_off.performance
    return AuditEntry(
        at=act.happened_at,
        actor=act.actor.nickname if act.actor else "",
        what=act.get_kind_display(),
        subject=str(performance),
        link=reverse("admin:concerts_performance_call_off", args=[performance.pk]),
        details=act.details,
    )


audits(
    AuditSource(
        name="calling off",
        title=_("Calling off"),
        permission="payments.view_calloffact",
        rows=lambda: CallOffAct.objects.select_related("actor", "call_off__performance__concert"),
        at="happened_at",
        actor="actor",
        searched=("kind", "call_off__performance__concert__title"),
        tell=_audit_entry,
    )
)
