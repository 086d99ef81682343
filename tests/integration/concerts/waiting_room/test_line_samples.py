"""How a line has stood: a sample every few seconds, rarer where nothing happens, never in anybody's request."""

from __future__ import annotations

import pytest
from redis import Redis

from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room import line_samples
from apps.concerts.waiting_room.keys import line_key
from apps.concerts.waiting_room.line_samples import (
    MOST_SAMPLES,
    SECONDS_BETWEEN_SAMPLES,
    LineSampler,
    flows,
    look_on,
    note,
    read_samples,
)
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
from tests.factories import make_performance
from tests.integration.concerts.waiting_room.line import PERFORMANCE, Line
from tests.lua_clock import LuaClock, put_under_clock

KEY = f"history:{{performance:{PERFORMANCE}}}"


@pytest.fixture(autouse=True)
def _sampler_under_the_clock(monkeypatch: pytest.MonkeyPatch, clock: LuaClock) -> None:
    put_under_clock(monkeypatch, line_samples)


def test_a_sample_says_who_waits_who_is_called_and_who_is_inside(line: Line) -> None:
    for user_id in range(1, 21):
        line.join(user_id)
    tick = line.tick()
    line.look(1)

    assert note(PERFORMANCE, offered=tick.offered)
    (sample,) = read_samples(PERFORMANCE)

    assert (sample.waiting, sample.called, sample.inside) == (11, 8, 1)
    assert (sample.next_number, sample.cursor, sample.offered) == (20, 9, 9)
    assert (sample.rate, sample.mode) == (2.0, "QUEUE")
    assert sample.expected_seconds == pytest.approx(
        line.look(20).eta_seconds, abs=1
    )  # who joins now comes after the last


def test_looking_on_counts_nobody_and_notes_nothing(line: Line, redis: Redis) -> None:
    line.join(1)
    before = redis.hgetall(line_key(PERFORMANCE))

    sample = look_on(PERFORMANCE)

    assert sample is not None
    assert sample.waiting == 1
    assert redis.hgetall(line_key(PERFORMANCE)) == before
    assert read_samples(PERFORMANCE) == []


def test_a_line_that_is_not_there_has_no_figures(redis: Redis) -> None:
    assert look_on(PERFORMANCE) is None
    assert not note(PERFORMANCE, offered=1)
    assert read_samples(PERFORMANCE) == []


def test_several_workers_note_one_sample_and_count_every_turn(line: Line, clock: LuaClock) -> None:
    line.join(1)
    assert [note(PERFORMANCE, offered=3), note(PERFORMANCE, offered=4)] == [True, False]

    clock.advance(SECONDS_BETWEEN_SAMPLES)
    assert note(PERFORMANCE, offered=0)

    assert [sample.offered for sample in read_samples(PERFORMANCE)] == [3, 7]


def test_a_line_in_which_nobody_waits_is_noted_once_a_minute(line: Line, clock: LuaClock) -> None:
    noted = []
    for _ in range(25):
        noted.append(note(PERFORMANCE, offered=0))
        clock.advance(SECONDS_BETWEEN_SAMPLES)

    assert [turn for turn, was_noted in enumerate(noted) if was_noted] == [0, 12, 24]


def test_somebody_who_comes_into_an_idle_line_is_seen_at_once(line: Line, clock: LuaClock) -> None:
    note(PERFORMANCE, offered=0)
    line.join(1)
    clock.advance(SECONDS_BETWEEN_SAMPLES)

    assert note(PERFORMANCE, offered=0)


def test_of_two_hours_no_more_is_kept(line: Line, clock: LuaClock, redis: Redis) -> None:
    line.join(1)
    note(PERFORMANCE, offered=0)
    redis.rpush(KEY, *[redis.lindex(KEY, 0)] * MOST_SAMPLES)  # type: ignore[list-item]
    clock.advance(SECONDS_BETWEEN_SAMPLES)
    note(PERFORMANCE, offered=0)

    assert redis.llen(KEY) == MOST_SAMPLES
    assert redis.ttl(KEY) > 0


def test_samples_older_than_two_hours_are_not_shown(line: Line, clock: LuaClock) -> None:
    note(PERFORMANCE, offered=0)
    clock.advance(7_200)
    note(PERFORMANCE, offered=0)

    assert len(read_samples(PERFORMANCE)) == 1


def test_a_faster_rate_is_seen_in_the_outflow(line: Line, clock: LuaClock) -> None:
    for user_id in range(1, 201):
        line.join(user_id)
    for rate in (2.0, 8.0):
        line.change(rate=rate)
        offered = 0
        for _ in range(int(SECONDS_BETWEEN_SAMPLES)):
            line.play(range(1, 201), seconds=1)
            offered += line.tick().offered
        note(PERFORMANCE, offered=offered)

    slow, fast = read_samples(PERFORMANCE)
    (_, flow) = flows([slow, fast])
    assert flow.outflow == pytest.approx(8.0)
    assert (slow.rate, fast.rate) == (2.0, 8.0)


def test_a_process_notes_each_line_when_it_is_due_and_forgets_no_turn(
    line: Line, clock: LuaClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.join(1)
    now = 100.0
    monkeypatch.setattr(line_samples.time, "monotonic", lambda: now)
    line_sampler = LineSampler()
    line_sampler.keep(PERFORMANCE, offered=1)
    for second in range(1, 6):
        now = 100.0 + second
        clock.advance(1)
        line_sampler.keep(PERFORMANCE, offered=2)

    assert [sample.offered for sample in read_samples(PERFORMANCE)] == [1, 11]


@pytest.mark.django_db(transaction=True)
def test_the_tick_notes_the_lines_that_it_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    performance: Performance = make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)

    tick_waiting_rooms()

    assert len(read_samples(performance.pk)) == 1
