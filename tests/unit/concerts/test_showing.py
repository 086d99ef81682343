"""What the catalogue shows of a performance at each moment."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.pages import showing
from apps.concerts.pages.showing import (
    FIRST_COUNTS_A_PAGE,
    MOST_COUNTED,
    Countdown,
    Phase,
    SeatCounts,
    Showing,
    phase_of,
)

OPENS = datetime(2027, 3, 1, 11, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def make(**more: Any) -> Performance:
    times = {
        "sale_opens_at": OPENS,
        "sale_closes_at": OPENS + timedelta(days=9),
        "starts_at": OPENS + timedelta(days=9),
    }
    return Performance(**times | {"waiting_room_mode": WaitingRoomMode.QUEUE} | more)


@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        (OPENS - timedelta(minutes=30) - SECOND, Phase.UPCOMING),
        (OPENS - timedelta(minutes=30), Phase.LINE),
        (OPENS - SECOND, Phase.LINE),
        (OPENS, Phase.OPEN),
        (OPENS + timedelta(days=9) - SECOND, Phase.OPEN),
        (OPENS + timedelta(days=9), Phase.CLOSED),
    ],
)
def test_each_phase_begins_at_its_very_second(moment: datetime, phase: Phase) -> None:
    assert phase_of(make(), now=moment) == phase


@pytest.mark.parametrize("mode", [WaitingRoomMode.OPEN, WaitingRoomMode.CLOSED])
def test_where_nobody_can_line_up_there_is_nothing_to_enter_before_the_sale(mode: WaitingRoomMode) -> None:
    assert phase_of(make(waiting_room_mode=mode), now=OPENS - SECOND) == Phase.UPCOMING


def test_a_cancelled_performance_is_cancelled_at_any_time() -> None:
    cancelled = make(status=Performance.Status.CANCELLED)
    assert {phase_of(cancelled, now=OPENS + days * timedelta(days=5)) for days in (-1, 0, 1, 2)} == {Phase.CANCELLED}


def test_a_countdown_reads_zero_only_when_the_moment_has_come() -> None:
    last = Countdown.of(OPENS, now=OPENS - timedelta(microseconds=1))
    assert (last.days, last.hours, last.minutes, last.seconds) == (0, 0, 0, 1)
    assert Countdown.of(OPENS, now=OPENS).seconds == Countdown.of(OPENS, now=OPENS + SECOND).seconds == 0
    long = Countdown.of(OPENS, now=OPENS - timedelta(days=2, hours=3, minutes=4, seconds=5))
    assert (long.days, long.hours, long.minutes, long.seconds) == (2, 3, 4, 5)


class Counter:
    """Answers what it was told to, and counts how often it was asked."""

    def __init__(self, *answers: int | None, known: Container[int]) -> None:
        self._answers: Iterator[int | None] = iter(answers)
        self._known = known
        self.asked = 0

    def is_known(self, performance_id: int) -> bool:
        return performance_id in self._known

    def count(self, performance_id: int) -> int | None:
        self.asked += 1
        return next(self._answers)


def counting(monkeypatch: pytest.MonkeyPatch, *answers: int | None, known: Container[int] = range(99)) -> Counter:
    counter = Counter(*answers, known=known)
    monkeypatch.setattr(showing, "free_seats", lambda: counter)
    return counter


def test_a_page_asks_for_no_other_seats_once_it_could_not_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = counting(monkeypatch, 3, None)
    counts = SeatCounts()
    assert [counts.of(make(pk=number)) for number in range(4)] == [3, None, None, None]
    assert counter.asked == 2


def test_a_page_waits_for_few_that_nobody_has_counted_before(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = counting(monkeypatch, *range(9), known={7, 8})
    counts = SeatCounts()
    counted = [number for number in range(9) if counts.of(make(pk=number)) is not None]
    assert counted == [*range(FIRST_COUNTS_A_PAGE), 7, 8]
    assert counter.asked == len(counted)


def test_only_what_is_on_sale_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = counting(monkeypatch, 5)
    moments = (OPENS - SECOND, OPENS, OPENS + timedelta(days=9))
    counts = SeatCounts()
    assert [Showing.of(make(), now=now).counted(counts).seats_left for now in moments] == [None, 5, None]
    assert counter.asked == 1


@pytest.mark.parametrize(
    ("answers", "are_gone"), [((0, 0), True), ((0, 1), False), ((0, None), False), ((), False), ((0,) * 4, True)]
)
def test_a_concert_is_sold_out_when_each_of_its_dates_is(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[int | None, ...], are_gone: bool
) -> None:
    counting(monkeypatch, *answers)
    assert SeatCounts().are_gone([make(pk=number) for number, _ in enumerate(answers)]) == are_gone


def test_of_a_concert_with_many_dates_none_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    counter = counting(monkeypatch)
    assert not SeatCounts().are_gone([make(pk=number) for number in range(MOST_COUNTED + 1)])
    assert counter.asked == 0
