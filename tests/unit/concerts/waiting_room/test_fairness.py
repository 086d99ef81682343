"""The figures that a line is audited by."""

import random
from itertools import combinations

import pytest

from apps.concerts.waiting_room.fairness import (
    errors_of_promises,
    kendall_tau,
    middle,
    seconds_until_used,
    worst_window,
)


def test_tau_is_one_for_the_same_order_and_minus_one_for_the_opposite() -> None:
    assert kendall_tau([1.0, 2.0, 3.0, 4.0]) == 1.0
    assert kendall_tau([4.0, 3.0, 2.0, 1.0]) == -1.0
    assert kendall_tau([1.0]) == kendall_tau([]) == 1.0


def test_tau_is_that_of_its_definition() -> None:
    values = random.Random(1).sample(range(1000), 57)
    pairs = list(combinations(values, 2))
    agreeing = sum(first < second for first, second in pairs)

    assert kendall_tau(values) == pytest.approx((2 * agreeing - len(pairs)) / len(pairs))


def test_the_fullest_window_is_found_wherever_it_begins() -> None:
    times = [0.0, 5.0, 5.5, 5.9, 6.0, 11.0]

    assert worst_window(times, 1) == 3, "a window is open at its end"
    assert worst_window(times, 1.1) == 4
    assert worst_window([], 1) == 0


def test_a_promise_is_measured_by_the_wait_that_came_true() -> None:
    errors = errors_of_promises([(100, 100), (90, 100), (150, 100), (1, 2)], least_seconds=10)

    assert errors == [0.0, 0.1, 0.5]
    assert middle(errors) == 0.1
    assert middle([]) is None


def test_a_freed_slot_counts_only_where_all_were_taken() -> None:
    waits = seconds_until_used([0.0, 1.0, 12.0, 21.5], [10.0, 20.0], limit=2)

    assert waits == [2.0, 1.5]
    assert seconds_until_used([0.0, 1.0, 12.0], [10.0], limit=5) == []
