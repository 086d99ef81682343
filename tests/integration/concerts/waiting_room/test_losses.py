"""Redis emptied or stopped: nobody loses a place, and nobody takes somebody else's."""

import pytest

from apps.concerts.waiting_room.queue_token import QueueToken
from tests.integration.concerts.waiting_room.line import Line

GAP = 1000


def test_after_a_loss_a_place_gives_its_number_back(line: Line) -> None:
    positions = [line.join(user_id) for user_id in (1, 2, 3)]
    lose_and_make_anew(line, last_known=3)

    restored = line.join(3, token=token_of(positions[2]))

    assert restored.number == 3
    assert line.look(3).number == 3


def test_a_newcomer_after_a_loss_stands_behind_all_who_had_a_place(line: Line) -> None:
    positions = {user_id: line.join(user_id) for user_id in (1, 2, 3)}
    lose_and_make_anew(line, last_known=3)

    newcomer = line.join(99)

    assert newcomer.number == 3 + GAP + 1
    assert newcomer.ahead == 3
    for user_id in (3, 1, 2):
        line.join(user_id, token=token_of(positions[user_id]))
    assert [line.look(user_id).ahead for user_id in (1, 2, 3, 99)] == [0, 1, 2, 3]


def test_numbers_given_out_after_the_last_mark_are_not_given_out_again(line: Line) -> None:
    positions = {user_id: line.join(user_id) for user_id in range(1, 21)}
    lose_and_make_anew(line, last_known=10)

    newcomers = [line.join(user_id).number for user_id in (101, 102)]
    restored = [line.join(user_id, token=token_of(positions[user_id])).number for user_id in range(1, 21)]

    assert restored == list(range(1, 21))
    assert not set(newcomers) & set(restored)
    assert [line.look(user_id).ahead for user_id in (1, 15, 20, 101, 102)] == [0, 14, 19, 20, 21]


def test_the_first_back_after_a_loss_waits_a_moment_for_those_before(line: Line) -> None:
    positions = {user_id: line.join(user_id) for user_id in (1, 2, 3)}
    lose_and_make_anew(line, last_known=3)

    line.join(3, token=token_of(positions[3]))
    assert line.pass_time(1).offered == 0
    line.join(2, token=token_of(positions[2]))
    line.join(1, token=token_of(positions[1]))

    assert [user_id for _, user_id in line.play([3, 2, 1], seconds=5)] == [1, 2, 3]


def test_those_who_do_not_come_back_hold_up_the_line_for_seconds_only(line: Line) -> None:
    positions = {user_id: line.join(user_id) for user_id in range(1, 50)}
    lose_and_make_anew(line, last_known=49)
    line.join(49, token=token_of(positions[49]))

    waited = 0
    while line.look(49).status == "WAITING":
        waited += 1
        assert waited <= 30
        line.pass_time(1)


def test_a_whole_crowd_that_does_not_come_back_holds_up_newcomers_for_a_minute(line: Line) -> None:
    lose_and_make_anew(line, last_known=50_000)
    line.join(1)

    for _ in range(59):
        assert line.pass_time(1).offered == 0
        line.look(1)
    line.pass_time(1)
    while line.tick().has_more:
        pass

    assert line.look(1).status == "ADMITTED"


def test_who_comes_back_late_with_a_place_is_a_returner(line: Line) -> None:
    positions = {user_id: line.join(user_id) for user_id in (1, 2, 3)}
    lose_and_make_anew(line, last_known=3)
    for _ in range(30):
        line.join(3, token=token_of(positions[3]))
        line.pass_time(1)
    line.change(rate=0.01)

    late = line.join(1, token=token_of(positions[1]))

    assert (late.number, late.ahead) == (1, 0)


def test_a_place_counts_once_in_a_life_of_the_line(line: Line) -> None:
    position = line.join(1)
    lose_and_make_anew(line, last_known=1)
    line.join(1, token=token_of(position))
    line.leave(1)

    again = line.join(1, token=token_of(position))

    assert again.number == 1 + GAP + 1


def test_a_used_up_place_does_not_let_in_twice(line: Line) -> None:
    position = line.join(1)
    lose_and_make_anew(line, last_known=1)
    line.join(1, token=token_of(position))
    line.admit(1)
    line.release(1)

    assert line.join(1, token=token_of(position)).number == 1 + GAP + 1


def test_while_the_line_is_whole_a_place_changes_nothing(line: Line) -> None:
    line.join(1)

    assert line.join(2, token=QueueToken(1, int(line.clock.now))).number == 2
    assert line.join(1, token=QueueToken(2, int(line.clock.now))).number == 1


def test_a_place_signed_hours_before_the_loss_is_no_longer_one(line: Line) -> None:
    position = line.join(1)
    line.clock.advance(7 * 3600)
    lose_and_make_anew(line, last_known=1)

    assert line.join(1, token=token_of(position)).number == 1 + GAP + 1


def test_who_was_inside_at_the_loss_comes_back_first(line: Line) -> None:
    positions = {user_id: line.join(user_id) for user_id in (1, 2, 3, 4)}
    line.pass_time(1)
    inside = line.look(1)
    assert inside.status == "ADMITTED"
    lose_and_make_anew(line, last_known=4, cursor=2)
    for user_id in (3, 4):
        line.join(user_id, token=token_of(positions[user_id]))

    back = line.join(1, token=token_of(inside))

    assert (back.status, back.number, back.ahead) == ("WAITING", 1, 0)
    line.pass_time(1)
    assert line.look(1).status == "ADMITTED"


def test_who_was_inside_at_the_loss_has_the_same_number_even_when_the_pass_would_have_ended_since(line: Line) -> None:
    """Redis forgot the pass, so nothing says that it used the number up; the number goes to its owner alone."""
    line.join(1)
    inside = line.admit(1)
    assert inside.status == "ADMITTED"
    lose_and_make_anew(line, last_known=1)
    line.pass_time(2000)

    back = line.join(1, token=token_of(inside))
    newcomer = line.join(2)

    assert (back.status, back.number) == ("WAITING", 1)
    assert newcomer.number == 1 + GAP + 1


def test_after_a_loss_the_first_is_let_in_no_sooner_than_after_one_who_went_in_at_the_loss(line: Line) -> None:
    line.change(rate=0.5)
    position = line.join(1)
    lose_and_make_anew(line, last_known=1)
    made_at = line.clock.now
    line.join(1, token=token_of(position))

    ((let_in_at, _),) = line.play([1], seconds=5)

    assert let_in_at >= made_at + 2


def test_nobody_is_passed_over_for_having_been_unheard_while_redis_was_away(line: Line) -> None:
    for user_id in (1, 2, 3):
        line.join(user_id)

    line.clock.advance(300)

    assert line.tick().cursor == 0
    line.look(3)
    assert line.pass_time(1).offered == 0
    line.look(1)
    line.look(2)
    assert line.pass_time(1).offered == 3


def test_a_returner_who_could_not_be_heard_is_called_all_the_same(line: Line) -> None:
    line.change(inside_limit=1)
    for user_id in (1, 2, 3):
        line.join(user_id)
    line.play([2, 3], seconds=15)
    line.look(1)

    line.clock.advance(3600)
    line.tick()
    assert line.look(1).number == 1

    line.change(inside_limit=5)
    assert sorted(user_id for _, user_id in line.play([1, 3], seconds=10)) == [1, 3]


@pytest.mark.parametrize("seconds", [16, 40])
def test_who_does_not_come_back_after_an_outage_is_passed_over_in_the_end(line: Line, seconds: int) -> None:
    for user_id in (1, 2, 3):
        line.join(user_id)
    line.clock.advance(300)
    line.tick()

    for _ in range(seconds):
        line.look(3)
        line.pass_time(1)

    assert line.look(3).status == "ADMITTED"
    assert line.look(1).status == "WAITING"


def lose_and_make_anew(line: Line, *, last_known: int, cursor: int = 0) -> None:
    """Empty Redis and make the line from what a mark would have told."""
    line.clock.advance(1)
    line.lose()
    assert line.create(last_known=last_known, cursor=cursor, gap=GAP)


def token_of(position: object) -> QueueToken:
    return QueueToken(position.number, position.at)  # type: ignore[attr-defined]
