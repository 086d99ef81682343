"""Reading conversations: some queries for any number of them."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.accounts.models import Role
from apps.counseling.models import Category, CounselMessage, CounselSession


def list_entries(session_id: int, *, after: int = 0) -> QuerySet[CounselMessage]:
    """Return the entries of a conversation's log that come after a number, in their order."""
    entries = CounselMessage.objects.filter(session=session_id, seq__gt=after)
    return entries.select_related("sender", "attachment").order_by("seq")


def list_sessions(user_id: int, *, role: str) -> QuerySet[CounselSession]:
    """Return the conversations of a customer, or those that a counselor has or had; the newest first."""
    sessions = CounselSession.objects.select_related("category", "counselor", "customer", "log", "rating")
    theirs = Q(customer=user_id)
    if role != Role.CUSTOMER:
        theirs |= Q(counselor=user_id) | Q(assignments__counselor=user_id)
    return sessions.filter(theirs).distinct().order_by("-requested_at", "-pk")


def list_open_sessions_of(customer_id: int) -> QuerySet[CounselSession]:
    """Return a customer's conversations that have not ended."""
    return CounselSession.objects.filter(customer=customer_id, is_open=True).order_by("pk")


def list_categories() -> QuerySet[Category]:
    """Return what customers can ask about."""
    return Category.objects.of_the_house().filter(is_active=True).select_related("domain")
