"""What tests of counseling need to exist: something to ask about, who answers, and a conversation. Rows only:
a test that needs them in the line or at work calls the service that puts them there.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import datetime

from apps.accounts.models import Role, User
from apps.common.clock import database_now
from apps.counseling.models import Category, CounselAssignment, CounselorProfile, CounselSession, Domain
from apps.counseling.states import OPEN_SESSIONS, Priority, SessionStatus
from tests.factories import make_user

_numbers = itertools.count(1)


def make_category(*, name: str | None = None, domain: Domain | None = None) -> Category:
    """Something to ask about, in a domain of its own unless one is given."""
    number = next(_numbers)
    domain = domain or Domain.objects.create(name=f"domain {number}")
    return Category.objects.create(domain=domain, name=name or f"category {number}")


def make_counselor(*skills: Category, capacity: int = 3, is_active: bool = True) -> User:
    """A counselor who is OFFLINE. Without skills nobody is ever theirs."""
    user = make_user(role=Role.COUNSELOR)
    profile = CounselorProfile.objects.create(user=user, capacity=capacity, is_active=is_active)
    profile.skills.set(skills)
    return user


def make_session(
    category: Category,
    *,
    customer: User | None = None,
    status: SessionStatus = SessionStatus.WAITING,
    counselor: User | None = None,
    wanted: User | None = None,
    priority: Priority = Priority.NORMAL,
    subject: str = "",
    requested_at: datetime | None = None,
) -> CounselSession:
    """A conversation in the database as it is in that status, requested now unless said otherwise.

    One that is, or was, a counselor's has the assignment that goes with it.
    """
    now = database_now()
    is_open = status in OPEN_SESSIONS
    answered_by = None if status == SessionStatus.OFFERED else counselor
    session = CounselSession.objects.create(
        customer=customer or make_user(),
        category=category,
        counselor=counselor,
        subject=subject,
        priority=priority,
        status=status,
        is_open=True if is_open else None,
        wanted_counselor=wanted,
        requested_at=requested_at or now,
        answered_at=None if answered_by is None else now,
        ended_at=None if is_open else now,
    )
    if answered_by is not None:
        assign(session, answered_by, at=now)
    return session


def assign(session: CounselSession, counselor: User, *, at: datetime | None = None) -> CounselAssignment:
    """A counselor's part of a conversation, which lasts unless the conversation has ended."""
    return CounselAssignment.objects.create(
        session=session,
        counselor=counselor,
        category_id=session.category_id,
        started_at=at or database_now(),
        ended_at=session.ended_at,
        ended_by="" if session.ended_at is None else CounselAssignment.EndedBy.SESSION_END,
        is_live=True if session.ended_at is None else None,
    )


def make_team(category: Category, *, capacities: Sequence[int]) -> list[User]:
    """Several counselors with one skill, one for each capacity."""
    return [make_counselor(category, capacity=capacity) for capacity in capacities]
