"""A rehearsal's own settings of the line: enough people are let in, in time, and there is room for them."""

from __future__ import annotations

from typing import Any

import pytest

from apps.rehearsal.on_sale.plan import RehearsalPlan


def plan_of(**more: Any) -> RehearsalPlan:
    sizes: dict[str, Any] = {"seats": 10_000, "people": 50_000, "seconds": 60.0}
    return RehearsalPlan(seed=1, base_urls=("http://a",), sandbox_url="http://b", **sizes | more)


@pytest.mark.parametrize("real_waiting", [False, True])
def test_there_is_room_for_all_who_are_let_in_while_one_visit_lasts(real_waiting: bool) -> None:
    plan = plan_of(real_waiting=real_waiting)

    assert plan.most_inside >= plan.admission_rate * plan.visit_seconds


def test_enough_people_are_let_in_to_buy_all_seats_before_the_time_is_over() -> None:
    plan = plan_of()

    buyers = plan.admission_rate * (plan.seconds - plan.visit_seconds)

    assert buyers * plan.shares.tickets_per_admission > plan.seats


def test_what_is_asked_for_counts() -> None:
    plan = plan_of(rate=12.5, inside=7)

    assert (plan.admission_rate, plan.most_inside) == (12.5, 7)
