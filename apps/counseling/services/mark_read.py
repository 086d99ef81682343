"""Note how far somebody has read."""

from __future__ import annotations

from django.db.models import F
from django.db.models.functions import Greatest, Least

from apps.counseling.access import Member
from apps.counseling.models import CounselSession
from apps.counseling.states import SenderRole

FIELDS = {SenderRole.CUSTOMER: "customer_read_seq", SenderRole.COUNSELOR: "counselor_read_seq"}


def mark_read(member: Member, seq: int) -> int:
    """Raise the member's mark to `seq`, never over the last entry nor down; return where it is then."""
    field = FIELDS.get(member.role)
    if field is None:
        return 0
    rows = CounselSession.objects.filter(pk=member.session.pk)
    rows.update(**{field: Greatest(field, Least(max(seq, 0), F("last_seq")))})
    return int(rows.values_list(field, flat=True).get())
