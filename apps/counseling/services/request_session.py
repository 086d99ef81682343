"""A customer asks for somebody to talk to."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError
from django.db.models import BooleanField, Case, Q, When
from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import retried_transaction
from apps.common.errors import ServiceUnavailable, ValidationFailed
from apps.counseling.errors import CounselingClosed
from apps.counseling.models import Category, CounselSession, CounselSessionEvent
from apps.counseling.notices import tell_customer
from apps.counseling.routing import store
from apps.counseling.routing.answers import QueuePosition
from apps.counseling.routing.places import place_of
from apps.counseling.services.mark_kpis import mark_earlier
from apps.counseling.services.opening_hours import is_open, next_opening
from apps.counseling.services.rebuild_routing import with_routing
from apps.counseling.services.run_matches import run_matches
from apps.counseling.states import Priority, SessionStatus

JOIN_LINE = "counseling.join_line"
MAX_SUBJECT = 200
MAX_REQUEST_ID = 64


class Requested(NamedTuple):
    """A session and where it stands; None while routing is away. `is_new` is false for one that was there before."""

    session: CounselSession
    queue_position: QueuePosition | None
    is_new: bool


def request_session(
    customer_id: int,
    *,
    category_id: int,
    subject: str = "",
    request_id: str | None = None,
    priority: Priority = Priority.NORMAL,
) -> Requested:
    """Put a customer at the end of a category's line. Asked again, it is the same session.

    1. The same request, or an open session of the category, is returned as it is.
    2. A session row WAITING is committed, with the promise to join the line.
    3. It joins the line, and the match is tried; the promise is repeated until that is done.

    Raises:
        ValidationFailed: no such category, or a text is too long.
        CounselingClosed: nobody is there now.
    """
    _check(category_id, subject, request_id)
    session = _find(customer_id, category_id, request_id)
    is_new = session is None
    if session is None:
        now = database_now()
        if not is_open(category_id, at=now):
            opens_at = next_opening(category_id, after=now)
            raise CounselingClosed(opens_at=None if opens_at is None else opens_at.isoformat())
        try:
            session = _create(customer_id, category_id, subject, request_id, priority)
        except IntegrityError:  # the same request at the same moment, from another tab
            session = _find(customer_id, category_id, request_id)
            if session is None:
                raise
        session.refresh_from_db()
    return Requested(session, get_queue_position(session), is_new)


def get_queue_position(session: CounselSession) -> QueuePosition | None:
    """Return where a session stands in its line; None where routing does not know it, or is away."""
    try:
        (queue_position,) = with_routing(lambda: store.positions([session.pk]))
    except ServiceUnavailable:
        return None
    return queue_position


def _check(category_id: int, subject: str, request_id: str | None) -> None:
    errors: dict[str, list[str]] = {}
    if not Category.objects.filter(pk=category_id, is_active=True).exists():
        errors["category_id"] = ["There is no such category."]
    if len(subject) > MAX_SUBJECT:
        errors["subject"] = [f"At most {MAX_SUBJECT} characters."]
    if request_id is not None and not 0 < len(request_id) <= MAX_REQUEST_ID:
        errors["request_id"] = [f"1 to {MAX_REQUEST_ID} characters."]
    if errors:
        raise ValidationFailed(errors=errors)


def _find(customer_id: int, category_id: int, request_id: str | None) -> CounselSession | None:
    same = Q(category=category_id, is_open=True)
    if request_id is not None:
        same |= Q(request_id=request_id)
    return CounselSession.objects.filter(same, customer=customer_id).order_by("-pk").first()


@retried_transaction
def _create(
    customer_id: int, category_id: int, subject: str, request_id: str | None, priority: Priority
) -> CounselSession:
    session = CounselSession.objects.create(
        customer_id=customer_id,
        category_id=category_id,
        subject=subject.strip(),
        request_id=request_id,
        priority=priority,
        requested_at=database_now(),
    )
    CounselSessionEvent.objects.create(
        subject=session,
        from_status="",
        to_status=SessionStatus.WAITING,
        reason="requested",
        actor=f"user:{customer_id}",
    )
    mark_earlier(session, category_id=session.category_id)
    outbox.enqueue(JOIN_LINE, session_id=session.pk)
    return session


@outbox.handles(JOIN_LINE)
def join_line(*, session_id: int) -> None:
    """Put a session that waits in its line, tell its customer where it stands, and try the match. Safe to repeat."""
    session = CounselSession.objects.filter(pk=session_id, status=SessionStatus.WAITING).first()
    if session is None:
        return
    queue_position = with_routing(
        lambda: store.enqueue(
            session.pk,
            category_id=session.category_id,
            place=place_of(session.requested_at, session.priority),
            wanted_counselor_id=session.wanted_counselor_id,
        )
    )
    if queue_position.position:
        tell_customer(session.customer_id, queued_event(session.pk, queue_position))
    run_matches([session.category_id])


def queued_event(session_id: int, queue_position: QueuePosition, *, waits_long: bool = False) -> dict[str, object]:
    """Return what a customer who waits is told; after COUNSEL_LONG_WAIT_SECONDS an inquiry is offered instead."""
    return {
        "type": "QUEUED",
        "session_id": session_id,
        "position": queue_position.position,
        "eta_seconds": queue_position.eta_seconds,
        "inquiry_offered": waits_long,
    }


def waits_long() -> Case:
    """Return the expression that tells of a session whether its customer waits for too long by the database's clock."""
    since = Now() - timedelta(seconds=settings.COUNSEL_LONG_WAIT_SECONDS)
    return Case(When(requested_at__lt=since, then=True), default=False, output_field=BooleanField())
