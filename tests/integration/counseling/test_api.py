"""Counseling over REST: what clients without STOMP do, what supervisors do, and what nobody may."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from apps.accounts.models import Role, User
from apps.counseling.models import (
    CounselAssignment,
    CounselLog,
    CounselorStateEvent,
    CounselRating,
    CounselSession,
    InternalNote,
    OpeningHours,
    WrapUpCode,
)
from apps.counseling.routing import store
from apps.counseling.states import CounselorState
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user
from tests.fast_lane import access_token

pytestmark = pytest.mark.django_db(transaction=True)


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user_id=user.pk, role=user.role)}")
    return client


def supervisor(*skills: Any) -> User:
    user = make_counselor(*skills) if skills else make_user(role=Role.STAFF)
    user.user_permissions.add(Permission.objects.get(codename="supervise"))
    return user


class Centre:
    """A category, a counselor at work, and a customer."""

    def __init__(self, *, ready: bool = True, capacity: int = 3) -> None:
        self.category = make_category()
        self.counselor = make_counselor(self.category, capacity=capacity)
        self.customer = make_user()
        self.desk, self.asking = client_of(self.counselor), client_of(self.customer)
        assert self.desk.patch("/api/counselors/online").status_code == 200
        if ready:
            assert self.desk.patch("/api/counselors/ready").status_code == 200

    def ask(self, **more: Any) -> Any:
        return self.asking.post("/api/sessions", {"category_id": self.category.pk, **more})

    def conversation(self) -> int:
        answer = self.ask()
        assert answer.status_code == 201, answer.json()
        assert CounselSession.objects.get().status == "IN_PROGRESS"
        session_id: int = answer.json()["id"]
        return session_id


def test_a_request_waits_with_its_place_until_a_counselor_is_ready() -> None:
    centre = Centre(ready=False)
    answer = centre.ask(subject="refund").json()
    assert (answer["status"], answer["position"], answer["subject"]) == ("WAITING", 1, "refund")

    state = centre.desk.patch("/api/counselors/ready").json()

    assert (state["state"], state["load"], state["capacity"]) == ("READY", 1, 3)
    session = centre.asking.get(f"/api/sessions/{answer['id']}").json()
    assert (session["status"], session["counselor"]["id"]) == ("IN_PROGRESS", centre.counselor.pk)


def test_the_same_request_is_the_same_session() -> None:
    centre = Centre(ready=False)
    first, second, other = centre.ask(request_id="r"), centre.ask(request_id="r"), centre.ask()

    assert first.json()["id"] == second.json()["id"] == other.json()["id"]
    assert CounselSession.objects.count() == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"category_id": "x"},
        {"category_id": 0},
        {"category_id": 10**30},
        {"category_id": 999},
        {"subject": "x" * 201},
    ],
)
def test_a_request_that_makes_no_sense_is_refused_and_leaves_nothing(body: dict[str, Any]) -> None:
    centre = Centre()
    answer = centre.asking.post("/api/sessions", body)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert CounselSession.objects.count() == 0


def test_outside_the_opening_hours_nobody_waits_in_vain() -> None:
    centre = Centre()
    OpeningHours.objects.create(category=centre.category, weekday=0, opens_at="00:00", closes_at="00:00:01")
    answer = centre.ask()

    assert (answer.status_code, answer.json()["code"]) == (409, "counseling_closed")
    assert answer.json()["opens_at"] is not None
    assert CounselSession.objects.count() == 0


def test_what_can_be_asked_about_says_when_somebody_is_there() -> None:
    centre = Centre()
    OpeningHours.objects.create(category=None, weekday=0, opens_at="00:00", closes_at="00:00:01")
    always = make_category()
    for weekday in range(7):
        OpeningHours.objects.create(category=always, weekday=weekday, opens_at="00:00", closes_at="23:59:59.999999")

    by_id = {category["id"]: category for category in centre.asking.get("/api/counsel-categories").json()}

    closed, open_ = by_id[centre.category.pk], by_id[always.pk]
    assert (closed["name"], closed["is_open"]) == (centre.category.name, False)
    assert closed["opens_at"] is not None
    assert closed["hours"] == [{"weekday": 0, "opens_at": "00:00:00", "closes_at": "00:00:01"}]
    assert (open_["is_open"], open_["opens_at"], len(open_["hours"])) == (True, None, 7)


def test_categories_cost_the_same_number_of_queries_however_many(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    customer = client_of(make_user())
    for _ in range(5):
        make_category()
    with django_assert_num_queries(3):  # the caller is in the token: categories, their hours, and the time
        assert len(customer.get("/api/counsel-categories").json()) == 5


def test_somebody_elses_conversation_is_not_there() -> None:
    centre = Centre()
    session_id = centre.conversation()
    for stranger in (make_user(), make_counselor(centre.category)):
        for method, path in (
            ("get", ""),
            ("get", "/messages"),
            ("post", "/end"),
            ("post", "/transfer"),
            ("post", "/rating"),
            ("get", "/notes"),
            ("post", "/take-over"),
        ):
            answer = getattr(client_of(stranger), method)(f"/api/sessions/{session_id}{path}", {})
            assert answer.status_code == 404, path
    assert CounselSession.objects.get().status == "IN_PROGRESS"


def test_only_counselors_have_a_state() -> None:
    for user in (make_user(), make_user(role=Role.COUNSELOR)):
        answer = client_of(user).patch("/api/counselors/online")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_a_counselor")
    assert CounselorStateEvent.objects.count() == 0


def test_a_state_is_reached_only_from_where_the_table_says() -> None:
    counselor = make_counselor(make_category())
    answer = client_of(counselor).patch("/api/counselors/ready")

    assert (answer.status_code, answer.json()["code"], answer.json()["state"]) == (409, "counselor_state", "OFFLINE")
    assert client_of(counselor).get("/api/counselors/me").json()["state"] == "OFFLINE"


def test_states_are_remembered_with_their_reasons() -> None:
    centre = Centre()
    centre.conversation()
    states = CounselorStateEvent.objects.values_list("from_state", "to_state", "reason")

    assert list(states)[:2] == [("OFFLINE", "ONLINE", "counselor"), ("ONLINE", "READY", "counselor")]


def test_nobody_goes_home_in_the_middle_of_a_conversation() -> None:
    centre = Centre()
    session_id = centre.conversation()
    answer = centre.desk.patch("/api/counselors/offline")

    assert (answer.status_code, answer.json()["session_ids"]) == (409, [session_id])
    assert store.team([centre.counselor.pk])[0].session_ids == (session_id,)


def test_an_end_writes_the_log_and_the_wrap_up_comes_with_leaving_after_call() -> None:
    centre = Centre()
    session_id = centre.conversation()
    WrapUpCode.objects.create(code="solved", name="solved")
    for _ in range(2):
        answer = centre.asking.post(f"/api/sessions/{session_id}/end")
        assert (answer.status_code, answer.json()["status"]) == (200, "ENDED")
    assert centre.desk.get("/api/counselors/me").json()["state"] == "AFTER_CALL"
    log = CounselLog.objects.get()
    assert (log.reason, log.counselor_id, log.after_call_seconds) == ("customer", centre.counselor.pk, None)

    centre.desk.patch("/api/counselors/ready", {"wrap_up_code": "solved", "note": "all well"})

    log.refresh_from_db()
    assert log.wrap_up is not None
    assert (log.wrap_up.code, log.wrap_up_note) == ("solved", "all well")
    assert log.after_call_seconds is not None
    assert log.after_call_seconds > 0
    assert CounselAssignment.objects.get().ended_by == "session_end"


def test_an_unknown_wrap_up_code_changes_nothing() -> None:
    centre = Centre()
    centre.asking.post(f"/api/sessions/{centre.conversation()}/end")
    answer = centre.desk.patch("/api/counselors/ready", {"wrap_up_code": "unheard"})

    assert answer.status_code == 422
    assert store.team([centre.counselor.pk])[0].state == CounselorState.AFTER_CALL


def test_who_still_waits_leaves_the_line_and_is_not_matched_any_more() -> None:
    centre = Centre(ready=False)
    session_id = centre.ask().json()["id"]
    answer = centre.asking.post(f"/api/sessions/{session_id}/end")
    centre.desk.patch("/api/counselors/ready")

    assert answer.json()["status"] == "ABANDONED"
    assert store.team([centre.counselor.pk])[0].session_ids == ()
    assert CounselLog.objects.count() == 0


def test_the_log_is_read_in_order_after_a_number() -> None:
    centre = Centre()
    session_id = centre.conversation()
    centre.asking.post(f"/api/sessions/{session_id}/end")
    entries = centre.asking.get(f"/api/sessions/{session_id}/messages?after=0").json()

    assert [(entry["seq"], entry["type"]) for entry in entries] == [(1, "ACCEPTED"), (2, "ENDED")]
    assert entries[1]["reason"] == "customer"
    assert [entry["seq"] for entry in centre.desk.get(f"/api/sessions/{session_id}/messages?after=1").json()] == [2]
    one = centre.asking.get(f"/api/sessions/{session_id}/messages?limit=1").json()
    assert [entry["seq"] for entry in one] == [1]
    for wrong in ("after=x", "after=-1", "after=99999999999", "limit=0", "limit=501"):
        assert centre.asking.get(f"/api/sessions/{session_id}/messages?{wrong}").status_code == 422


def test_a_conversation_is_rated_once_and_only_after_its_end() -> None:
    centre = Centre()
    url = f"/api/sessions/{centre.conversation()}"
    assert centre.asking.post(f"{url}/rating", {"score": 5}).json()["code"] == "session_state"
    centre.asking.post(f"{url}/end")
    assert centre.asking.post(f"{url}/rating", {"score": 6}).status_code == 422
    assert centre.desk.post(f"{url}/rating", {"score": 5}).status_code == 404
    assert CounselRating.objects.count() == 0

    assert centre.asking.post(f"{url}/rating", {"score": 4, "feedback": "kind"}).status_code == 201
    assert centre.asking.post(f"{url}/rating", {"score": 1}).json()["code"] == "already_rated"
    assert CounselRating.objects.get().score == 4


def test_an_offer_waits_to_be_accepted_where_the_site_says_so(settings: Settings) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = False
    centre = Centre()
    session_id = centre.ask().json()["id"]
    assert CounselSession.objects.get().status == "OFFERED"
    assert client_of(make_counselor(centre.category)).post(f"/api/sessions/{session_id}/accept").json()["code"] == (
        "offer_gone"
    )

    assert centre.desk.post(f"/api/sessions/{session_id}/accept").json()["status"] == "IN_PROGRESS"
    assert centre.desk.post(f"/api/sessions/{session_id}/accept").status_code == 200
    assert CounselAssignment.objects.count() == 1


def test_a_declined_offer_goes_back_and_two_set_the_counselor_away(settings: Settings) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = False
    centre = Centre(capacity=1)
    centre.ask()
    client_of(make_user()).post("/api/sessions", {"category_id": centre.category.pk})
    for _ in range(2):
        offered = CounselSession.objects.get(status="OFFERED")
        assert centre.desk.post(f"/api/sessions/{offered.pk}/decline").status_code == 204

    assert centre.desk.get("/api/counselors/me").json()["state"] == "ONLINE"
    assert set(CounselSession.objects.values_list("status", "counselor")) == {("WAITING", None)}


def test_a_transfer_to_a_counselor_goes_on_at_once_and_the_former_one_reads_only() -> None:
    centre = Centre()
    session_id = centre.conversation()
    other = make_counselor(centre.category)
    client_of(other).patch("/api/counselors/online")
    client_of(other).patch("/api/counselors/ready")

    answer = centre.desk.post(f"/api/sessions/{session_id}/transfer", {"counselor_id": other.pk})

    assert (answer.status_code, answer.json()["counselor"]["id"]) == (200, other.pk)
    loads = {view.counselor_id: view.load for view in store.team()}
    assert loads == {centre.counselor.pk: 0, other.pk: 1}
    assert centre.desk.get(f"/api/sessions/{session_id}/messages").status_code == 200
    assert centre.desk.post(f"/api/sessions/{session_id}/end").status_code == 403
    assert [part.ended_by for part in CounselAssignment.objects.order_by("pk")] == ["transfer", ""]


def test_a_transfer_to_somebody_who_is_not_free_changes_nothing() -> None:
    centre = Centre()
    session_id = centre.conversation()
    other = make_counselor(centre.category)
    answer = centre.desk.post(f"/api/sessions/{session_id}/transfer", {"counselor_id": other.pk})

    assert (answer.status_code, answer.json()["code"]) == (409, "no_free_capacity")
    assert CounselSession.objects.get().counselor_id == centre.counselor.pk
    assert store.team([centre.counselor.pk])[0].session_ids == (session_id,)


def test_neither_the_customer_nor_the_former_counselor_transfers_a_conversation() -> None:
    centre = Centre()
    session_id = centre.conversation()
    other, elsewhere = make_counselor(centre.category), make_category()
    client_of(other).patch("/api/counselors/online")
    client_of(other).patch("/api/counselors/ready")
    centre.desk.post(f"/api/sessions/{session_id}/transfer", {"counselor_id": other.pk})

    for client in (centre.asking, centre.desk):
        for body in ({"category_id": elsewhere.pk}, {"counselor_id": centre.counselor.pk}):
            answer = client.post(f"/api/sessions/{session_id}/transfer", body)
            assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert CounselSession.objects.get().counselor_id == other.pk


def test_a_transfer_to_a_category_waits_in_its_line_for_somebody_who_knows() -> None:
    centre = Centre()
    session_id = centre.conversation()
    elsewhere = make_category()
    answer = centre.desk.post(f"/api/sessions/{session_id}/transfer", {"category_id": elsewhere.pk})
    assert (answer.json()["status"], answer.json()["category"]["id"]) == ("WAITING", elsewhere.pk)
    assert store.team([centre.counselor.pk])[0].load == 0

    expert = make_counselor(elsewhere)
    client_of(expert).patch("/api/counselors/online")
    client_of(expert).patch("/api/counselors/ready")

    assert CounselSession.objects.get().counselor_id == expert.pk


def test_a_supervisor_watches_whispers_joins_and_takes_over() -> None:
    centre = Centre()
    session_id = centre.conversation()
    lead = client_of(supervisor())
    assert lead.get(f"/api/sessions/{session_id}/messages").status_code == 200
    assert lead.post(f"/api/sessions/{session_id}/whisper", {"content": "offer a refund"}).status_code == 201
    assert lead.post(f"/api/sessions/{session_id}/join").status_code == 204
    assert [view["id"] for view in lead.get("/api/counselors/team").json()] == [centre.counselor.pk]

    answer = lead.post(f"/api/sessions/{session_id}/take-over")

    assert answer.status_code == 200, answer.json()
    assert CounselSession.objects.get().counselor_id != centre.counselor.pk
    assert store.team([centre.counselor.pk])[0].load == 0
    assert InternalNote.objects.get().is_whisper
    assert centre.asking.get(f"/api/sessions/{session_id}/notes").status_code == 404
    assert lead.post(f"/api/sessions/{session_id}/end").json()["end_reason"] == "counselor"


def test_without_the_permission_nobody_supervises() -> None:
    centre = Centre()
    session_id = centre.conversation()
    for path in ("join", "take-over", "whisper"):
        answer = centre.desk.post(f"/api/sessions/{session_id}/{path}", {"content": "x"})
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied"), path
    assert centre.desk.get("/api/counselors/team").status_code == 403
    assert InternalNote.objects.count() == 0


def test_a_list_of_conversations_costs_the_same_for_any_number(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    centre = Centre(ready=False)
    for _ in range(5):
        client_of(make_user()).post("/api/sessions", {"category_id": centre.category.pk})
    centre.desk.patch("/api/counselors/ready")
    with django_assert_max_num_queries(2):
        answer = centre.desk.get("/api/sessions")

    assert answer.json()["count"] == 3
