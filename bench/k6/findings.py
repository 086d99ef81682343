"""What the database says after a journey, beside what the crowd was told."""

from __future__ import annotations

from apps.counseling.models import CounselMessage, CounselSession
from apps.counseling.states import EntryType, SessionStatus
from apps.orders.models import Ticket
from apps.rehearsal.counseling.stage import Centre
from apps.rehearsal.verdict import Finding, audit_sale

MESSAGES = 6  # of a whole conversation: three questions and their answers (lib/talking.js)


def find_sale(performance_id: int, *, tickets: int) -> list[Finding]:
    """Hold a performance to the audit of a rush, and to exactly as many live tickets as were acknowledged."""
    sold = Ticket.objects.filter(performance=performance_id, live=True).count()
    acknowledged = Finding(
        "as many tickets as were acknowledged", sold == tickets, f"{sold} live tickets, {tickets} told"
    )
    return [*audit_sale(performance_id), acknowledged]


def find_conversations(centre: Centre, *, pairs: int) -> list[Finding]:
    """See that every conversation ended, and that every message is kept once."""
    sessions = CounselSession.objects.filter(category=centre.category_id)
    ended = sessions.filter(status=SessionStatus.ENDED).count()
    kept = CounselMessage.objects.filter(session__in=sessions, type=EntryType.MESSAGE).count()
    return [
        Finding("every customer had one conversation, and it ended", ended == sessions.count() == pairs, f"{ended}"),
        Finding("every message that was said is kept once", kept == MESSAGES * pairs, f"{kept} messages"),
    ]
