"""Redis emptied or stopped: nobody who asked is forgotten, nobody is given twice, and all goes on by itself."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.common.errors import ServiceUnavailable
from apps.common.redis import sync_redis
from apps.counseling.models import Category, CounselAssignment, CounselLog, CounselSession
from apps.counseling.routing import store
from apps.counseling.services.counselor_states import change_counselor_state
from apps.counseling.services.end_session import end_session
from apps.counseling.services.sweep_routing import sweep_routing
from apps.counseling.states import CounselorState, EndReason
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user
from tests.fast_lane import access_token
from tests.faults.counseling.centre import (
    ask,
    assert_nobody_is_forgotten,
    come_to_work,
    keep_promises,
    position_of,
    status_of,
)
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db(transaction=True)


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user_id=user.pk, role=user.role)}")
    return client


@pytest.fixture
def cards() -> Category:
    return make_category()


def test_an_emptied_redis_forgets_neither_the_line_nor_who_talks_with_whom(cards: Category) -> None:
    ann, bob = come_to_work(cards, capacity=1), come_to_work(cards, capacity=1, ready=False)
    talking, first, second = ask(cards), ask(cards), ask(cards)
    sync_redis().flushall()

    third = ask(cards)

    assert [status_of(session) for session in (talking, first, second, third)] == ["IN_PROGRESS"] + ["WAITING"] * 3
    assert [position_of(session) for session in (first, second, third)] == [1, 2, 3]
    states = {counselor.counselor_id: (counselor.state, counselor.session_ids) for counselor in store.team()}
    assert states == {ann.pk: (CounselorState.BUSY, (talking.pk,)), bob.pk: (CounselorState.ONLINE, ())}
    assert_nobody_is_forgotten()


def test_after_an_emptied_redis_the_centre_goes_on(cards: Category) -> None:
    ann = come_to_work(cards, capacity=1)
    talking, waiting = ask(cards), ask(cards)
    sync_redis().flushall()

    end_session(talking.pk, reason=EndReason.CUSTOMER)
    change_counselor_state(ann.pk, CounselorState.READY)

    assert (status_of(talking), status_of(waiting)) == ("ENDED", "IN_PROGRESS")
    assert CounselLog.objects.count() == 1
    assert CounselAssignment.objects.filter(session=waiting).count() == 1
    assert_nobody_is_forgotten()


def test_the_sweep_alone_brings_an_emptied_redis_back_and_matches_who_waits(cards: Category) -> None:
    session = ask(cards)
    counselor = come_to_work(cards, ready=False)
    store.change_state(counselor.pk, CounselorState.READY, reason="test", capacity=1, skills=[cards.pk])
    sweep_routing()
    end_session(session.pk, reason=EndReason.CUSTOMER)
    change_counselor_state(counselor.pk, CounselorState.READY)
    sync_redis().flushall()
    next_one = CounselSession.objects.get(pk=ask(cards).pk)

    sweep_routing()

    assert next_one.status == status_of(next_one) == "IN_PROGRESS"
    assert_nobody_is_forgotten()


def test_without_redis_a_request_is_kept_and_joins_the_line_when_it_is_back(
    redis_server: PrivateRedis, cards: Category
) -> None:
    early = ask(cards)
    redis_server.kill()
    customer = client_of(make_user())

    answer = customer.post("/api/sessions", {"category_id": cards.pk})
    again = customer.post("/api/sessions", {"category_id": cards.pk})

    assert (answer.status_code, answer.json()["status"]) == (201, "WAITING")
    assert again.json()["id"] == answer.json()["id"]
    redis_server.start()
    keep_promises()
    kept = CounselSession.objects.get(pk=answer.json()["id"])
    assert (position_of(early), position_of(kept)) == (1, 2)
    assert_nobody_is_forgotten()


@pytest.mark.parametrize("state", ["online", "ready", "after-call", "offline"])
def test_without_redis_a_counselor_is_told_when_to_come_back(
    redis_server: PrivateRedis, cards: Category, state: str
) -> None:
    desk = client_of(make_counselor(cards))
    redis_server.kill()

    answer = desk.patch(f"/api/counselors/{state}")

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1


def test_after_a_restart_the_counselor_becomes_ready_and_the_line_moves(
    redis_server: PrivateRedis, cards: Category
) -> None:
    counselor = come_to_work(cards, ready=False)
    session = ask(cards)
    redis_server.kill()
    with pytest.raises(ServiceUnavailable):
        change_counselor_state(counselor.pk, CounselorState.READY)
    assert status_of(session) == "WAITING"
    redis_server.start()

    change_counselor_state(counselor.pk, CounselorState.READY)

    assert status_of(session) == "IN_PROGRESS"
    assert_nobody_is_forgotten()


def test_an_end_without_redis_is_kept_and_frees_the_counselor_when_it_is_back(
    redis_server: PrivateRedis, cards: Category
) -> None:
    come_to_work(cards)
    session = ask(cards)
    redis_server.kill()

    end_session(session.pk, reason=EndReason.CUSTOMER)

    assert status_of(session) == "ENDED"
    redis_server.start()
    keep_promises()
    assert [(counselor.state, counselor.load) for counselor in store.team()] == [(CounselorState.AFTER_CALL, 0)]
    assert CounselLog.objects.count() == 1
    assert_nobody_is_forgotten()
