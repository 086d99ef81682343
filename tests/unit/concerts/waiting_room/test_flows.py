"""What a line's samples say: how many come and go a second, and how long those had waited whose turn it is."""

from __future__ import annotations

from apps.concerts.waiting_room.line_samples import LineSample, flows


def sample(at: int, *, next_number: int, cursor: int, offered: int = 0) -> LineSample:
    return LineSample(at, next_number - cursor, 0, 0, next_number, cursor, offered, 0, 2.0, "QUEUE")


def test_inflow_and_outflow_are_a_second() -> None:
    _, flow = flows([sample(0, next_number=10, cursor=0), sample(5, next_number=60, cursor=10, offered=10)])

    assert (flow.inflow, flow.outflow) == (10.0, 2.0)


def test_the_first_point_has_nothing_before_it() -> None:
    (flow,) = flows([sample(0, next_number=10, cursor=4, offered=4)])

    assert flow == (0.0, 0.0, None)


def test_who_is_called_has_waited_since_their_number_was_given_out() -> None:
    samples = [
        sample(0, next_number=0, cursor=0),
        sample(10, next_number=100, cursor=0),
        sample(60, next_number=120, cursor=50),
        sample(70, next_number=120, cursor=110),
    ]

    waits = [flow.waited_seconds for flow in flows(samples)]

    assert waits == [None, None, 55, 35]  # number 50 came at second 5, number 110 halfway between 10 and 60


def test_who_came_before_the_first_point_has_waited_nobody_knows_how_long() -> None:
    samples = [sample(0, next_number=100, cursor=10), sample(5, next_number=100, cursor=20)]

    assert flows(samples)[1].waited_seconds is None


def test_while_nobody_is_called_nobody_has_waited() -> None:
    samples = [
        sample(0, next_number=0, cursor=0),
        sample(5, next_number=50, cursor=10),
        sample(10, next_number=90, cursor=10),
    ]

    assert flows(samples)[2].waited_seconds is None


def test_a_line_made_anew_has_no_outflow_below_zero() -> None:
    samples = [sample(0, next_number=50, cursor=20, offered=20), sample(5, next_number=50, cursor=20, offered=0)]

    assert flows(samples)[1].outflow == 0


def test_without_points_there_is_nothing_to_say() -> None:
    assert flows([]) == []
