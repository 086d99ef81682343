"""Give waiting customers to counselors who are free: paired by one script, kept by one transaction, told after it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.database.transactions import in_transaction, retried_transaction
from apps.counseling.entries import entry_event
from apps.counseling.models import (
    Category,
    CounselAssignment,
    CounselMessage,
    CounselSession,
    CounselSessionEvent,
)
from apps.counseling.notices import tell_counselor, tell_customer, tell_session
from apps.counseling.routing import store
from apps.counseling.routing.answers import Match, Stage
from apps.counseling.services.rebuild_routing import put_right, with_routing
from apps.counseling.services.state_changes import drain_state_changes, tell_states
from apps.counseling.states import EntryType, SenderRole, SessionStatus

ROUNDS = 100  # of one caller, with up to store.MATCHED_AT_ONCE pairs each; the sweep does what is left

logger = logging.getLogger(__name__)


class _Pull:
    """Lets one thread of the process match for all: what others ask for meanwhile joins its next round.

    A crowd of requests is then matched in few transactions, and nobody waits for a lock.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wanted: set[int] = set()
        self._is_running = False

    def want(self, category_ids: Iterable[int]) -> bool:
        """Note what is to be matched; tell whether the caller has to do it."""
        with self._lock:
            self._wanted.update(category_ids)
            if self._is_running or not self._wanted:
                return False
            self._is_running = True
            return True

    def next(self) -> set[int]:
        """Return what is wanted by now; with nothing, the caller is done."""
        with self._lock:
            wanted, self._wanted = self._wanted, set()
            self._is_running = bool(wanted)
            return wanted

    def stop(self) -> None:
        with self._lock:
            self._is_running = False


_pull = _Pull()


def run_matches(category_ids: Iterable[int]) -> None:
    """Match the lines of these categories until one side is empty; at once where nobody is free.

    To be called after a commit: when a counselor becomes READY, a request arrives, a session ends, an offer
    lapses, or a capacity is raised. Several at once, in any processes, match nobody twice: the script pairs.
    """
    if not _pull.want(category_ids):
        return
    try:
        _match_wanted()
    except DatabaseError:
        _pull.stop()
        logger.warning("matches could not be kept; their leases bring the sessions back", exc_info=True)
    except BaseException:
        _pull.stop()
        raise


def _match_wanted() -> None:
    for _ in range(ROUNDS):
        wanted = _pull.next()
        if not wanted:
            return
        matches = with_routing(lambda wanted=wanted: store.match(wanted))  # type: ignore[misc]
        if matches:
            _keep(matches)
            _pull.want(wanted)
    _pull.stop()


def _keep(matches: Sequence[Match]) -> None:
    """Commit some matches, and let routing and the people know."""
    offer_seconds = 0 if settings.COUNSEL_ACCEPT_AUTOMATICALLY else settings.COUNSEL_OFFER_SECONDS
    kept = in_transaction(lambda: commit_matches(matches))
    settled: dict[Match, bool] = {}
    if kept:
        results = with_routing(lambda: store.settle(kept, offer_seconds=offer_seconds))
        settled = dict(zip(kept, results, strict=True))
    for match in matches:
        if not settled.get(match):
            put_right(match.session_id)  # gone meanwhile, or the lease was: the database decides
    drain_state_changes()
    tell_states({match.counselor_id for match in matches}, reason="matched")


def still_leased(matches: Sequence[Match]) -> set[Match]:
    """Return those whose session is still kept for its counselor; to be asked under the locks of the sessions.

    A process that slept over its lease may find the counselor's place taken. While it holds the lock nobody takes
    a lease away, since `put_right` waits for it.
    """
    positions = with_routing(lambda: store.positions([match.session_id for match in matches]))
    return {
        match
        for match, queue_position in zip(matches, positions, strict=True)
        if queue_position is not None
        and (queue_position.stage, queue_position.counselor_id) == (Stage.LEASED, match.counselor_id)
    }


@retried_transaction
def commit_matches(matches: Sequence[Match]) -> list[Match]:
    """Make sessions that still wait OFFERED, or IN_PROGRESS where offers are accepted automatically; return those.

    One transaction for all, under the locks of the sessions' rows in the order of their ids.
    """
    locked = CounselSession.objects.select_for_update().filter(pk__in=[match.session_id for match in matches])
    sessions = {session.pk: session for session in locked.order_by("pk")}
    leased = still_leased(matches)
    kept = [
        match
        for match in matches
        if match in leased
        and match.session_id in sessions
        and sessions[match.session_id].status == SessionStatus.WAITING
    ]
    if kept:
        pairs = [(sessions[match.session_id], match.counselor_id) for match in kept]
        given = _Given(pairs, now=database_now())
        if settings.COUNSEL_ACCEPT_AUTOMATICALLY:
            given.begin()
        else:
            given.offer()
    return kept


class _Given:
    """Sessions and the counselors they are given to, under their locks."""

    def __init__(self, pairs: Sequence[tuple[CounselSession, int]], *, now: datetime) -> None:
        self._pairs = pairs
        self._now = now
        people = {counselor_id for _, counselor_id in pairs} | {session.customer_id for session, _ in pairs}
        self._names = dict(User.objects.filter(pk__in=people).values_list("pk", "nickname"))
        self._categories = dict(
            Category.objects.filter(pk__in={session.category_id for session, _ in pairs}).values_list("pk", "name")
        )

    def offer(self) -> None:
        """OFFERED: each counselor has to accept."""
        self._move(SessionStatus.WAITING, SessionStatus.OFFERED, "matched")
        self._save(["status", "counselor"])
        expires_at = (self._now + timedelta(seconds=settings.COUNSEL_OFFER_SECONDS)).isoformat()
        for session, counselor_id in self._pairs:
            tell_counselor(counselor_id, {"type": "OFFERED", **self._about(session), "expires_at": expires_at})

    def begin(self) -> None:
        """IN_PROGRESS at once."""
        self._move(SessionStatus.WAITING, SessionStatus.OFFERED, "matched")
        self._move(SessionStatus.OFFERED, SessionStatus.IN_PROGRESS, "accepted automatically")
        self._begin()

    def accept(self) -> None:
        """IN_PROGRESS after an offer."""
        self._move(SessionStatus.OFFERED, SessionStatus.IN_PROGRESS, "accepted")
        self._begin()

    def _begin(self) -> None:
        for session, _ in self._pairs:
            session.answered_at = session.answered_at or self._now
            session.last_seq += 1
        self._save(["status", "counselor", "wanted_counselor", "answered_at", "last_seq"])
        CounselAssignment.objects.bulk_create(
            CounselAssignment(
                session=session, counselor_id=counselor_id, category_id=session.category_id, started_at=self._now
            )
            for session, counselor_id in self._pairs
        )
        entries = [self._accepted(session, counselor_id) for session, counselor_id in self._pairs]
        CounselMessage.objects.bulk_create(entries)
        for (session, counselor_id), entry in zip(self._pairs, entries, strict=True):
            counselor = {"id": counselor_id, "name": self._names.get(counselor_id)}
            tell_customer(session.customer_id, {"type": "ASSIGNED", "session_id": session.pk, "counselor": counselor})
            tell_counselor(counselor_id, {"type": "ASSIGNED", **self._about(session)})
            tell_session(session.pk, entry_event(entry, sender_name=self._names.get(counselor_id)))

    def _move(self, from_status: SessionStatus, to_status: SessionStatus, reason: str) -> None:
        CounselSessionEvent.objects.bulk_create(
            CounselSessionEvent(
                subject=session,
                from_status=from_status,
                to_status=to_status,
                reason=reason,
                actor=f"user:{counselor_id}" if to_status == SessionStatus.IN_PROGRESS else "routing",
                details={"counselor_id": counselor_id},
            )
            for session, counselor_id in self._pairs
        )
        for session, counselor_id in self._pairs:
            session.status = to_status
            session.counselor_id = counselor_id
            if to_status == SessionStatus.IN_PROGRESS:
                session.wanted_counselor = None

    def _save(self, fields: list[str]) -> None:
        """Write these fields of all sessions: plain statements, as one CASE for all costs ten times as much here."""
        columns = [field for field in CounselSession._meta.concrete_fields if field.name in fields]
        assignments = ", ".join(f"{connection.ops.quote_name(str(column.column))} = %s" for column in columns)
        table = connection.ops.quote_name(CounselSession._meta.db_table)
        rows = [
            [*(column.get_db_prep_save(getattr(session, column.attname), connection) for column in columns), session.pk]
            for session, _ in self._pairs
        ]
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {assignments} WHERE id = %s", rows)  # noqa: S608 - our own names

    def _accepted(self, session: CounselSession, counselor_id: int) -> CounselMessage:
        return CounselMessage(
            session=session,
            seq=session.last_seq,
            type=EntryType.ACCEPTED,
            sender_id=counselor_id,
            sender_role=SenderRole.COUNSELOR,
            details={"counselor": {"id": counselor_id, "name": self._names.get(counselor_id)}},
            sent_at=self._now,
        )

    def _about(self, session: CounselSession) -> dict[str, Any]:
        return {
            "session_id": session.pk,
            "category": {"id": session.category_id, "name": self._categories.get(session.category_id)},
            "subject": session.subject,
            "customer": {"id": session.customer_id, "name": self._names.get(session.customer_id)},
            "requested_at": session.requested_at.isoformat(),
        }


def begin_conversation(session: CounselSession, counselor_id: int, *, now: datetime) -> None:
    """Let a conversation begin that its counselor has accepted, under the lock of its row."""
    _Given([(session, counselor_id)], now=now).accept()
