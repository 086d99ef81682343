"""Who may read a conversation, and who may write in it: one answer for the API and for STOMP."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import Role, User
from apps.accounts.selectors import has_permission
from apps.common.errors import NotFound, PermissionRefused
from apps.counseling.errors import NotACounselor
from apps.counseling.models import CounselAssignment, CounselMessage, CounselorProfile, CounselSession
from apps.counseling.states import EntryType, SenderRole, SessionStatus

SUPERVISE = "counseling.supervise"
ACT_ON_ORDERS = "counseling.act_on_orders"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody's part in a conversation."""

    session: CounselSession
    role: SenderRole
    may_write: bool


def get_member(session_id: int, user_id: int, *, role: str) -> Member:
    """Return the part that an account has in a conversation; raise NotFound where it has none.

    The customer, and the counselor who has it, write. A counselor who had it before reads. A supervisor reads,
    and writes once they have joined.
    """
    session = CounselSession.objects.select_related("category").filter(pk=session_id).first()
    if session is None:
        raise NotFound
    if session.customer_id == user_id:
        return Member(session, SenderRole.CUSTOMER, may_write=True)
    if role == Role.CUSTOMER:
        raise NotFound
    if session.counselor_id == user_id:
        return Member(session, SenderRole.COUNSELOR, may_write=session.status == SessionStatus.IN_PROGRESS)
    if may(user_id, SUPERVISE):
        return Member(session, SenderRole.SUPERVISOR, may_write=has_joined(session_id, user_id))
    if CounselAssignment.objects.filter(session=session_id, counselor=user_id).exists():
        return Member(session, SenderRole.COUNSELOR, may_write=False)
    raise NotFound


def has_joined(session_id: int, user_id: int) -> bool:
    """Tell whether a supervisor has joined a conversation."""
    return CounselMessage.objects.filter(session=session_id, type=EntryType.JOINED, sender=user_id).exists()


def may(user_id: int, permission: str) -> bool:
    """Tell whether an account has a permission of the admin's."""
    return has_permission(user_id, permission)


def require(user_id: int, permission: str) -> None:
    """Raise PermissionRefused unless the account has the permission."""
    if not may(user_id, permission):
        raise PermissionRefused


def has_desk(user: User) -> bool:
    """Tell whether somebody has something to do at the counselors' desk: answering, or supervising."""
    if not user.is_active:
        return False
    return CounselorProfile.objects.filter(pk=user.pk, is_active=True).exists() or user.has_perm(SUPERVISE)


def get_profile(user_id: int) -> CounselorProfile:
    """Return the profile of somebody who may answer; raise NotACounselor."""
    profile = CounselorProfile.objects.filter(pk=user_id, is_active=True, user__is_active=True).first()
    if profile is None:
        raise NotACounselor
    return profile
