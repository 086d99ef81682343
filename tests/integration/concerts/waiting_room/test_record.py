"""What outlives Redis: who was let in, and which numbers are spent."""

from __future__ import annotations

import asyncio

import pytest
from redis import Redis

from apps.concerts.models import Performance, WaitingRoomEvent, WaitingRoomMode, WaitingRoomMoment
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import line_key, pass_keys, record_key
from apps.concerts.waiting_room.queue_token import QueueToken
from apps.concerts.waiting_room.record import spent_cells, take_record
from apps.concerts.waiting_room.selectors import get_line_settings
from apps.concerts.waiting_room.services.open_line import open_line
from apps.concerts.waiting_room.services.save_mark import save_mark
from apps.concerts.waiting_room.services.tick_waiting_rooms import marks, tick_waiting_rooms
from apps.concerts.waiting_room.store import QueuePosition
from tests.factories import make_performance
from tests.lua_clock import LuaClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def performance(clock: LuaClock) -> Performance:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, rate=1.0, in_redis=False)
    open_line(performance.pk)
    return performance


def join(performance: Performance, user_id: int, *, token: QueueToken = store.NO_TOKEN) -> QueuePosition:
    return asyncio.run(store.join(performance.pk, user_id, token=token))


def look(performance: Performance, user_id: int) -> QueuePosition:
    return asyncio.run(store.look(performance.pk, user_id))


def let_in(performance: Performance, clock: LuaClock, *user_ids: int) -> dict[int, QueueToken]:
    """Let people join and go in, one after the other; return their tokens."""
    tokens = {}
    for user_id in user_ids:
        join(performance, user_id)
        for _ in range(5):
            clock.advance(1)
            tick_waiting_rooms()
            position = look(performance, user_id)
        assert position.status == "ADMITTED"
        tokens[user_id] = QueueToken(position.number or 0, position.at)
    tick_waiting_rooms()
    return tokens


def lose(performance: Performance, redis: Redis, clock: LuaClock) -> None:
    """Empty Redis once the mark was saved, and make the line anew."""
    tick = store.tick(performance.pk, get_line_settings(performance.pk), most=1)
    save_mark(performance.pk, next_number=tick.next_number, cursor=tick.settled)
    redis.flushall()
    clock.advance(1)
    open_line(performance.pk)


def kinds(performance: Performance) -> list[tuple[str, int]]:
    events = WaitingRoomEvent.objects.filter(performance=performance).order_by("entry")
    return list(events.values_list("kind", "account"))


def test_a_tick_takes_what_happened_to_the_database_and_out_of_redis(
    performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    let_in(performance, clock, 11)
    join(performance, 12)
    asyncio.run(store.leave(performance.pk, 12))
    asyncio.run(store.leave(performance.pk, 11))
    clock.advance(1)
    tick_waiting_rooms()
    tick_waiting_rooms()

    assert sorted(kinds(performance)) == [("A", 11), ("E", 11), ("L", 12)]
    assert redis.xlen(record_key(performance.pk)) == 0


def test_an_event_that_two_workers_take_is_stored_once(
    performance: Performance, redis: Redis, clock: LuaClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    join(performance, 12)
    asyncio.run(store.leave(performance.pk, 12))
    monkeypatch.setattr(type(redis), "xtrim", lambda *_args, **_more: 0)  # the other has read it before it is gone

    assert [take_record(performance.pk), take_record(performance.pk)] == [1, 1]

    assert kinds(performance) == [("L", 12)]


def test_the_moment_that_a_pass_ends_early_is_told_exactly(
    performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    let_in(performance, clock, 11)
    clock.advance(0.75)
    left_at = clock.now

    asyncio.run(store.leave(performance.pk, 11))
    clock.advance(10)
    tick_waiting_rooms()
    tick_waiting_rooms()

    event = WaitingRoomEvent.objects.get(performance=performance, kind="E")
    assert event.at.timestamp() == pytest.approx(left_at, abs=0.001)
    assert not redis.exists(*pass_keys(performance.pk))


def test_who_was_inside_at_a_loss_is_inside_again(performance: Performance, redis: Redis, clock: LuaClock) -> None:
    tokens = let_in(performance, clock, 11, 12)
    asyncio.run(store.leave(performance.pk, 12))
    clock.advance(1)
    tick_waiting_rooms()
    tick_waiting_rooms()

    lose(performance, redis, clock)

    assert look(performance, 11).status == "ADMITTED"
    assert not store.has_access_pass(performance.pk, 12)
    assert join(performance, 11, token=tokens[11]).status == "ADMITTED"


def test_a_spent_number_is_not_given_back_after_a_loss_and_its_owner_is_told_where_they_stand(
    performance: Performance, redis: Redis, clock: LuaClock
) -> None:
    tokens = let_in(performance, clock, 11, 12)
    for user_id in (11, 12):
        asyncio.run(store.leave(performance.pk, user_id))
    clock.advance(1)
    tick_waiting_rooms()
    tick_waiting_rooms()
    lose(performance, redis, clock)
    other = join(performance, 13)

    again = join(performance, 11, token=tokens[11])

    assert again.status == "WAITING"
    assert again.number == (other.number or 0) + 1


def test_a_number_that_was_not_spent_is_given_back(performance: Performance, redis: Redis, clock: LuaClock) -> None:
    let_in(performance, clock, 11)
    waiting = join(performance, 12)
    lose(performance, redis, clock)

    assert join(performance, 12, token=QueueToken(waiting.number or 0, waiting.at)).number == waiting.number


def test_the_cells_of_spent_numbers_are_gone_and_the_others_unknown(performance: Performance, clock: LuaClock) -> None:
    let_in(performance, clock, 11)
    for user_id in (12, 13):
        join(performance, user_id)
    asyncio.run(store.leave(performance.pk, 13))
    tick_waiting_rooms()

    assert spent_cells(performance.pk) == bytes([0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1])


def test_a_line_whose_cells_are_still_there_keeps_them(performance: Performance, redis: Redis, clock: LuaClock) -> None:
    let_in(performance, clock, 11)
    join(performance, 12)
    join(performance, 13)
    asyncio.run(store.leave(performance.pk, 13))
    cells = redis.get(f"seen:{{performance:{performance.pk}}}")
    redis.delete(line_key(performance.pk))

    open_line(performance.pk)

    assert redis.get(f"seen:{{performance:{performance.pk}}}") == cells


def test_what_the_line_promised_is_noted_while_it_moves(
    performance: Performance, clock: LuaClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "_due_at", {})
    for user_id in range(1, 31):
        join(performance, user_id)

    tick_waiting_rooms()

    moment = WaitingRoomMoment.objects.get(performance=performance)
    assert (moment.next_number, moment.rate, moment.mode) == (30, 1.0, "QUEUE")
    assert moment.expected_seconds == pytest.approx(30, abs=1.5)
