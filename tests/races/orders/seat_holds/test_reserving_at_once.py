"""Many at once for the same seats: the race with the guard cut out of the script first, then with the guard."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from apps.common.errors import DomainError
from apps.orders.seat_holds import store
from tests.lua_guards import cut_out
from tests.seat_state import SeatState

CROWD = 100
ROUNDS = 30
ANN, BOB, CAT = 1, 2, 3

FREE_CHECK = """if #taken > 0 then
  return { "TAKEN", unpack(taken) }
end
"""
LIMIT_CHECK = """if seats + #ordinals > sale.limit then
  return { "LIMIT", sale.limit, seats }
end
"""
READY_CHECK = """if read_sale(keys) then
  return { "READY" }
end
"""


@pytest.fixture
def seat_state(monkeypatch: pytest.MonkeyPatch) -> SeatState:
    return SeatState(monkeypatch)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start every call in a thread of its own in the same moment; return results and refusals in their order."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return call()
        except DomainError as refused:
            return refused.code

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def reserve_all(drafts: dict[str, int]) -> list[Any]:
    """Reserve every draft, given with its buyer, at once."""
    return at_once([lambda o=order, u=user: store.reserve(o, user_id=u) for order, user in drafts.items()])


def holders(seat_state: SeatState) -> Counter[int]:
    """How many orders hold each seat."""
    return Counter(seat for record in seat_state.records().values() if record.state == "H" for seat in record.ordinals)


def test_without_the_guard_a_crowd_holds_one_seat_together(
    seat_state: SeatState, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_out(monkeypatch, store._hold, FREE_CHECK)
    reserve_all({seat_state.draft(user_id, 0): user_id for user_id in range(1, CROWD + 1)})

    assert holders(seat_state)[0] > 1


def test_one_of_a_crowd_holds_the_seat(seat_state: SeatState) -> None:
    answers = reserve_all({seat_state.draft(user_id, 0): user_id for user_id in range(1, CROWD + 1)})

    assert Counter(answers)["seats_unavailable"] == CROWD - 1
    assert holders(seat_state) == {0: 1}


async def test_one_of_a_crowd_on_the_event_loop_holds_the_seat(seat_state: SeatState) -> None:
    drafts = {seat_state.draft(user_id, 0): user_id for user_id in range(1, CROWD + 1)}

    answers = await asyncio.gather(
        *(store.areserve(order_id, user_id=user_id) for order_id, user_id in drafts.items()), return_exceptions=True
    )

    assert sum(isinstance(answer, DomainError) for answer in answers) == CROWD - 1
    assert holders(seat_state) == {0: 1}


def test_of_three_overlapping_orders_one_gets_all_its_seats(seat_state: SeatState) -> None:
    for _ in range(ROUNDS):
        drafts = {seat_state.draft(ANN, 0, 1): ANN, seat_state.draft(BOB, 1, 2): BOB, seat_state.draft(CAT, 2, 0): CAT}

        answers = reserve_all(drafts)

        winners = [order_id for order_id, answer in zip(drafts, answers, strict=True) if answer != "seats_unavailable"]
        assert len(winners) == 1
        assert sorted(holders(seat_state)) == sorted(seat_state.records()[winners[0]].ordinals)
        for order_id in drafts:
            store.release_hold(order_id)


def test_without_the_guard_two_tabs_hold_more_than_the_limit(
    seat_state: SeatState, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_out(monkeypatch, store._hold, LIMIT_CHECK)
    reserve_all({seat_state.draft(ANN, 0, 1, 2): ANN, seat_state.draft(ANN, 3, 4, 5): ANN})

    assert sum(holders(seat_state).values()) == 6


def test_two_tabs_of_one_buyer_hold_no_more_than_the_limit(seat_state: SeatState) -> None:
    for _ in range(ROUNDS):
        drafts = {seat_state.draft(ANN, 0, 1, 2): ANN, seat_state.draft(ANN, 3, 4, 5): ANN}

        answers = reserve_all(drafts)

        assert answers.count("seat_limit_exceeded") == 1
        assert sum(holders(seat_state).values()) == 3
        for order_id in drafts:
            store.release_hold(order_id)


def test_one_order_reserved_at_once_is_one_hold(seat_state: SeatState) -> None:
    order_id = seat_state.draft(ANN, 0, 1)

    holds = at_once([lambda: store.reserve(order_id, user_id=ANN)] * 10)

    assert len({hold.version for hold in holds}) == 1
    assert [hold.already for hold in holds].count(False) == 1


def test_a_seat_released_twice_while_two_want_it_has_one_holder(seat_state: SeatState) -> None:
    for _ in range(ROUNDS):
        order_id, hold = seat_state.hold(ANN, 0)
        rivals = {seat_state.draft(BOB, 0): BOB, seat_state.draft(CAT, 0): CAT}
        release = [lambda o=order_id, v=hold.version: store.release_hold(o, version=v)] * 2
        reserve = [lambda o=order, u=user: store.reserve(o, user_id=u) for order, user in rivals.items()]

        answers = at_once(release + reserve)

        assert answers[:2].count(True) == 1
        assert holders(seat_state)[0] <= 1
        for rival in rivals:
            store.release_hold(rival)


def test_without_the_guard_a_second_rebuild_wipes_out_a_new_hold(
    seat_state: SeatState, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_out(monkeypatch, store.rebuild, READY_CHECK)
    seat_state.hold(ANN, 0)

    assert seat_state.build()
    assert holders(seat_state) == {}


def test_of_many_rebuilds_at_once_one_counts(seat_state: SeatState) -> None:
    seat_state.lose()

    assert at_once([seat_state.build] * 10).count(True) == 1
