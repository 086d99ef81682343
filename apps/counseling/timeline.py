"""What counselors add to an order's timeline, and to the audit of what staff do."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common.admin.audit import AuditEntry, AuditSource, audits
from apps.counseling.models import CounselorAct
from apps.orders.timeline import TimelineEntry, timeline_part
from apps.payments.causes import with_cause_in_words


@timeline_part
def acts_of_counselors(order_id: str) -> Iterable[TimelineEntry]:
    """Tell what counselors did with it from a conversation."""
    for act in CounselorAct.objects.filter(order=order_id):
        yield TimelineEntry(
            at=act.happened_at,
            subject=_("Conversation %(number)s") % {"number": f"#{act.session_id}"},
            what=act.get_kind_display(),
            actor=f"counselor:{act.actor_id}",
            details=with_cause_in_words(act.details),
            tone="bad" if "refused" in act.details else "",
        )


def _audit_entry(act: CounselorAct) -> AuditEntry:
    return AuditEntry(
        at=act.happened_at,
        actor=act.actor.nickname,
        what=act.get_kind_display(),
        subject=act.order_id,
        link=reverse("admin:orders_order_change", args=[act.order_id]),
        details={"conversation": act.session_id, **with_cause_in_words(act.details)},
    )


audits(
    AuditSource(
        name="counselors",
        title=_("Counselors' acts"),
        permission="counseling.view_counseloract",
        rows=lambda: CounselorAct.objects.select_related("actor"),
        at="happened_at",
        actor="actor",
        searched=("kind", "order__id"),
        tell=_audit_entry,
    )
)
