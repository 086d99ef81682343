"""What those who wait are told: how many are ahead, for how long, and when to ask again."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import line_key
from tests.integration.concerts.waiting_room.line import PERFORMANCE, Line

NewLine = Callable[..., Line]


def far_back(line: Line, people: int) -> None:
    """Let so many numbers have been given out, to owners that are not seen again."""
    line.client.hset(line_key(PERFORMANCE), "next", people)


def test_the_first_estimate_goes_by_the_rate(line: Line) -> None:
    far_back(line, 999)

    position = line.join(1)

    assert (position.ahead, position.eta_seconds, position.poll_seconds) == (999, 500, 60)


@pytest.mark.parametrize(("people", "poll_seconds"), [(0, 2), (11, 4), (59, 20), (149, 50), (39_999, 60)])
def test_the_poll_interval_grows_with_the_wait_within_bounds(line: Line, people: int, poll_seconds: float) -> None:
    far_back(line, people)

    assert line.join(1).poll_seconds == poll_seconds


def test_before_the_sale_the_wait_counts_from_its_opening(line: Line) -> None:
    line.change(opens_at=int(line.clock.now) + 1000)

    position = line.join(1)

    assert 1000 <= (position.eta_seconds or 0) <= 1001
    assert position.poll_seconds == 60


def test_who_polls_as_told_counts_as_present_at_the_next_tick(line: Line) -> None:
    line.change(rate=0.01)
    far_back(line, 5)
    position = line.join(1)
    line.change(rate=100.0)

    line.clock.advance(1.15 * position.poll_seconds + 39)  # late, but not lost
    line.change()

    assert line.tick().offered == 1


def test_a_full_house_makes_the_estimate_longer_little_by_little(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    for user_id in range(1, 101):
        line.join(user_id)
    line.admit(1)
    before = line.look(100).eta_seconds or 0

    estimates = []
    for _ in range(30):
        line.pass_time(1)
        estimates.append(line.look(100).eta_seconds or 0)

    assert estimates == sorted(estimates)
    assert all(later <= 1.03 * earlier + 1 for earlier, later in pairwise([before, *estimates]))


def test_the_estimate_falls_steadily_while_the_line_moves(new_line: NewLine) -> None:
    line = new_line(inside_limit=10_000)
    for user_id in range(1, 301):
        line.join(user_id)

    estimates = []
    for _ in range(100):
        line.pass_time(1)
        for user_id in range(1, 301):
            line.look(user_id)
        estimates.append(line.look(300).eta_seconds or 0)

    assert all(later <= earlier + 1 for earlier, later in pairwise(estimates))


def test_a_stretch_of_people_who_left_does_not_promise_the_rest_too_much(line: Line) -> None:
    far_back(line, 5_000)
    line.join(1)
    far_back(line, 15_000)
    last = line.join(2)

    tick = line.pass_time(1)

    assert tick.cursor == 5_000
    line.pass_time(1)
    eta = line.look(2).eta_seconds or 0
    assert eta >= 0.5 * (10_000 / line.settings.rate)
    assert eta <= (last.eta_seconds or 0)


def test_a_change_of_the_rate_shows_in_the_estimate_at_once(line: Line) -> None:
    far_back(line, 999)
    line.join(1)

    line.change(rate=20.0)

    assert line.look(1).eta_seconds == 50


def test_after_the_line_was_empty_the_next_to_come_can_expect_the_full_rate(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    line.join(1)
    line.join(2)
    line.admit(1)
    for _ in range(120):
        line.pass_time(1)
        line.look(2)
    line.release(1)
    line.admit(2)
    line.change(inside_limit=500)
    for _ in range(300):
        line.pass_time(1)

    far_back(line, 99)
    assert line.join(3).eta_seconds == pytest.approx(50, abs=3)


def test_everybody_learns_what_is_being_served(line: Line) -> None:
    for user_id in range(1, 21):
        line.join(user_id)
    line.tick()

    position = line.look(20)

    assert (position.now_serving, position.rate, position.mode) == (9, 2.0, "QUEUE")
    assert store.has_line(PERFORMANCE)


@pytest.mark.parametrize("rate", [2.0, 20.0])
def test_who_stays_goes_in_when_it_was_promised(new_line: NewLine, rate: float) -> None:
    line = new_line(rate=rate, inside_limit=10_000)
    people = range(1, int(40 * rate))
    promised = {user_id: line.join(user_id).eta_seconds or 0 for user_id in people}
    start = line.clock.now

    waited = {user_id: at - start for at, user_id in line.play(people, seconds=45)}

    assert all(abs(promised[user_id] - waited[user_id]) <= 0.05 * promised[user_id] + 1.5 for user_id in people)


def test_a_line_that_stands_keeps_those_at_its_head_near(new_line: NewLine) -> None:
    """It may move on in any moment, and a turn is kept for some seconds only."""
    line = new_line(inside_limit=1)
    for user_id in range(1, 11):
        line.join(user_id)
    line.admit(1)
    for _ in range(300):
        line.pass_time(1)
        for user_id in (2, 3, 4):
            line.look(user_id)

    assert line.look(4).poll_seconds <= 3


def test_an_outage_says_nothing_about_how_fast_the_line_moves(line: Line) -> None:
    for user_id in range(1, 101):
        line.join(user_id)
    line.tick()
    before = line.look(100).eta_seconds or 0

    line.pass_time(600)

    assert line.look(100).eta_seconds == pytest.approx(before, rel=0.1)
