from __future__ import annotations

from dataclasses import dataclass

import pytest

from apps.rehearsal.on_sale.figures import Figures, percentiles


@dataclass
class Answered:
    status: int
    body: bytes = b""


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    assert percentiles([5, 1, 4, 2, 3], (50, 95, 100)) == [3, 5, 5]
    assert percentiles(list(range(1, 101)), (50, 95, 99)) == [50, 95, 99]
    assert percentiles([], (50, 99)) == [0.0, 0.0]


@pytest.mark.parametrize(
    ("answer", "outcome", "faults"),
    [
        (Answered(200), "200", 0),
        (Answered(409, b'{"code":"seats_unavailable"}'), "409 seats_unavailable", 0),
        (Answered(404, b"<html>"), "404", 0),
        (Answered(503, b'{"code":"service_unavailable"}'), "503 service_unavailable", 1),
        (Answered(0), "no answer", 1),
    ],
    ids=str,
)
def test_an_answer_is_counted_by_its_code_and_a_fault_as_one(answer: Answered, outcome: str, faults: int) -> None:
    figures = Figures()

    figures.count("call", answer, started=1.0, ended=1.5)

    assert figures.kinds["call"].outcomes == {outcome: 1}
    assert figures.faults == faults


def test_the_seconds_of_the_plot_are_those_from_the_opening() -> None:
    figures = Figures()
    for ended, duration in ((9.5, 0.1), (10.2, 0.2), (10.9, 0.4), (12.0, 0.8)):
        figures.count("call", Answered(200), started=ended - duration, ended=ended)

    by_second = dict(figures.kinds["call"].p95_by_second(10.0))

    assert {second: round(value) for second, value in by_second.items()} == {-1: 100, 0: 400, 2: 800}
