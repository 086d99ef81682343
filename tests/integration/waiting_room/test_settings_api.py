"""Staff see and change how a line lets people in; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role
from apps.concerts.models import Performance, WaitingRoomChange, WaitingRoomMode
from tests.factories import make_performance, make_user
from tests.lanes import access_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def performance() -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)


def call(performance_id: int, *, role: Role, user_id: int = 1, **changes: object) -> Any:
    token = access_token(user_id=user_id, role=role, jti="1")
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/performances/{performance_id}/waiting-room"
    if changes:
        return Client().patch(path, changes, headers=headers, content_type="application/json")
    return Client().get(path, headers=headers)


def test_staff_change_a_line_and_are_named_for_it(performance: Performance) -> None:
    staff = make_user(role=Role.STAFF)

    answer = call(performance.pk, role=Role.STAFF, user_id=staff.pk, mode="PAUSED", rate=4)

    assert answer.status_code == 200
    assert answer.json() == {"mode": "PAUSED", "rate": 4.0, "inside_limit": 500}
    assert call(performance.pk, role=Role.STAFF).json() == answer.json()
    assert WaitingRoomChange.objects.get().actor == staff


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.COUNSELOR])
def test_others_neither_see_nor_change_it(performance: Performance, role: Role) -> None:
    assert call(performance.pk, role=role).status_code == 403
    assert call(performance.pk, role=role, mode="OPEN").status_code == 403
    performance.refresh_from_db()
    assert performance.waiting_room_mode == "QUEUE"


@pytest.mark.parametrize("changes", [{"mode": "AJAR"}, {"rate": "fast"}, {"rate": 0}, {"inside_limit": 0}])
def test_a_change_that_makes_no_sense_names_the_field(performance: Performance, changes: dict[str, object]) -> None:
    answer = call(performance.pk, role=Role.STAFF, **changes)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert set(answer.json()["errors"]) == set(changes)
    assert not WaitingRoomChange.objects.exists()


def test_the_line_of_no_performance_is_not_found() -> None:
    assert call(4_711, role=Role.STAFF).status_code == 404
    assert call(4_711, role=Role.STAFF, rate=1).status_code == 404
