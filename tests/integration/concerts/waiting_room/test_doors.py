"""Modes and rates, changed while the line runs."""

import dataclasses

import pytest

from apps.concerts.errors import NotOnSale
from apps.concerts.waiting_room import store
from tests.integration.concerts.waiting_room.line import PERFORMANCE, Line


def test_an_open_door_needs_no_number_and_no_pass(line: Line) -> None:
    line.change(mode="OPEN")

    position = line.join(1)

    assert (position.status, position.number) == ("OPEN", None)
    assert line.look(2).status == "OPEN"
    assert line.has_pass(3)


def test_nobody_has_a_pass_once_an_open_door_queues(line: Line) -> None:
    line.change(mode="OPEN")
    line.join(1)

    line.change(mode="QUEUE")

    assert not line.has_pass(1)
    assert line.join(1).status == "WAITING"


def test_a_pause_lets_nobody_in_and_saves_up_no_turns(line: Line) -> None:
    for user_id in range(1, 30):
        line.join(user_id)
    line.change(mode="PAUSED")

    assert [line.pass_time(1).offered for _ in range(10)] == [0] * 10
    paused = line.look(1)
    assert (paused.status, paused.ahead, paused.eta_seconds) == ("PAUSED", 0, None)
    assert line.join(99).status == "PAUSED"

    line.change(mode="QUEUE")
    admissions = line.play(range(1, 30), seconds=3.9)
    assert [user_id for _, user_id in admissions] == list(range(1, 9))


def test_a_turn_offered_before_a_pause_can_be_claimed_in_it(line: Line) -> None:
    line.join(1)
    line.pass_time(1)
    line.change(mode="PAUSED")

    assert line.look(1).status == "ADMITTED"


def test_a_closed_door_takes_nobody_and_who_is_inside_may_finish(line: Line) -> None:
    line.join(1)
    line.join(2)
    line.change(inside_limit=1)
    line.admit(1)

    line.change(mode="CLOSED")

    with pytest.raises(NotOnSale):
        line.join(3)
    assert line.look(3).status == "CLOSED"
    assert line.look(2).status == "CLOSED"
    assert line.look(1).status == "ADMITTED"
    assert line.join(1).status == "ADMITTED"
    assert line.has_pass(1)
    assert not line.has_pass(2)


def test_a_turn_cannot_be_claimed_through_a_closed_door(line: Line) -> None:
    line.join(1)
    line.pass_time(1)

    line.change(mode="CLOSED")

    assert line.look(1).status == "CLOSED"
    assert not line.has_pass(1)


def test_a_place_is_kept_while_the_door_is_closed(line: Line) -> None:
    line.change(rate=0.01)
    line.join(1)
    line.join(2)

    line.change(mode="CLOSED")
    line.look(2)
    line.change(mode="QUEUE")

    assert line.join(2).number == 2


def test_a_new_rate_holds_from_its_change_on_and_not_before(line: Line) -> None:
    people = range(1, 400)
    for user_id in people:
        line.join(user_id)
    slow = line.play(people, seconds=4)
    line.change(rate=20.0)
    fast = line.play(people, seconds=4)
    line.change(rate=1.0)
    slower = line.play(people, seconds=10)

    assert len(slow) == 8
    assert len(fast) == pytest.approx(80, abs=8)
    assert 9 <= len(slower) <= 11
    assert [user_id for _, user_id in slow + fast + slower] == list(range(1, len(slow + fast + slower) + 1))


def test_a_slower_rate_holds_for_those_who_were_called_at_the_faster_one(line: Line) -> None:
    line.change(rate=50.0)
    people = range(1, 301)
    for user_id in people:
        line.join(user_id)
    line.tick()
    line.change(rate=1.0)

    admissions = line.play(people, seconds=20)

    assert 19 <= len(admissions) <= 21


def test_the_tick_adopts_what_a_change_could_not_tell_redis(line: Line) -> None:
    line.join(1)
    line.settings = dataclasses.replace(line.settings, revision=2, mode="PAUSED")

    tick = line.pass_time(1)

    assert (tick.mode, tick.offered) == ("PAUSED", 0)


def test_a_tick_that_read_older_settings_does_not_undo_a_change(line: Line) -> None:
    line.join(1)
    older = line.settings
    line.change(mode="PAUSED")
    line.clock.advance(1)

    tick = store.tick(PERFORMANCE, older, most=100)

    assert (tick.mode, tick.offered) == ("PAUSED", 0)
    assert not store.change_line(PERFORMANCE, older)
    assert line.look(1).status == "PAUSED"
