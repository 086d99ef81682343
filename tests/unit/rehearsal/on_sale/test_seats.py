from __future__ import annotations

import random
import zlib

import msgspec
import pytest

from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.seats import Hall, SeenByAll, View

# Two sections: rows of 3 and 2 seats, and one of 4.
PLAN = {
    "version": 5,
    "sections": [
        {"rows": [["1", 3], ["2", 2]], "ids": [101, 1, 1, 1, 1]},
        {"rows": [["1", 4]], "ids": [201, 1, 1, 1]},
    ],
}
ROWS = [{101, 102, 103}, {104, 105}, {201, 202, 203, 204}]


def answer_with(body: object, *, tag: bytes = b'W/"1"', gzip: bool = False) -> Answer:
    answer = Answer(200)
    answer.body = msgspec.json.encode(body)
    if gzip:
        answer.body = zlib.compress(answer.body, wbits=16 + zlib.MAX_WBITS)
        answer.is_gzip = True
    answer.etag = tag
    return answer


def view_of(letters: str) -> View:
    hall = Hall(msgspec.json.encode(PLAN))
    return View(hall, hall.with_walls(letters.encode()), version=1)


def choices(view: View, party: int, *, from_front: bool = False) -> set[tuple[int, ...]]:
    draw = random.Random(3)
    return {tuple(view.choose(party, draw, from_front=from_front)) for _ in range(400)}


def test_the_ids_of_the_plan_are_sums_of_its_differences() -> None:
    hall = Hall(msgspec.json.encode(PLAN))

    assert set(hall.places) == set().union(*ROWS)
    assert hall.seat_count == 9


@pytest.mark.parametrize("from_front", [False, True])
def test_neighbours_are_of_one_row(from_front: bool) -> None:
    for chosen in choices(view_of("AAAAAAAAA"), 2, from_front=from_front):
        first, second = chosen
        assert second == first + 1
        assert any({first, second} <= row for row in ROWS)


def test_every_free_pair_is_chosen_by_somebody() -> None:
    assert choices(view_of("AAAAAAAAA"), 2) == {
        (101, 102), (102, 103), (104, 105), (201, 202), (202, 203), (203, 204),
    }  # fmt: skip


def test_only_free_seats_are_chosen() -> None:
    assert choices(view_of("AHASBAMAA"), 2) == {(203, 204)}


def test_a_party_that_finds_no_room_takes_fewer_seats() -> None:
    assert choices(view_of("HAHHHHHHH"), 4) == {(102,)}


def test_where_nothing_is_free_nothing_is_chosen() -> None:
    assert choices(view_of("SSSSSHHHH"), 2) == {()}


def test_what_has_changed_is_seen_and_what_was_lost_is_remembered() -> None:
    view = view_of("SSSSSSSSS")

    view.apply([(101, "AVAILABLE"), (102, "AVAILABLE"), (999, "AVAILABLE")], 8)
    assert view.version == 8
    assert choices(view, 2) == {(101, 102)}

    view.lose([101])
    assert choices(view, 2) == {(102,)}


def test_one_persons_view_is_not_another_ones() -> None:
    seen = SeenByAll()
    seen.read_plan(answer_with(PLAN))
    statuses = {"version": 3, "layout_version": 5, "statuses": "AAAAAAAAA"}
    mine = seen.read_statuses(answer_with(statuses))
    mine.lose([101, 102, 103, 104, 105])

    theirs = seen.read_statuses(answer_with(statuses))

    assert (mine.free_count, theirs.free_count) == (4, 9)


def test_what_many_fetch_is_read_once_for_each_tag() -> None:
    seen = SeenByAll()
    hall = seen.read_plan(answer_with(PLAN, tag=b"a", gzip=True))
    unreadable = answer_with("not a plan", tag=b"a")

    assert seen.read_plan(unreadable) is hall
    with pytest.raises(ValueError, match="Expected"):
        seen.read_plan(answer_with("not a plan", tag=b"b"))


def test_statuses_before_the_plan_cannot_be_read() -> None:
    with pytest.raises(ValueError, match="without a plan"):
        SeenByAll().read_statuses(answer_with({}))
