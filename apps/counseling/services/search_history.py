"""Find conversations again: by whom, about what, when, and by what was said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from apps.common.clock import database_now
from apps.common.days import bounds, day_of
from apps.common.errors import ValidationFailed
from apps.counseling.access import SUPERVISE, may
from apps.counseling.models import CounselAssignment, CounselMessage, CounselSession
from apps.counseling.states import EntryType

MAX_DAYS = 92
DEFAULT_DAYS = 30
SNIPPET_BEFORE, SNIPPET_LENGTH = 40, 160


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """What is looked for; empty fields look for anything. The days are the operator's, both included."""

    customer: str = ""
    text: str = ""
    category_id: int | None = None
    counselor_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None


def search_history(user_id: int, query: HistoryQuery) -> QuerySet[CounselSession]:
    """Return the conversations that a counselor has had, or for supervisors all, that fit; the newest first.

    The text is looked for in what was said and in the subject. What is read is bounded by the days and, for who is
    no supervisor, by their own parts, each by an index, before any text is compared. Each has the annotation
    `found`: the first message with the text.

    Raises:
        ValidationFailed: more than MAX_DAYS, or from a later day to an earlier one.
    """
    last_day = query.last_day or max(day_of(database_now()), query.first_day or date.min)
    first_day = query.first_day or last_day - timedelta(days=DEFAULT_DAYS - 1)
    if not timedelta(0) <= last_day - first_day < timedelta(days=MAX_DAYS):
        raise ValidationFailed(errors={"to": [f"From the first day on, and {MAX_DAYS} days at most."]})
    sessions = CounselSession.objects.filter(
        requested_at__gte=bounds(first_day)[0], requested_at__lt=bounds(last_day)[1]
    )
    if not may(user_id, SUPERVISE):
        sessions = sessions.filter(_had_by(user_id))
    if query.counselor_id is not None:
        sessions = sessions.filter(_had_by(query.counselor_id))
    if query.category_id is not None:
        sessions = sessions.filter(category=query.category_id)
    if query.customer:
        named = Q(customer__nickname__icontains=query.customer) | Q(customer__email__istartswith=query.customer)
        sessions = sessions.filter(named)
    found = _messages_with(query.text)
    if query.text:
        sessions = sessions.filter(Q(subject__icontains=query.text) | Exists(found))
    first_found = Subquery(found.order_by("seq").values("content")[:1])
    shown = sessions.select_related("category", "customer", "counselor", "rating", "log__wrap_up")
    return shown.annotate(found=first_found).order_by("-requested_at", "-pk")


def snippet(content: str | None, text: str) -> str:
    """Return the part of a message around a text that was found in it, on one line."""
    line = " ".join((content or "").split())
    start = max(0, line.casefold().find(" ".join(text.split()).casefold()) - SNIPPET_BEFORE)
    end = start + SNIPPET_LENGTH
    return f"{'…' if start else ''}{line[start:end]}{'…' if end < len(line) else ''}"


def _had_by(user_id: int) -> Exists:
    return Exists(CounselAssignment.objects.filter(session=OuterRef("pk"), counselor=user_id))


def _messages_with(text: str) -> QuerySet[CounselMessage]:
    messages = CounselMessage.objects.filter(session=OuterRef("pk"), type=EntryType.MESSAGE)
    return messages.filter(content__icontains=text) if text else messages.none()
