"""How the attacks are counted: pauses between two looks, what was said, and which rows are well."""

from __future__ import annotations

import pytest

from bench.attacks.honest import Window
from bench.attacks.pauses import Look, Pause
from bench.attacks.report import Row, cells_of
from bench.attacks.target import word_of


def page(counts: dict[str, int], longest: float) -> str:
    buckets = [
        f'ticketlive_event_loop_pause_seconds_bucket{{le="{bound}"}} {number}' for bound, number in counts.items()
    ]
    return "\n".join(["other 1", *buckets, f"ticketlive_event_loop_longest_pause_seconds {longest}", ""])


def test_a_pause_that_is_the_longest_of_all_is_known_as_it_was() -> None:
    before, after = Look.at(page({"0.01": 5, "+Inf": 5}, 0.004)), Look.at(page({"0.01": 5, "+Inf": 6}, 0.5))

    assert before.longest_until(after) == Pause(0.5, is_bound=False)
    assert str(before.longest_until(after)) == "500"


def test_another_is_known_by_its_bucket() -> None:
    before = Look.at(page({"0.01": 5, "0.05": 6, "+Inf": 7}, 3.0))
    after = Look.at(page({"0.01": 9, "0.05": 11, "+Inf": 12}, 3.0))

    assert before.longest_until(after) == Pause(0.05, is_bound=True)
    assert str(before.longest_until(after)) == "≤ 50"


@pytest.mark.parametrize(
    ("frame", "word"),
    [
        (b"RECEIPT\nreceipt-id:1\n\n", "RECEIPT"),
        (b'MESSAGE\ncode:x\n\n{"title":"Not found","status":404,"code":"not_found"}', "404 not_found"),
        (b'\nERROR\n\n{"code":"too_many_requests","status":429}', "429 too_many_requests"),
    ],
)
def test_a_frame_is_counted_by_its_refusal_or_its_command(frame: bytes, word: str) -> None:
    assert word_of(frame) == word


def test_a_row_is_well_where_nobody_honest_was_refused_and_nobody_was_told_of_a_fault() -> None:
    window = Window()
    window.times["Django"] += [0.001, 0.002, 0.003]
    well = Row.of("x", seconds=1, answers={"429": 7, "200": 9}, pause=Pause(0.1, is_bound=True), window=window)
    assert well.is_well
    assert cells_of(well)[1:5] == ["9 x 200, 7 x 429", "≤ 100", "0.0 / 0", "2.0 / 3"]

    assert not Row.of("x", seconds=1, answers={"500": 1}, pause=Pause(0, is_bound=True), window=window).is_well
    window.faults["Django: 503"] += 1
    assert not Row.of("x", seconds=1, answers={}, pause=Pause(0, is_bound=True), window=window).is_well
