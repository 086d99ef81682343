"""What follows an end: the after-call work, and the name for how the conversation came out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.counseling.errors import CounselorStateConflict
from apps.counseling.models import CounselLog, CounselMessage, CounselSession, CounselSessionEvent, WrapUpCode
from apps.counseling.routing import store
from apps.counseling.services import end_session as ending
from apps.counseling.services.end_session import end_session
from apps.counseling.states import EndReason
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user
from tests.integration.counseling.routing.centre import audit
from tests.integration.counseling.test_api import Centre, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def code_of(log: CounselLog) -> str | None:
    log.refresh_from_db()
    return None if log.wrap_up is None else log.wrap_up.code


def test_a_wrap_up_that_comes_with_the_end_counts_and_its_after_call_work_goes_on() -> None:
    centre = Centre()
    WrapUpCode.objects.create(code="solved", name="solved")
    url = f"/api/sessions/{centre.conversation()}/end"
    assert centre.desk.post(url, {"wrap_up_code": "solved", "note": "seat moved"}).status_code == 200

    log = CounselLog.objects.get()
    assert (code_of(log), log.wrap_up_note, log.after_call_ended_at) == ("solved", "seat moved", None)
    assert centre.desk.get("/api/counselors/me").json()["state"] == "AFTER_CALL"

    centre.desk.patch("/api/counselors/ready")

    assert (code_of(log), log.wrap_up_note) == ("solved", "seat moved")
    assert log.after_call_ended_at is not None


def test_who_has_paused_has_no_after_call_work_and_may_still_name_the_wrap_up() -> None:
    centre = Centre()
    WrapUpCode.objects.create(code="solved", name="solved")
    url = f"/api/sessions/{centre.conversation()}/end"
    centre.desk.patch("/api/counselors/online")
    centre.asking.post(url)

    log = CounselLog.objects.get()
    assert centre.desk.get("/api/counselors/me").json()["state"] == "ONLINE"
    assert (code_of(log), log.after_call_seconds, log.after_call_ended_at) == (WrapUpCode.NONE_GIVEN, 0, log.ended_at)

    centre.desk.post(url, {"wrap_up_code": "solved"})

    assert code_of(log) == "solved"


def test_an_end_with_an_unknown_wrap_up_code_ends_nothing() -> None:
    centre = Centre()
    url = f"/api/sessions/{centre.conversation()}/end"
    answer = centre.desk.post(url, {"wrap_up_code": "unheard"})

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert CounselSession.objects.get().status == "IN_PROGRESS"
    assert CounselLog.objects.count() == 0


@pytest.mark.parametrize("reason", [EndReason.TIME_OUT, EndReason.DISCONNECT, EndReason.SUPERVISOR])
def test_every_reason_ends_by_the_same_procedure(reason: EndReason) -> None:
    centre = Centre()
    session_id = centre.conversation()
    for _ in range(2):
        assert end_session(session_id, reason=reason).end_reason == reason

    assert CounselLog.objects.get().reason == reason
    assert CounselMessage.objects.get(type="ENDED").details == {"reason": reason}
    assert CounselSessionEvent.objects.filter(to_status="ENDED").count() == 1
    assert store.team([centre.counselor.pk])[0].load == 0
    audit()


def test_an_end_makes_room_for_whoever_waits_once_the_after_call_work_is_over() -> None:
    centre = Centre(capacity=1)
    first = centre.conversation()
    second = client_of(make_user()).post("/api/sessions", {"category_id": centre.category.pk}).json()
    assert (second["status"], second["position"]) == ("WAITING", 1)
    centre.asking.post(f"/api/sessions/{first}/end")
    assert CounselSession.objects.get(pk=second["id"]).status == "WAITING"

    centre.desk.patch("/api/counselors/ready")

    assert CounselSession.objects.get(pk=second["id"]).counselor_id == centre.counselor.pk


def test_a_promise_that_was_not_kept_is_kept_later_and_changes_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Centre()
    session_id = centre.conversation()
    with monkeypatch.context() as away:
        away.setattr(ending.store, "release", lambda *_, **__: (_ for _ in ()).throw(ConnectionError("Redis is away")))
        assert centre.asking.post(f"/api/sessions/{session_id}/end").json()["status"] == "ENDED"
    assert store.team([centre.counselor.pk])[0].load == 1
    assert OutboxMessage.objects.count() == 1

    for _ in range(2):
        OutboxMessage.objects.update(next_attempt_at=Now() - timedelta(seconds=1))
        outbox.relay()
        ending.after_end(session_id=session_id)

    assert store.team([centre.counselor.pk])[0].load == 0
    assert CounselLog.objects.count() == 1
    audit()


def test_an_end_that_comes_late_takes_no_time_from_work_that_was_done_in_between() -> None:
    centre = Centre()
    session_id = centre.conversation()
    centre.asking.post(f"/api/sessions/{session_id}/end")
    centre.desk.patch("/api/counselors/ready")
    log = CounselLog.objects.get()

    ending.after_end(session_id=session_id)

    assert centre.desk.get("/api/counselors/me").json()["state"] == "READY"
    assert CounselLog.objects.get().after_call_seconds == log.after_call_seconds


def test_who_waits_again_after_a_transfer_can_end_and_nobody_is_left_in_the_line() -> None:
    centre = Centre()
    session_id = centre.conversation()
    elsewhere = make_category()
    centre.desk.post(f"/api/sessions/{session_id}/transfer", {"category_id": elsewhere.pk})
    answer = centre.asking.post(f"/api/sessions/{session_id}/end").json()

    assert (answer["status"], answer["end_reason"]) == ("ENDED", "customer")
    assert store.waiting([elsewhere.pk]) == {elsewhere.pk: 0}
    expert = client_of(make_counselor(elsewhere))
    expert.patch("/api/counselors/online")
    assert expert.patch("/api/counselors/ready").json()["load"] == 0
    audit()


def test_after_call_is_left_by_ready_or_online_only() -> None:
    centre = Centre()
    centre.asking.post(f"/api/sessions/{centre.conversation()}/end")
    centre.desk.patch("/api/counselors/online")
    log = CounselLog.objects.get()
    assert code_of(log) == WrapUpCode.NONE_GIVEN
    answer = centre.desk.patch("/api/counselors/after-call")

    assert (answer.status_code, answer.json()["code"]) == (409, CounselorStateConflict.code)
    assert centre.desk.get("/api/counselors/me").json()["state"] == "ONLINE"
