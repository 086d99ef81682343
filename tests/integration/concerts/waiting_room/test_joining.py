"""Numbers: one per account, in order of arrival, kept until given up or used."""

from collections.abc import Callable

import pytest

from apps.concerts.errors import LineNotReady, NotInLine, NotOnSale
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import visit_keys
from tests.integration.concerts.waiting_room.line import PERFORMANCE, Line

NewLine = Callable[..., Line]


def test_people_get_numbers_in_order_of_arrival(line: Line) -> None:
    positions = [line.join(user_id) for user_id in (501, 12, 300)]

    assert [position.number for position in positions] == [1, 2, 3]
    assert [position.ahead for position in positions] == [0, 1, 2]
    assert {position.status for position in positions} == {"WAITING"}


def test_one_account_has_one_number_however_often_it_joins(line: Line) -> None:
    first = line.join(1)
    line.join(2)

    again = line.join(1)

    assert again.number == first.number
    assert (again.ahead, again.behind) == (0, 1)


def test_accounts_of_one_bucket_do_not_share_a_number(line: Line) -> None:
    assert [line.join(user_id).number for user_id in range(100, 200)] == list(range(1, 101))


def test_somebody_who_never_joined_is_told_so(line: Line) -> None:
    with pytest.raises(NotInLine):
        line.look(1)


def test_nobody_can_join_before_the_waiting_room_opens(new_line: NewLine) -> None:
    line = new_line()
    line.change(joins_from=int(line.clock.now) + 60, opens_at=int(line.clock.now) + 120)

    with pytest.raises(NotOnSale):
        line.join(1)

    line.clock.advance(60)
    assert line.join(1).number == 1


def test_who_leaves_is_out_and_goes_to_the_end_on_coming_back(line: Line) -> None:
    line.join(1)
    line.join(2)

    line.leave(1)

    with pytest.raises(NotInLine):
        line.look(1)
    assert line.join(1).number == 3
    line.pass_time(0.5)
    assert line.look(2).status == "ADMITTED"


def test_leaving_twice_or_without_having_joined_does_nothing(line: Line) -> None:
    line.join(1)

    line.leave(1)
    line.leave(1)
    line.leave(99)

    assert line.join(2).number == 2


def test_a_number_whose_pass_has_ended_is_used_up(line: Line) -> None:
    line.join(1)
    assert line.admit(1).status == "ADMITTED"

    line.release(1)

    with pytest.raises(NotInLine):
        line.look(1)
    assert line.join(1).number == 2


def test_a_line_that_is_not_there_lets_nobody_in(line: Line) -> None:
    line.join(1)
    line.admit(1)
    line.lose()

    with pytest.raises(LineNotReady):
        line.join(2)
    with pytest.raises(LineNotReady):
        line.look(1)
    with pytest.raises(LineNotReady):
        line.has_pass(1)
    with pytest.raises(LineNotReady):
        line.tick()
    assert not line.client.exists(*visit_keys(PERFORMANCE, 2))


def test_a_line_is_made_once(line: Line) -> None:
    line.join(1)

    assert not line.create(last_known=50, cursor=50, gap=10)

    assert line.join(2).number == 2


def test_a_bucket_of_numbers_stays_small_and_ends_with_the_line(line: Line) -> None:
    for user_id in range(100):
        line.join(user_id + 100)
    bucket = visit_keys(PERFORMANCE, 100)[1]

    assert line.client.object("encoding", bucket) == b"listpack"
    assert line.client.expiretime(bucket) == line.settings.keys_expire_at


def test_every_key_of_a_line_ends_some_time_after_the_sale(line: Line) -> None:
    for user_id in (1, 2, 3, 4):
        line.join(user_id)
    line.pass_time(1)
    line.look(1)
    line.tick()

    keys = [key for key in line.client.scan_iter("*") if b"performance" in key]
    assert {line.client.expiretime(key) for key in keys} == {line.settings.keys_expire_at}
    assert len(keys) >= 5


def test_passes_given_back_after_a_loss_count_again_and_end_in_time(line: Line) -> None:
    end = int(line.clock.now) + 300

    assert store.restore_passes(PERFORMANCE, {1: end, 2: end + 60}) == 2

    assert line.has_pass(1)
    line.clock.advance(301)
    assert not line.has_pass(1)
    assert line.has_pass(2)
