"""A counselor's desk is their presence: what happens when its connection is gone."""

from __future__ import annotations

import pytest
from django.db import OperationalError

from apps.common.database.threads import in_database_thread
from apps.common.errors import ServiceUnavailable
from apps.common.redis import sync_redis
from apps.counseling.destinations import presence
from apps.counseling.models import CounselAssignment, CounselorStateEvent, CounselSession
from apps.counseling.routing import store
from apps.counseling.services.sweep_routing import sweep_routing
from apps.counseling.states import CounselorState
from apps.stomp.hub import Hub
from tests.integration.counseling.centre import Centre, hear_type, user_of
from tests.lua_clock import LuaClock, put_under_clock
from tests.stomp_client import StompClient
from tests.waiting import until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("connections_end_with_the_test")]

GRACE_SECONDS = 60


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> LuaClock:
    put_under_clock(monkeypatch, store)
    return LuaClock(sync_redis())


async def sweep() -> None:
    await in_database_thread(sweep_routing)


async def state_of(counselor_id: int) -> CounselorState | None:
    team = await store.team.arun([counselor_id])
    return team[0].state if team else None


async def leave_desk(counselor: StompClient) -> None:
    """The connection is gone, and the time of grace has begun."""
    counselor.connection.lost()
    await until(lambda: not presence._desks()._tasks)


async def test_a_lost_counselors_conversation_goes_to_another_after_the_time_of_grace(clock: LuaClock) -> None:
    centre = await Centre.open()
    customer, ann, session_id = await centre.conversation()
    bob = await centre.counselor()
    await leave_desk(ann)
    clock.advance(GRACE_SECONDS - 1)
    await store.seen.arun([user_of(bob)], grace_seconds=GRACE_SECONDS)
    await sweep()
    assert await state_of(user_of(ann)) == CounselorState.READY

    clock.advance(2)
    await sweep()

    assert (await hear_type(customer, "RETURNED"))["session_id"] == session_id
    assert (await hear_type(customer, "ASSIGNED"))["counselor"]["id"] == user_of(bob)
    assert (await hear_type(bob, "ASSIGNED"))["session_id"] == session_id
    assert await state_of(user_of(ann)) is None
    parts = CounselAssignment.objects.filter(session=session_id).order_by("pk")
    assert [(part.counselor_id, part.ended_by) async for part in parts] == [
        (user_of(ann), "lost"),
        (user_of(bob), ""),
    ]
    last = await CounselorStateEvent.objects.filter(counselor=user_of(ann)).alast()
    assert last is not None
    assert (last.to_state, last.reason) == (CounselorState.OFFLINE, "lost")


async def test_a_counselor_who_comes_back_within_the_time_of_grace_keeps_the_conversation(clock: LuaClock) -> None:
    centre = await Centre.open()
    _customer, ann, session_id = await centre.conversation()
    await leave_desk(ann)
    clock.advance(GRACE_SECONDS - 1)
    again = StompClient(centre.server)
    await again.connect(user_id=user_of(ann), role="counselor")
    await again.subscribe(f"/sub/counselor/{user_of(ann)}")

    clock.advance(GRACE_SECONDS - 1)
    await sweep()

    assert (await hear_type(again, "STATE"))["load"] == 1
    assert (await hear_type(again, "ASSIGNED"))["session_id"] == session_id
    assert (await CounselSession.objects.aget(pk=session_id)).counselor_id == user_of(ann)


async def test_with_two_desks_the_loss_of_one_is_no_loss(clock: LuaClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "EVERY_SECONDS", 0)
    signs: list[list[int]] = []
    monkeypatch.setattr(presence, "sign_of_life", lambda ids: note(signs, ids))
    centre = await Centre.open()
    ann = await centre.counselor()
    second = StompClient(centre.server)
    await second.connect(user_id=user_of(ann), role="counselor")
    await second.subscribe(f"/sub/counselor/{user_of(ann)}")
    second.connection.lost()
    signs.clear()

    await until(lambda: [user_of(ann)] in signs)


async def note(signs: list[list[int]], counselor_ids: list[int]) -> None:
    signs.append(counselor_ids)


async def test_a_desk_that_could_not_be_subscribed_is_nobodys_presence(monkeypatch: pytest.MonkeyPatch) -> None:
    centre = await Centre.open()
    ann = await centre.counselor()

    async def refuse(*_: object) -> None:
        raise ServiceUnavailable

    second = StompClient(centre.server)
    await second.connect(user_id=user_of(ann), role="counselor")
    with monkeypatch.context() as without:
        without.setattr(Hub, "join", refuse)
        assert (await second.subscribe(f"/sub/counselor/{user_of(ann)}")).command == "ERROR"
    ann.connection.lost()

    assert user_of(ann) not in presence._desks()._desks


async def test_signs_of_life_go_on_after_the_database_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "EVERY_SECONDS", 0)
    rounds: list[list[int]] = []

    async def fail_at_first(counselor_ids: list[int]) -> None:
        rounds.append(counselor_ids)
        if len(rounds) == 2:
            raise OperationalError(2002, "the database is away")

    monkeypatch.setattr(presence, "sign_of_life", fail_at_first)
    centre = await Centre.open()
    await centre.counselor()

    await until(lambda: len(rounds) > 3)
