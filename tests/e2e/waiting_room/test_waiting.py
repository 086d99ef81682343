"""The line as people in it meet it: over HTTP, moved on by the worker each second."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from redis import Redis

from apps.accounts.models import Role
from apps.concerts.models import Performance, WaitingRoomMode
from tests.factories import make_performance, make_user
from tests.fast_lane import access_token
from tests.live import LivePlatform
from tests.plugin import Servers
from tests.staff import make_staff
from tests.waiting import LONGEST_SECONDS, wait_until

pytestmark = pytest.mark.django_db(transaction=True)


class Person:
    """A client of the waiting room that polls as it is told."""

    def __init__(self, platform: LivePlatform, performance: Performance, *, user_id: int) -> None:
        headers = {"Authorization": f"Bearer {access_token(user_id=user_id)}"}
        self.client = httpx.Client(
            base_url=f"{platform.url}/api/waiting-room/{performance.pk}", headers=headers, timeout=LONGEST_SECONDS
        )

    def join(self) -> dict[str, Any]:
        return self.client.post("/join").raise_for_status().json()

    def wait_for(self, status: str) -> dict[str, Any]:
        wait_until(lambda: self.status()["status"] == status, what=status, pause=0.2)
        return self.status()

    def status(self) -> dict[str, Any]:
        return self.client.get("/status").raise_for_status().json()


def test_people_are_let_in_by_the_worker_in_the_order_they_came(live_background: LivePlatform) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, rate=1.0)
    people = [Person(live_background, performance, user_id=make_user().pk) for _ in range(3)]
    assert [person.join()["number"] for person in people] == [1, 2, 3]

    served = [person.wait_for("ADMITTED")["now_serving"] for person in people]

    assert served == sorted(served)
    assert all(person.join()["pass_expires_at"] for person in people)


def test_a_change_in_the_database_alone_is_taken_up_by_a_tick(live_background: LivePlatform, servers: Servers) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, rate=1.0)
    person = Person(live_background, performance, user_id=make_user().pk)
    person.join()
    person.wait_for("ADMITTED")

    Performance.objects.filter(pk=performance.pk).update(waiting_room_mode=WaitingRoomMode.PAUSED)

    with servers.redis.client() as client:
        wait_for_mode(client, performance, b"PAUSED")


def test_staff_close_the_door_at_once(live_platform: LivePlatform) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE)
    person = Person(live_platform, performance, user_id=make_user().pk)
    person.join()
    staff = make_staff("catalogue")
    token = access_token(user_id=staff.pk, role=Role.STAFF, jti="1")

    answer = httpx.patch(
        f"{live_platform.url}/api/performances/{performance.pk}/waiting-room",
        json={"mode": "CLOSED"},
        headers={"Authorization": f"Bearer {token}"},
        timeout=LONGEST_SECONDS,
    )

    assert answer.json()["mode"] == "CLOSED"
    assert person.client.get("/status").json()["status"] == "CLOSED"
    assert person.client.post("/join").json()["code"] == "not_on_sale"


def wait_for_mode(client: Redis, performance: Performance, mode: bytes) -> None:
    wait_until(lambda: client.hget(f"line:{{performance:{performance.pk}}}", "mode") == mode, what=str(mode))
