"""Several end one conversation in the same moment: it has one end, and nobody is refused."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import QuerySet

from apps.accounts.models import Role
from apps.common.clock import database_now
from apps.common.errors import DomainError
from apps.counseling.access import get_member
from apps.counseling.errors import SessionStateConflict
from apps.counseling.models import (
    CounselAssignment,
    CounselLog,
    CounselMessage,
    CounselorStateEvent,
    CounselSession,
    CounselSessionEvent,
)
from apps.counseling.routing import store
from apps.counseling.services import end_session as ending
from apps.counseling.services.end_session import end_session
from apps.counseling.services.run_matches import begin_conversation
from apps.counseling.services.transfer_session import transfer_to_counselor
from apps.counseling.states import EndReason, SessionStatus
from tests.counseling_factories import make_counselor
from tests.integration.counseling.routing.centre import audit
from tests.integration.counseling.test_api import Centre, client_of
from tests.payment_threads import at_once
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5
ENDS = (EndReason.CUSTOMER, EndReason.COUNSELOR, EndReason.SUPERVISOR, EndReason.TIME_OUT)


def end_from_all_sides(session_id: int, reasons: tuple[EndReason, ...] = ENDS) -> list[Any]:
    return at_once([lambda reason=reason: end_session(session_id, reason=reason) for reason in reasons])  # type: ignore[misc]


def assert_one_end(session_id: int, counselor_id: int) -> None:
    """One log row, one move, one entry, one place given back, one after-call."""
    session = CounselSession.objects.get(pk=session_id)
    assert session.status == SessionStatus.ENDED
    assert CounselLog.objects.get(pk=session_id).reason == session.end_reason
    assert CounselSessionEvent.objects.filter(subject=session_id, to_status=SessionStatus.ENDED).count() == 1
    assert CounselMessage.objects.get(session=session_id, type="ENDED").details == {"reason": session.end_reason}
    assert CounselAssignment.objects.get(session=session_id).ended_by == "session_end"
    assert store.team([counselor_id])[0].session_ids == ()
    after_calls = CounselorStateEvent.objects.filter(counselor=counselor_id, to_state="AFTER_CALL")
    assert after_calls.count() == CounselLog.objects.filter(counselor=counselor_id).count()
    audit()


def test_customer_counselor_supervisor_and_time_out_end_at_once_and_the_first_counts() -> None:
    centre = Centre()
    for number in range(ROUNDS):
        session_id = centre.ask(request_id=str(number)).json()["id"]
        assert store.team([centre.counselor.pk])[0].load == 1

        ended = end_from_all_sides(session_id)

        assert {session.status for session in ended} == {SessionStatus.ENDED}
        assert len({session.end_reason for session in ended}) == 1
        assert_one_end(session_id, centre.counselor.pk)
        centre.desk.patch("/api/counselors/ready")


def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides have read the open conversation before either writes."""
    both_have_read = Barrier(2)

    def read_at_once() -> Any:
        both_have_read.wait(LONGEST_SECONDS)
        return database_now()

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    monkeypatch.setattr(ending, "database_now", read_at_once)


class ReadThenWrite:
    """Moves whoever was read as open, as it is often written."""

    def move(self, pk: int, _from: Any, to_status: str, *, reason: str, actor: str, changes: Any) -> bool:
        CounselSession.objects.filter(pk=pk).update(status=to_status, **changes)
        CounselSessionEvent.objects.create(
            subject_id=pk, from_status=SessionStatus.IN_PROGRESS, to_status=to_status, reason=reason, actor=actor
        )
        return True


def test_without_lock_and_compare_and_set_the_second_end_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Centre()
    session_id = centre.conversation()
    without_the_lock(monkeypatch)
    monkeypatch.setattr(ending, "COUNSEL_SESSION_MOVES", ReadThenWrite())

    ended = end_from_all_sides(session_id, (EndReason.CUSTOMER, EndReason.COUNSELOR))

    assert sum(isinstance(result, IntegrityError | OperationalError) for result in ended) == 1


def test_without_the_lock_the_compare_and_set_lets_one_through(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Centre()
    session_id = centre.conversation()
    with monkeypatch.context() as unguarded:
        without_the_lock(unguarded)
        end_from_all_sides(session_id, (EndReason.CUSTOMER, EndReason.COUNSELOR))

    assert_one_end(session_id, centre.counselor.pk)


def as_the_customer_ends(monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[[], str]) -> list[str]:
    """Let something happen in another process once the end has seen that nobody has answered."""
    leave_line, happened = ending.leave_line, list[str]()

    def run() -> str:
        try:
            return meanwhile()
        finally:
            connection.close()

    def be_overtaken(session_id: int, **more: Any) -> CounselSession:
        with ThreadPoolExecutor(1) as other:
            happened.append(other.submit(run).result(LONGEST_SECONDS))
        return leave_line(session_id, **more)

    monkeypatch.setattr(ending, "leave_line", be_overtaken)
    return happened


def match(session_id: int, counselor_id: int) -> str:
    """Commit a match, unless its session is locked."""
    try:
        with transaction.atomic():
            session = CounselSession.objects.select_for_update(nowait=True).get(pk=session_id)
            begin_conversation(session, counselor_id, now=database_now())
    except OperationalError:
        return "has to wait"
    return "matched"


def test_a_match_that_comes_as_the_customer_ends_finds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Centre(ready=False)
    session_id = centre.ask().json()["id"]
    happened = as_the_customer_ends(monkeypatch, lambda: match(session_id, centre.counselor.pk))

    answer = centre.asking.post(f"/api/sessions/{session_id}/end")

    assert happened == ["has to wait"]
    assert (answer.status_code, answer.json()["status"]) == (200, "ABANDONED")
    assert centre.desk.patch("/api/counselors/ready").json()["load"] == 0
    assert not CounselAssignment.objects.exists()
    audit()


def test_without_the_lock_the_customer_who_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Centre(ready=False)
    session_id = centre.ask().json()["id"]
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows.all())
    happened = as_the_customer_ends(monkeypatch, lambda: match(session_id, centre.counselor.pk))

    with pytest.raises(SessionStateConflict):
        end_session(session_id, reason=EndReason.CUSTOMER)

    assert happened == ["matched"]


def end_and_transfer(session_id: int, *, by: int, to: int) -> CounselSession:
    """The customer ends while the counselor gives the conversation to somebody else; return it as the end left it."""

    def transfer() -> None:
        with suppress(DomainError):  # the end was first
            transfer_to_counselor(get_member(session_id, by, role=Role.COUNSELOR), counselor_id=to, by=by)

    ended, _ = at_once([lambda: end_session(session_id, reason=EndReason.CUSTOMER), transfer])
    assert isinstance(ended, CounselSession), ended
    return ended


def test_an_end_and_a_transfer_at_once_leave_nobody_with_a_load() -> None:
    centre = Centre()
    other = make_counselor(centre.category)
    for number in range(ROUNDS):
        session_id = centre.ask(request_id=str(number)).json()["id"]
        for state in ("online", "ready"):
            client_of(other).patch(f"/api/counselors/{state}")

        ended = end_and_transfer(session_id, by=centre.counselor.pk, to=other.pk)

        assert ended.status == SessionStatus.ENDED
        assert CounselLog.objects.filter(pk=session_id).count() == 1
        assert not CounselAssignment.objects.filter(session=session_id, is_live=True).exists()
        entries = list(CounselMessage.objects.filter(session=session_id).values_list("seq", "type"))
        assert [seq for seq, _ in entries] == list(range(1, len(entries) + 1))
        assert entries[-1][1] == "ENDED"
        assert {view.load for view in store.team()} == {0}
        audit()
        client_of(other).patch("/api/counselors/offline")
        centre.desk.patch("/api/counselors/ready")
