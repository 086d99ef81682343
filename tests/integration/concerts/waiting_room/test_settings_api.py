"""Staff see and change how a line lets people in; nobody else does."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Role, User
from apps.concerts.models import Performance, WaitingRoomChange, WaitingRoomMode
from tests.factories import make_performance, make_user
from tests.fast_lane import access_token
from tests.staff import make_staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def performance() -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)


def call(performance_id: int, *, role: Role = Role.STAFF, user: User | None = None, **changes: Any) -> Any:
    caller = user or (make_staff("catalogue") if role == Role.STAFF else make_user(role=role))
    token = access_token(user_id=caller.pk, role=role, jti="1")
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/performances/{performance_id}/waiting-room"
    if changes:
        return Client().patch(path, changes, headers=headers, content_type="application/json")
    return Client().get(path, headers=headers)


def test_staff_change_a_line_and_are_named_for_it(performance: Performance) -> None:
    staff = make_staff("catalogue")

    answer = call(performance.pk, user=staff, mode="PAUSED", rate=4)

    assert answer.status_code == 200
    assert answer.json() == {"mode": "PAUSED", "rate": 4.0, "inside_limit": 500}
    assert call(performance.pk, user=staff).json() == answer.json()
    assert WaitingRoomChange.objects.get().actor == staff


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.COUNSELOR])
def test_others_neither_see_nor_change_it(performance: Performance, role: Role) -> None:
    assert call(performance.pk, role=role).status_code == 403
    assert call(performance.pk, role=role, mode="OPEN").status_code == 403
    performance.refresh_from_db()
    assert performance.waiting_room_mode == "QUEUE"


@pytest.mark.parametrize(("group", "sees"), [("read only", 200), ("sales", 200), ("support lead", 403)])
def test_staff_of_other_groups_change_nothing_by_their_role_alone(
    performance: Performance, group: str, sees: int
) -> None:
    staff = make_staff(group)

    assert call(performance.pk, user=staff).status_code == sees
    assert call(performance.pk, user=staff, mode="OPEN").status_code == 403
    performance.refresh_from_db()
    assert performance.waiting_room_mode == "QUEUE"
    assert not WaitingRoomChange.objects.exists()


def test_a_permission_that_was_taken_away_is_gone_before_the_token_ends(performance: Performance) -> None:
    staff = make_staff("catalogue")
    assert call(performance.pk, user=staff, rate=4).status_code == 200

    staff.groups.clear()

    assert call(performance.pk, user=staff, rate=5).status_code == 403


@pytest.mark.parametrize("changes", [{"mode": "AJAR"}, {"rate": "fast"}, {"rate": 0}, {"inside_limit": 0}])
def test_a_change_that_makes_no_sense_names_the_field(performance: Performance, changes: dict[str, Any]) -> None:
    answer = call(performance.pk, **changes)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert set(answer.json()["errors"]) == set(changes)
    assert not WaitingRoomChange.objects.exists()


def test_the_line_of_no_performance_is_not_found() -> None:
    assert call(4_711).status_code == 404
    assert call(4_711, rate=1).status_code == 404
