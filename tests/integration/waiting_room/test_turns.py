"""Turns: by the rate and by the people inside, to those who are there, in order."""

from collections.abc import Callable

import pytest

from tests.integration.waiting_room.line import Line

NewLine = Callable[..., Line]


def join_all(line: Line, count: int) -> list[int]:
    user_ids = list(range(1, count + 1))
    for user_id in user_ids:
        line.join(user_id)
    return user_ids


def admitted(line: Line, user_ids: list[int]) -> list[int]:
    return [user_id for user_id in user_ids if line.look(user_id).status == "ADMITTED"]


def let_the_first_of_three_miss_a_turn(line: Line) -> None:
    """Give the only slot to the second, since the first does not claim it."""
    join_all(line, 3)
    for _ in range(62):
        line.pass_time(1)
        line.look(2)
        line.look(3)
    assert line.look(2).status == "ADMITTED"


def test_two_a_second_are_let_in_in_order(line: Line) -> None:
    user_ids = join_all(line, 10)

    assert line.pass_time(1).offered == 2
    assert admitted(line, user_ids) == [1, 2]
    assert line.pass_time(2).offered == 4
    assert admitted(line, user_ids) == [1, 2, 3, 4, 5, 6]


def test_ticks_run_twice_or_at_once_admit_nobody_more(line: Line) -> None:
    join_all(line, 10)
    line.clock.advance(1)

    assert [line.tick().offered for _ in range(5)] == [2, 0, 0, 0, 0]


def test_ticks_between_the_seconds_lose_no_fraction_of_a_turn(line: Line) -> None:
    join_all(line, 100)

    offered = sum(line.pass_time(0.3).offered for _ in range(30))

    assert offered == 18


def test_a_late_tick_catches_up_but_not_on_more_than_a_few_seconds(line: Line) -> None:
    join_all(line, 100)

    assert line.pass_time(4).offered == 8
    assert line.pass_time(9).offered == 10


def test_a_quiet_minute_does_not_let_the_next_crowd_in_at_once(line: Line) -> None:
    for _ in range(60):
        line.pass_time(1)

    join_all(line, 100)

    assert line.tick().offered <= 2
    assert line.pass_time(1).offered == 2


def test_a_clock_that_goes_back_gives_no_turns(new_line: NewLine) -> None:
    line = new_line(opens_at=0)
    join_all(line, 10)
    line.pass_time(1)

    assert line.pass_time(-100).offered == 0
    assert line.pass_time(1).offered == 2


def test_no_more_are_inside_than_the_limit_says(new_line: NewLine) -> None:
    line = new_line(inside_limit=3)
    user_ids = join_all(line, 10)

    assert line.pass_time(1).offered == 2
    assert line.pass_time(1).offered == 1
    assert line.pass_time(1).offered == 0
    assert admitted(line, user_ids) == [1, 2, 3]
    assert line.pass_time(5).offered == 0
    assert line.inside() == 3


def test_a_slot_that_is_given_back_goes_to_the_next_at_once(new_line: NewLine) -> None:
    line = new_line(inside_limit=2)
    user_ids = join_all(line, 5)
    line.pass_time(1)
    assert admitted(line, user_ids) == [1, 2]
    line.pass_time(1)

    assert line.release(1)
    assert line.tick().offered == 1
    line.leave(2)
    assert line.tick().offered == 1

    assert admitted(line, [3, 4, 5]) == [3, 4]
    assert not line.has_pass(1)
    assert not line.has_pass(2)


def test_a_pass_ends_and_its_slot_is_free(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    join_all(line, 2)
    line.admit(1)
    assert line.has_pass(1)

    for _ in range(60):
        line.pass_time(10)
        line.look(2)

    assert not line.has_pass(1)
    assert line.look(2).status == "ADMITTED"


def test_a_turn_that_nobody_claims_lapses_and_its_slot_goes_on(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    join_all(line, 2)
    assert line.pass_time(1).offered == 1

    for _ in range(59):
        assert line.pass_time(1).offered == 0
        line.look(2)
    assert line.pass_time(1).offered == 1

    assert line.look(2).status == "ADMITTED"


def test_who_missed_a_turn_is_next_on_coming_back(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    let_the_first_of_three_miss_a_turn(line)

    back = line.look(1)

    assert (back.status, back.number, back.ahead) == ("WAITING", 1, 0)
    assert line.look(3).ahead == 1
    line.release(2)
    line.pass_time(1)
    assert line.look(1).status == "ADMITTED"
    assert line.look(3).status == "WAITING"


def test_an_offer_that_lapsed_before_any_tick_is_no_pass(line: Line) -> None:
    line.join(1)
    line.pass_time(1)
    line.clock.advance(60)

    assert line.look(1).status == "WAITING"
    assert not line.has_pass(1)

    line.pass_time(1)
    assert line.look(1).status == "ADMITTED"


def test_the_absent_are_passed_over_without_taking_a_turn(line: Line) -> None:
    join_all(line, 100)
    for _ in range(8):
        line.clock.advance(8)
        line.change()
        line.look(50)
        line.look(100)

    assert line.pass_time(1).cursor == 100
    assert admitted(line, [50, 100]) == [50, 100]


def test_the_absent_who_come_back_go_first_in_their_old_order(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    join_all(line, 6)
    for _ in range(5):
        line.clock.advance(8)
        line.change()
        line.look(5)
        line.look(6)
    line.tick()
    assert line.look(5).status == "ADMITTED"
    line.look(4)
    line.look(2)

    order = []
    for _ in range(4):
        line.release(5 if not order else order[-1])
        line.pass_time(1)
        order += admitted(line, [user_id for user_id in (2, 4, 6) if user_id not in order])

    assert order == [2, 4, 6]


def test_who_comes_back_and_leaves_is_not_called_again(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    let_the_first_of_three_miss_a_turn(line)
    line.look(1)
    line.leave(1)

    assert line.look(3).ahead == 0
    line.release(2)
    line.pass_time(1)
    assert line.look(3).status == "ADMITTED"


def test_who_comes_back_and_goes_again_takes_no_turn(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    let_the_first_of_three_miss_a_turn(line)
    line.look(1)
    for _ in range(20):
        line.pass_time(1)
        line.look(3)

    line.release(2)
    line.tick()

    assert line.look(3).status == "ADMITTED"
    assert line.look(1).status == "WAITING"


def test_a_long_stretch_of_absent_people_is_passed_over_in_bounded_steps(line: Line) -> None:
    join_all(line, 100)
    for _ in range(8):
        line.clock.advance(8)
        line.change()
        line.look(100)

    first = line.tick(most=30)
    assert (first.offered, first.cursor, first.has_more) == (0, 30, True)
    steps = 0
    while line.tick(most=30).has_more:
        steps += 1
    assert steps <= 3
    assert line.look(100).status == "ADMITTED"


def test_without_a_free_slot_nobody_is_passed_over(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    join_all(line, 3)
    line.admit(1)

    for _ in range(10):
        line.pass_time(9)

    assert line.tick().cursor == 1
    assert line.look(2).ahead == 0


def test_nobody_is_let_in_before_the_sale_opens_and_no_turns_are_saved_up(line: Line) -> None:
    line.change(opens_at=int(line.clock.now) + 100)
    user_ids = join_all(line, 50)

    for _ in range(20):
        assert line.pass_time(5).offered == 0
        for user_id in user_ids:
            line.look(user_id)

    assert line.pass_time(1).offered == 2


def test_nobody_is_let_in_after_the_sale_closes(line: Line) -> None:
    line.change(closes_at=int(line.clock.now) + 3)
    user_ids = join_all(line, 10)
    assert line.pass_time(1).offered == 2
    assert admitted(line, user_ids) == [1, 2]

    assert line.pass_time(2).offered == 0

    assert line.look(3).status == "CLOSED"
    assert line.has_pass(1)


@pytest.mark.parametrize("rate", [0.01, 0.5, 7.3, 200.0])
def test_over_a_minute_the_rate_is_kept_to_the_turn(new_line: NewLine, rate: float) -> None:
    line = new_line(rate=rate, inside_limit=1_000_000)
    total = int(rate * 60) + 10
    join_all(line, total)
    for user_id in range(1, total + 1):
        line.look(user_id)

    offered = 0
    for _ in range(60):
        offered += line.pass_time(1).offered
        for user_id in range(offered + 1, total + 1, max(1, total // 50)):
            line.look(user_id)
    passed_over = line.tick().cursor - offered

    assert offered <= rate * 60
    assert offered + passed_over >= int(rate * 60) - 1
