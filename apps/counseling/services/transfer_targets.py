"""To whom a conversation can go from here."""

from __future__ import annotations

from typing import NamedTuple

from apps.common.errors import NotFound
from apps.counseling.access import Member
from apps.counseling.models import Category
from apps.counseling.routing import store
from apps.counseling.routing.answers import CounselorView
from apps.counseling.selectors import list_categories
from apps.counseling.services.rebuild_routing import with_routing
from apps.counseling.services.transfer_session import require_part
from apps.counseling.states import SenderRole


class TransferTargets(NamedTuple):
    """Counselors who would be taken by `transfer_to_counselor` now, and the other lines with how many wait there."""

    counselors: list[CounselorView]
    lines: list[tuple[Category, int]]


def get_transfer_targets(member: Member) -> TransferTargets:
    """Return them, for who may transfer the conversation. Raises NotFound, PermissionRefused."""
    if member.role == SenderRole.CUSTOMER:
        raise NotFound
    require_part(member)
    session = member.session
    team = with_routing(store.team)
    others = [category for category in list_categories() if category.pk != session.category_id]
    waiting = with_routing(lambda: store.waiting([category.pk for category in others])) if others else {}
    return TransferTargets(
        counselors=[
            counselor
            for counselor in team
            if counselor.state.row.takes_conversations
            and session.category_id in counselor.category_ids
            and counselor.counselor_id != session.counselor_id
        ],
        lines=[(category, waiting[category.pk]) for category in others],
    )
