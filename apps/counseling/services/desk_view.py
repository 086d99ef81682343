"""What a counselor's desk shows when it is opened, or opened again: nothing of it has to be remembered elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from apps.counseling.access import SUPERVISE, may
from apps.counseling.models import (
    CounselLog,
    CounselMessage,
    CounselorProfile,
    CounselorStateEvent,
    CounselSession,
    CounselSessionEvent,
)
from apps.counseling.routing.answers import CounselorView
from apps.counseling.states import EntryType, SenderRole, SessionStatus


class StateCause(NamedTuple):
    """Why a counselor is in a state, as the history has it, and since when; empty where it does not know yet."""

    reason: str = ""
    since: datetime | None = None


class OpenConversation(NamedTuple):
    """A conversation at a desk, how many of its customer's messages are unread there, and its last entry."""

    session: CounselSession
    unread: int
    last_entry: CounselMessage | None


class Offer(NamedTuple):
    session: CounselSession
    expires_at: datetime


class DeskView(NamedTuple):
    """`joined` are those of others in which a supervisor speaks; `to_wrap_up` have ended, their after-call work not."""

    conversations: list[OpenConversation]
    joined: list[OpenConversation]
    offers: list[Offer]
    to_wrap_up: list[CounselLog]


def causes_of(counselors: Iterable[CounselorView]) -> dict[int, StateCause]:
    """Return {counselor id: why they are in their state}; one query."""
    states = {counselor.counselor_id: counselor.state for counselor in counselors}
    last = CounselorStateEvent.objects.filter(counselor=OuterRef("pk")).order_by("-happened_at", "-change_id")
    fields = ("to_state", "reason", "happened_at")
    rows = CounselorProfile.objects.filter(pk__in=states).annotate(
        **{f"last_{field}": Subquery(last.values(field)[:1]) for field in fields}
    )
    causes = dict.fromkeys(states, StateCause())
    for counselor_id, to_state, reason, since in rows.values_list("pk", *(f"last_{field}" for field in fields)):
        if to_state == states[counselor_id]:
            causes[counselor_id] = StateCause(reason, since)
    return causes


def get_desk(user_id: int) -> DeskView:
    """Return what is on the desk of a counselor, or of a supervisor who has no counselor's profile."""
    theirs = list(_shown().filter(counselor=user_id, status__in=(SessionStatus.IN_PROGRESS, SessionStatus.OFFERED)))
    return DeskView(
        conversations=_open([session for session in theirs if session.status == SessionStatus.IN_PROGRESS]),
        joined=_open(_joined(user_id)) if may(user_id, SUPERVISE) else [],
        offers=_offers([session for session in theirs if session.status == SessionStatus.OFFERED]),
        to_wrap_up=list(
            CounselLog.objects.filter(counselor=user_id, after_call_ended_at=None)
            .select_related("session__customer", "category", "wrap_up")
            .order_by("ended_at")
        ),
    )


def _shown() -> QuerySet[CounselSession]:
    return CounselSession.objects.select_related("category", "customer", "counselor", "rating").order_by("pk")


def _joined(user_id: int) -> list[CounselSession]:
    joined = CounselMessage.objects.filter(
        sender=user_id, type=EntryType.JOINED, session__status=SessionStatus.IN_PROGRESS
    )
    return list(_shown().filter(pk__in=joined.values("session")).exclude(counselor=user_id))


def _open(sessions: Sequence[CounselSession]) -> list[OpenConversation]:
    """Add what is unread and said last; two queries for any number of conversations."""
    if not sessions:
        return []
    entries = CounselMessage.objects.filter(session__in=sessions)
    last = {entry.session_id: entry for entry in _with_sender(entries.filter(seq=F("session__last_seq")))}
    unread = entries.filter(
        Q(seq__gt=F("session__counselor_read_seq")), type=EntryType.MESSAGE, sender_role=SenderRole.CUSTOMER
    )
    counts = dict(unread.order_by().values_list("session").annotate(Count("pk")))
    return [OpenConversation(session, counts.get(session.pk, 0), last.get(session.pk)) for session in sessions]


def _with_sender(entries: QuerySet[CounselMessage]) -> QuerySet[CounselMessage]:
    return entries.select_related("sender", "attachment")


def _offers(sessions: Sequence[CounselSession]) -> list[Offer]:
    """Add until when each can be accepted: COUNSEL_OFFER_SECONDS from its last OFFERED on."""
    if not sessions:
        return []
    events = CounselSessionEvent.objects.filter(subject__in=sessions, to_status=SessionStatus.OFFERED).order_by("pk")
    offered: dict[int, Any] = dict(events.values_list("subject", "happened_at"))
    lasts = timedelta(seconds=settings.COUNSEL_OFFER_SECONDS)
    return [Offer(session, offered[session.pk] + lasts) for session in sessions if session.pk in offered]
