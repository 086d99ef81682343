"""Turns: at moments that the rate allows, for as many as the slots inside, to those who are there, in order."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from apps.concerts.waiting_room.fairness import worst_window
from tests.integration.concerts.waiting_room.line import Line

NewLine = Callable[..., Line]


def join_all(line: Line, count: int) -> list[int]:
    user_ids = list(range(1, count + 1))
    for user_id in user_ids:
        line.join(user_id)
    return user_ids


def admitted(line: Line, user_ids: list[int]) -> list[int]:
    return [user_id for user_id in user_ids if line.look(user_id).status == "ADMITTED"]


def users(admissions: list[tuple[float, int]]) -> list[int]:
    return [user_id for _, user_id in admissions]


def times(admissions: list[tuple[float, int]]) -> list[float]:
    return [at for at, _ in admissions]


def make_absent(line: Line, present: list[int]) -> None:
    """Let all but a few be away for so long that they count as absent, without a tick."""
    for _ in range(12):
        line.clock.advance(8)
        line.change()
        for user_id in present:
            line.look(user_id)


def test_two_a_second_are_let_in_in_order(line: Line) -> None:
    people = join_all(line, 10)

    admissions = line.play(people, seconds=4.9)

    assert users(admissions) == people
    assert all(later - earlier == pytest.approx(0.5, abs=0.06) for earlier, later in pairwise(times(admissions)))


def test_who_is_called_is_told_the_moment_of_the_turn_and_that_nobody_is_ahead(line: Line) -> None:
    join_all(line, 9)
    line.tick()

    positions = {user_id: line.look(user_id) for user_id in (4, 9)}

    assert positions[4].poll_seconds == pytest.approx(1.5, abs=0.01)
    assert (positions[4].status, positions[4].ahead, positions[4].eta_seconds) == ("WAITING", 0, 2)
    assert positions[9].now_serving == 9
    line.clock.advance(positions[4].poll_seconds)
    assert admitted(line, [1]) == [1]


def test_nobody_goes_in_before_their_moment(line: Line) -> None:
    join_all(line, 4)
    line.tick()

    assert admitted(line, [4, 3, 2]) == []
    assert admitted(line, [1]) == [1]


def test_who_finds_the_door_taken_goes_in_when_it_is_free_however_often_they_ask(line: Line) -> None:
    join_all(line, 2)
    line.tick()
    line.clock.advance(0.55)
    assert admitted(line, [1]) == [1]

    booked = [line.look(2) for _ in range(3)]

    assert {position.status for position in booked} == {"WAITING"}
    assert [position.poll_seconds for position in booked] == pytest.approx([0.5] * 3, abs=0.01)
    assert not line.has_pass(2), "a pass that has not begun lets nobody book"
    assert line.inside() == 2, "its slot is taken"
    line.clock.advance(0.501)
    assert admitted(line, [2]) == [2]
    assert line.has_pass(2)


def test_a_moment_that_was_claimed_comes_without_its_owner(line: Line) -> None:
    join_all(line, 2)
    line.tick()
    line.clock.advance(0.55)
    admitted(line, [1, 2])

    line.pass_time(1)

    assert line.has_pass(2)


def test_ticks_run_twice_or_at_once_call_nobody_more(line: Line) -> None:
    join_all(line, 40)
    line.clock.advance(1)

    assert [line.tick().offered for _ in range(5)] == [9, 0, 0, 0, 0]


def test_hundreds_who_hold_back_their_claims_go_in_no_faster_than_the_rate(new_line: NewLine) -> None:
    line = new_line(rate=20.0)
    people = join_all(line, 300)
    hoarders, honest = people[:100], people[100:]

    first = line.play(honest, seconds=9)
    together = line.play(people, seconds=40)

    in_order = sorted(times(first + together))
    for seconds in (1, 5, 10, 30):
        assert worst_window(in_order, seconds) <= 20 * seconds + 1
    assert set(users(together)) > set(hoarders[:50]), "they are let in, in the end"


def test_those_who_hold_back_do_not_make_the_honest_wait(new_line: NewLine) -> None:
    line = new_line(rate=10.0)
    people = join_all(line, 220)
    honest = people[60:]
    promised = {user_id: line.look(user_id).eta_seconds or 0 for user_id in honest}
    start = line.clock.now

    admissions = line.play(honest, seconds=8)
    admissions += line.play(people, seconds=25)

    waited = {user_id: at - start for at, user_id in admissions if user_id in promised}
    assert len(waited) == len(honest)
    assert all(waited[user_id] <= 1.12 * promised[user_id] + 1 for user_id in waited)
    assert [user_id for user_id in users(admissions) if user_id in promised] == honest


def test_after_an_outage_nothing_is_caught_up_on(line: Line) -> None:
    people = join_all(line, 60)
    line.play(people, seconds=3)

    line.clock.advance(120)
    admissions = line.play(people, seconds=20)

    assert len(admissions) > 20
    assert worst_window(times(admissions), 5) <= 11


def test_a_quiet_minute_does_not_let_the_next_crowd_in_at_once(line: Line) -> None:
    for _ in range(60):
        line.pass_time(1)

    admissions = line.play(join_all(line, 100), seconds=10)

    assert worst_window(times(admissions), 1) <= 3
    assert len(admissions) == pytest.approx(20, abs=1)


def test_a_clock_that_goes_back_gives_no_turns(new_line: NewLine) -> None:
    line = new_line(opens_at=0)
    people = join_all(line, 10)
    line.tick()
    assert admitted(line, people) == [1]

    line.pass_time(-100)

    assert admitted(line, people) == [1]


def test_no_more_are_inside_than_the_limit_says(new_line: NewLine) -> None:
    line = new_line(inside_limit=3)
    people = join_all(line, 10)

    assert users(line.play(people, seconds=20)) == [1, 2, 3]
    assert line.inside() == 3


def test_a_slot_that_is_given_back_is_used_within_the_second_by_the_next_in_order(new_line: NewLine) -> None:
    line = new_line(inside_limit=2)
    people = join_all(line, 5)
    assert users(line.play(people, seconds=10)) == [1, 2]

    freed_at = line.clock.now
    assert line.release(1)
    admissions = line.play([3, 4, 5], seconds=3)
    line.leave(2)
    admissions += line.play([4, 5], seconds=3)

    assert users(admissions) == [3, 4]
    assert admissions[0][0] - freed_at <= 1
    assert not line.has_pass(1)
    assert not line.has_pass(2)


def test_slots_go_to_those_who_were_called_first_though_others_ask_first(new_line: NewLine) -> None:
    line = new_line(inside_limit=3, rate=10.0)
    join_all(line, 4)
    assert line.tick().cursor == 4
    line.clock.advance(0.5)

    assert admitted(line, [4]) == []

    assert users(line.play([1, 2, 3, 4], seconds=3)) == [1, 2, 3]


def test_a_pass_ends_and_its_slot_is_free(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    join_all(line, 2)
    line.admit(1)
    assert line.has_pass(1)

    line.play([2], seconds=605, step=0.25)

    assert not line.has_pass(1)
    assert line.look(2).status == "ADMITTED"


def test_a_turn_that_nobody_claims_lapses_within_seconds_and_its_slot_goes_on(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    join_all(line, 2)

    admissions = line.play([2], seconds=10)

    assert users(admissions) == [2]
    assert admissions[0][0] - line.clock.now <= 0


def miss_the_turn(line: Line, people: list[int], *, missing: int) -> None:
    """Let all but one go on until that one's turn has lapsed."""
    line.play([user_id for user_id in people if user_id != missing], seconds=9)


def test_who_missed_a_turn_may_come_back_for_a_while_with_the_same_number(line: Line) -> None:
    people = join_all(line, 100)
    miss_the_turn(line, people, missing=1)

    back = line.look(1)

    assert (back.status, back.number, back.ahead) == ("WAITING", 1, 0)
    assert users(line.play([1, *people[30:]], seconds=9))[0:9].count(1) == 1


def test_returners_take_one_turn_in_ten_from_those_who_never_missed_one(new_line: NewLine) -> None:
    line = new_line(rate=10.0)
    people = join_all(line, 400)
    missed, honest = people[:40], people[40:]
    line.play(honest, seconds=25)

    admissions = users(line.play([*missed, *honest], seconds=15))

    last = max(index for index, user_id in enumerate(admissions) if user_id in honest)
    returned = [user_id for user_id in admissions[:last] if user_id in missed]
    assert 10 <= len(returned) <= len(admissions[:last]) / 9
    assert returned == sorted(returned)


def test_returners_have_all_turns_where_nobody_else_waits(new_line: NewLine) -> None:
    line = new_line(rate=10.0)
    people = join_all(line, 40)
    line.play(people[30:], seconds=20)

    assert len(line.play(people[:30], seconds=9)) == 30


def test_who_comes_back_too_late_stands_at_the_end_with_a_new_number(line: Line) -> None:
    people = join_all(line, 4)
    miss_the_turn(line, people, missing=1)
    line.clock.advance(line.settings.return_seconds + 10)
    line.join(99)
    line.change()

    late = line.look(1)

    assert (late.status, late.number) == ("WAITING", 6)
    assert line.look(1).number == 6
    assert line.join(1).number == 6, "one number for one account"
    assert ("M", 1, 1) in [record[:3] for record in line.records()]


def test_an_outage_is_nobodys_lateness(line: Line) -> None:
    people = join_all(line, 4)
    miss_the_turn(line, people, missing=1)

    line.clock.advance(3600)
    line.tick()

    assert line.look(1).number == 1


def test_a_turn_that_lapsed_before_any_tick_is_no_pass(line: Line) -> None:
    join_all(line, 30)
    line.play([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13], seconds=5)
    line.clock.advance(2)

    assert line.look(1).status in {"WAITING", "ADMITTED"}
    assert line.look(1).number == 1


def test_the_absent_are_passed_over_without_taking_a_turn(line: Line) -> None:
    join_all(line, 100)
    make_absent(line, [50, 100])

    assert line.tick().cursor == 100
    assert admitted(line, [50]) == [50]


def test_without_a_free_slot_nobody_is_passed_over(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    join_all(line, 30)
    line.admit(1)

    for _ in range(10):
        line.pass_time(9)

    assert line.tick().cursor <= 3
    assert line.look(4).ahead <= 2


def test_the_absent_who_come_back_go_in_their_old_order(new_line: NewLine) -> None:
    line = new_line(inside_limit=1)
    join_all(line, 6)
    make_absent(line, [5, 6])
    line.admit(5)
    line.look(4)
    line.look(2)

    order = [5]
    for _ in range(2):
        line.release(order[-1])
        order += users(line.play([user_id for user_id in (2, 4) if user_id not in order], seconds=8))

    assert order == [5, 2, 4]


def test_who_comes_back_and_leaves_is_not_called_again(line: Line) -> None:
    people = join_all(line, 100)
    miss_the_turn(line, people, missing=1)
    line.look(1)

    line.leave(1)

    assert 1 not in users(line.play(people[30:], seconds=9))


def test_a_long_stretch_of_absent_people_is_passed_over_in_bounded_steps(line: Line) -> None:
    join_all(line, 100)
    make_absent(line, [100])

    first = line.tick(most=30)
    assert (first.offered, first.cursor, first.has_more) == (0, 30, True)
    steps = 0
    while line.tick(most=30).has_more:
        steps += 1
    assert steps <= 3
    assert line.look(100).status == "ADMITTED"


def test_nobody_is_let_in_before_the_sale_opens_and_the_first_in_that_second(line: Line) -> None:
    line.change(opens_at=int(line.clock.now) + 20)
    opens_at = line.settings.opens_at
    people = join_all(line, 20)

    admissions = line.play(people, seconds=24)

    assert opens_at <= admissions[0][0] <= opens_at + 0.1
    assert users(admissions) == people[: len(admissions)]
    assert worst_window(times(admissions), 1) <= 3


def test_an_opening_that_is_put_off_lets_nobody_in_who_was_called(line: Line) -> None:
    line.change(opens_at=int(line.clock.now) + 3)
    people = join_all(line, 4)
    line.tick()

    line.change(opens_at=int(line.clock.now) + 60)

    assert line.play(people, seconds=30) == []


def test_nobody_is_let_in_after_the_sale_closes(line: Line) -> None:
    line.change(closes_at=int(line.clock.now) + 3)
    people = join_all(line, 20)
    assert users(line.play(people[:3], seconds=2)) == [1, 2, 3]
    line.clock.advance(2)

    line.tick()

    assert line.look(4).status == "CLOSED"
    assert line.has_pass(1)


@pytest.mark.parametrize("rate", [0.5, 7.3, 50.0])
def test_over_half_a_minute_the_rate_is_kept_and_used(new_line: NewLine, rate: float) -> None:
    line = new_line(rate=rate, inside_limit=1_000_000)
    people = join_all(line, int(rate * 30) + 20)

    admissions = line.play(people, seconds=30)

    assert rate * 30 - max(2, 0.03 * rate * 30) <= len(admissions) <= rate * 30 + 1
    moments = [at for kind, _, _, at in line.records() if kind == "A"]
    assert all(later - earlier >= 1 / rate - 1e-4 for earlier, later in pairwise(moments))
