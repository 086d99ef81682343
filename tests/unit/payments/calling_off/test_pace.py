"""How many refunds go out at once: fewer and later where the provider is in trouble, more again where it is not."""

from __future__ import annotations

import pytest

from apps.payments.calling_off.pace import (
    GOOD_ONES_FOR_ONE_MORE,
    LONGEST_PAUSE_SECONDS,
    WORTH_WAITING_SECONDS,
    Pace,
)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def fail(pace: Pace, clock: Clock) -> None:
    """Wait for the end of a pause that may be too long for a thread to wait for, and meet trouble again."""
    clock.pass_by(pace.pause_seconds)
    assert pace.enter()
    pace.leave(went_well=False)


def test_it_begins_with_as_many_as_may_be(clock: Clock) -> None:
    pace = Pace(3, clock=clock)

    assert [pace.enter() for _ in range(3)] == [True] * 3
    assert (pace.limit, pace.pause_seconds) == (3, 0)


def test_trouble_halves_them_after_a_pause(clock: Clock) -> None:
    pace = Pace(8, clock=clock)

    fail(pace, clock)

    assert (pace.limit, pace.pause_seconds) == (4, 1)


def test_what_fails_together_counts_once(clock: Clock) -> None:
    pace = Pace(8, clock=clock)
    for _ in range(8):
        pace.enter()

    for _ in range(8):
        pace.leave(went_well=False)

    assert (pace.limit, pace.pause_seconds) == (4, 1)


def test_each_further_trouble_doubles_the_pause_up_to_a_bound(clock: Clock) -> None:
    pace = Pace(8, clock=clock)
    pauses = []
    for _ in range(9):
        fail(pace, clock)
        pauses.append(pace.pause_seconds)

    assert pauses[:4] == [1, 2, 4, 8]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert pace.limit == 1


def test_for_a_long_pause_nobody_waits(clock: Clock) -> None:
    pace = Pace(8, clock=clock)
    while pace.pause_seconds <= WORTH_WAITING_SECONDS:
        fail(pace, clock)

    assert not pace.enter()


def test_what_goes_well_ends_the_pauses_and_brings_one_more_at_a_time(clock: Clock) -> None:
    pace = Pace(8, clock=clock)
    fail(pace, clock)
    clock.pass_by(1)

    for _ in range(GOOD_ONES_FOR_ONE_MORE):
        assert pace.enter()
        pace.leave(went_well=True)

    assert (pace.limit, pace.pause_seconds) == (5, 0)


def test_an_answer_from_before_the_trouble_ends_no_pause(clock: Clock) -> None:
    pace = Pace(8, clock=clock)
    pace.enter()
    fail(pace, clock)

    pace.leave(went_well=True)

    assert pace.pause_seconds == 1


def test_nothing_to_do_tells_nothing_of_the_provider(clock: Clock) -> None:
    pace = Pace(8, clock=clock)
    fail(pace, clock)
    clock.pass_by(1)
    pace.enter()

    pace.leave(went_well=None)

    assert pace.pause_seconds == 1


def test_a_run_after_a_pause_begins_with_one(clock: Clock) -> None:
    assert Pace(8, pause_seconds=16, clock=clock).limit == 1


def test_once_closed_it_lets_nobody_go(clock: Clock) -> None:
    pace = Pace(8, clock=clock)

    pace.close()

    assert not pace.enter()
