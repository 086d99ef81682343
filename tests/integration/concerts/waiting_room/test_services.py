"""Lines as the platform runs them: made when asked for, ticked by one task, marked in the database."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries
from redis import Redis

from apps.common.errors import NotFound, ValidationFailed
from apps.common.health import LAST_TICK_KEY
from apps.concerts.errors import AccessPassRequired, LineNotReady, NotOnSale
from apps.concerts.models import Performance, WaitingRoomChange, WaitingRoomMark, WaitingRoomMode
from apps.concerts.tasks import tick_waiting_rooms as tick_task
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import line_key
from apps.concerts.waiting_room.permission import require_access_pass
from apps.concerts.waiting_room.selectors import get_line_settings
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.concerts.waiting_room.services.open_line import NUMBERS_LEFT_FREE, open_line
from apps.concerts.waiting_room.services.save_mark import save_mark
from apps.concerts.waiting_room.services.tick_waiting_rooms import Marks, tick_waiting_rooms
from apps.concerts.waiting_room.store import Tick
from tests.factories import make_performance, make_user
from tests.lua_clock import LuaClock
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def performance() -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)


def field(redis: Redis, performance: Performance, name: str) -> str:
    value = redis.hget(line_key(performance.pk), name)
    assert value is not None
    return bytes(value).decode()


def test_a_line_is_made_for_the_first_time_from_number_one(performance: Performance, redis: Redis) -> None:
    open_line(performance.pk)

    assert field(redis, performance, "next") == "0"
    assert field(redis, performance, "gap_to") == "0"
    assert WaitingRoomMark.objects.filter(performance=performance).exists()


def test_a_lost_line_goes_on_behind_all_numbers_that_may_have_been_given_out(
    performance: Performance, redis: Redis
) -> None:
    open_line(performance.pk)
    save_mark(performance.pk, next_number=120, cursor=40)
    redis.flushall()

    open_line(performance.pk)

    assert field(redis, performance, "next") == str(120 + NUMBERS_LEFT_FREE)
    assert field(redis, performance, "cursor") == "40"


def test_a_line_lost_twice_in_a_row_gives_no_number_to_a_second_person(performance: Performance, redis: Redis) -> None:
    open_line(performance.pk)
    redis.flushall()
    open_line(performance.pk)
    number = asyncio.run(store.join(performance.pk, 1)).number

    redis.flushall()
    open_line(performance.pk)

    assert asyncio.run(store.join(performance.pk, 2)).number == number + NUMBERS_LEFT_FREE


def test_a_line_of_no_performance_is_not_found() -> None:
    with pytest.raises(NotFound):
        open_line(4_711)


def test_a_line_long_over_is_not_made_anew(redis: Redis) -> None:
    performance = make_performance(
        opens_in=timedelta(days=-60), closes_in=timedelta(days=-40), starts_in=timedelta(days=-39), in_redis=False
    )

    with pytest.raises(NotOnSale):
        open_line(performance.pk)
    assert not redis.exists(line_key(performance.pk))


def test_the_door_of_a_cancelled_performance_is_closed(performance: Performance, redis: Redis) -> None:
    open_line(performance.pk)
    Performance.objects.filter(pk=performance.pk).update(status=Performance.Status.CANCELLED)

    tick_waiting_rooms()

    assert field(redis, performance, "mode") == "CLOSED"


def test_one_tick_moves_every_line_with_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _ in range(3):
        make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)
    tick_waiting_rooms()

    with django_assert_num_queries(1):
        tick_waiting_rooms()


def test_a_line_that_was_lost_is_there_again_after_a_tick(performance: Performance, redis: Redis) -> None:
    tick_waiting_rooms()
    redis.flushall()

    tick_waiting_rooms()

    assert store.has_line(performance.pk)


def test_sales_long_over_or_far_ahead_are_left_alone() -> None:
    over = make_performance(opens_in=timedelta(days=-9), closes_in=timedelta(days=-2), in_redis=False)
    ahead = make_performance(opens_in=timedelta(days=9), in_redis=False)

    tick_waiting_rooms()

    assert not store.has_line(over.pk)
    assert not store.has_line(ahead.pk)


def test_those_who_watch_hear_how_far_the_line_has_come(performance: Performance, redis: Redis) -> None:
    with redis.pubsub() as listener:
        listener.subscribe(f"topic:waiting-room/{performance.pk}")
        assert listener.get_message(timeout=LONGEST_SECONDS)["type"] == "subscribe"

        tick_waiting_rooms()

        message = listener.get_message(timeout=LONGEST_SECONDS)
    assert json.loads(message["data"]) == {"now_serving": 0, "rate": 2.0, "mode": "QUEUE", "seats_left": None}


async def test_who_waits_is_told_how_many_seats_are_left(clock: LuaClock) -> None:
    performance = await sync_to_async(make_performance)(mode=WaitingRoomMode.QUEUE, rate=1.0)
    await sync_to_async(open_line)(performance.pk)
    assert (await store.join(performance.pk, 1)).seats_left is None

    clock.advance(0.1)
    await sync_to_async(tick_waiting_rooms)()
    assert (await store.look(performance.pk, 1)).seats_left == 80

    clock.advance(11)
    assert (await store.look(performance.pk, 1)).seats_left is None, "a count that nobody renews is not told for long"


def test_those_who_watch_hear_how_many_seats_are_left(clock: LuaClock, redis: Redis) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, rate=1.0)
    open_line(performance.pk)
    asyncio.run(store.join(performance.pk, 1))
    with redis.pubsub() as listener:
        listener.subscribe(f"topic:waiting-room/{performance.pk}")
        assert listener.get_message(timeout=LONGEST_SECONDS)["type"] == "subscribe"

        tick_waiting_rooms()

        message = listener.get_message(timeout=LONGEST_SECONDS)
    assert json.loads(message["data"])["seats_left"] == 80


def test_seats_are_not_counted_where_nobody_waits(clock: LuaClock, redis: Redis) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE)

    tick_waiting_rooms()

    assert not redis.hexists(line_key(performance.pk), "seats_left")


def test_a_lost_line_gets_no_count(performance: Performance, redis: Redis) -> None:
    with pytest.raises(LineNotReady):
        store.note_seats_left(performance.pk, 80)
    assert not redis.exists(line_key(performance.pk))


def test_seats_that_cannot_be_counted_do_not_stop_the_line(clock: LuaClock, performance: Performance) -> None:
    open_line(performance.pk)
    asyncio.run(store.join(performance.pk, 1))
    clock.advance(1)

    assert tick_waiting_rooms() == 1


def test_the_task_notes_that_it_ran(performance: Performance, redis: Redis) -> None:
    before = redis.time()[0]

    tick_task()

    assert before <= int(redis.get(LAST_TICK_KEY)) <= redis.time()[0]


def test_a_mark_is_raised_and_never_lowered(performance: Performance) -> None:
    open_line(performance.pk)
    for next_number, cursor in ((10, 5), (8, 7), (3, 2)):
        save_mark(performance.pk, next_number=next_number, cursor=cursor)

    mark = WaitingRoomMark.objects.get(performance=performance)
    assert (mark.next_number, mark.cursor) == (10, 7)


def test_a_mark_is_saved_when_the_line_has_moved_and_not_at_every_tick(
    performance: Performance, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    open_line(performance.pk)
    marks = Marks()
    tick = Tick(offered=0, cursor=1, next_number=5, rate=2.0, mode="QUEUE", has_more=False)

    line = get_line_settings(performance.pk)

    with django_assert_num_queries(2):  # the mark, and what the line promised then
        marks.keep(performance.pk, tick, line)
        marks.keep(performance.pk, tick, line)
        marks.keep(performance.pk, tick._replace(next_number=6), line)

    assert WaitingRoomMark.objects.get(performance=performance).next_number == 5


def test_a_change_is_in_force_at_once_and_says_who_made_it(performance: Performance, redis: Redis) -> None:
    open_line(performance.pk)
    staff = make_user()

    change_waiting_room(performance.pk, actor=staff, mode="PAUSED", rate=5.0)

    assert (field(redis, performance, "mode"), field(redis, performance, "rate")) == ("PAUSED", "5")
    change = WaitingRoomChange.objects.get()
    assert (change.actor, change.changes) == (staff, {"mode": ["QUEUE", "PAUSED"], "rate": [2.0, 5.0]})
    performance.refresh_from_db()
    assert performance.waiting_room_mode == "PAUSED"


def test_a_change_to_what_is_already_so_is_no_change(performance: Performance) -> None:
    change_waiting_room(performance.pk, actor=None, mode="QUEUE", rate=2.0, inside_limit=500)

    assert not WaitingRoomChange.objects.exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [("mode", "AJAR"), ("rate", 0), ("rate", -1), ("rate", float("nan")), ("rate", 1e9), ("inside_limit", 0)],
)
def test_settings_that_make_no_sense_are_refused_and_change_nothing(
    performance: Performance, name: str, value: object
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        change_waiting_room(performance.pk, actor=None, **{name: value})

    assert list(refused.value.extras["errors"]) == [name]
    performance.refresh_from_db()
    assert (performance.waiting_room_mode, performance.waiting_room_rate) == ("QUEUE", 2.0)
    assert not WaitingRoomChange.objects.exists()


def test_a_booking_without_a_pass_is_refused_until_the_door_is_open(performance: Performance) -> None:
    with pytest.raises(AccessPassRequired):
        require_access_pass(performance.pk, 1)

    change_waiting_room(performance.pk, actor=None, mode="OPEN")

    require_access_pass(performance.pk, 1)


def test_the_operators_command_changes_a_line_and_tells_what_it_is(
    performance: Performance, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("waiting_room", str(performance.pk), "--mode", "PAUSED", "--rate", "3.5")

    assert capsys.readouterr().out == f"{performance.pk}: PAUSED, 3.5 a second, 500 inside at once\n"
    assert WaitingRoomChange.objects.get().actor is None


def test_the_operators_command_names_what_is_wrong(performance: Performance) -> None:
    with pytest.raises(CommandError, match="rate: Between"):
        call_command("waiting_room", str(performance.pk), "--rate", "0")
    with pytest.raises(CommandError, match="no performance 999999"):
        call_command("waiting_room", "999999")
