"""The centre that a rehearsal is held in: a category of its own, and people nobody else is."""

from __future__ import annotations

from dataclasses import dataclass, field

from apps.accounts.models import Role
from apps.accounts.services.issue_tokens import IssuedToken, issue_tokens
from apps.counseling.models import Category, CounselorProfile, CounselSession, Domain
from apps.counseling.states import OPEN_SESSIONS

CAPACITY = 3


@dataclass(frozen=True, slots=True)
class Centre:
    """Who takes part. `token` of each is an access token."""

    category_id: int
    customers: list[IssuedToken]
    counselors: list[IssuedToken]
    session_ids: set[int] = field(default_factory=set)


def open_centre(*, customers: int, counselors: int) -> Centre:
    """Make a category that only these counselors know, and give each person a token."""
    domain, _ = Domain.objects.get_or_create(name="리허설", defaults={"is_rehearsal": True})
    category = Category.objects.create(domain=domain, name=f"리허설 {Category.objects.count() + 1}")
    team = list(issue_tokens(count=counselors, role=Role.COUNSELOR))
    for one in team:
        profile, _ = CounselorProfile.objects.get_or_create(user_id=one.user_id)
        CounselorProfile.objects.filter(pk=profile.pk).update(capacity=CAPACITY, is_active=True)
        profile.skills.set([category])
    return Centre(category.pk, list(issue_tokens(count=customers, role=Role.CUSTOMER)), team)


def close_centre(centre: Centre) -> None:
    """Take the category out of what customers can choose; its rows stay for whoever wants to look."""
    Category.objects.filter(pk=centre.category_id).update(is_active=False)


def open_sessions(centre: Centre) -> int:
    """Return how many conversations of the rehearsal have not ended."""
    return CounselSession.objects.filter(category=centre.category_id, status__in=OPEN_SESSIONS).count()
