from __future__ import annotations

from apps.rehearsal.on_sale.behaviours import Pauses
from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.figures import Figures
from apps.rehearsal.on_sale.plan import RehearsalPlan
from apps.rehearsal.on_sale.sale import FAULTS_KEPT, PromisedTicket, Sale
from apps.rehearsal.on_sale.seats import Hall, View
from apps.rehearsal.on_sale.sockets import SeatNews

PLAN = b'{"version":1,"sections":[{"rows":[["1",4]],"ids":[1,1,1,1]}]}'


def sale_of(seats: int) -> Sale:
    return Sale(performance_id=1, seats=seats, figures=Figures(), pauses=Pauses())


def tickets(order_id: str, *seat_ids: int) -> list[PromisedTicket]:
    return [PromisedTicket(order_id, 1, seat_id, f"{order_id}-{seat_id}") for seat_id in seat_ids]


def plan_of(seats: int = 1_000, people: int = 5_000, seconds: float = 60, **more: int) -> RehearsalPlan:
    return RehearsalPlan(
        seats=seats, people=people, seconds=seconds, seed=1, base_urls=("http://a",), sandbox_url="http://b", **more
    )


async def test_all_is_sold_once_every_seat_belongs_to_somebody_who_keeps_it() -> None:
    sale = sale_of(4)
    sale.add_tickets(tickets("a", 1, 2), to_cancel=True)
    sale.add_tickets(tickets("b", 3, 4), to_cancel=False)
    assert not sale.sold_out.is_set()

    sale.take_back("a")
    sale.add_tickets(tickets("c", 1, 2), to_cancel=False)

    assert sale.sold_out.is_set()
    assert sale.tickets == 4
    assert {ticket.order_id for ticket in sale.promises.live} == {"b", "c"}


async def test_no_answer_a_fault_and_being_sent_away_are_faults_to_somebody_inside() -> None:
    sale = sale_of(1)
    for status in (0, 500, 503, 429, 200, 409, 404):
        sale.note_inside("confirm", Answer(status))

    assert sale.fault_count == 4


async def test_of_endless_faults_some_are_kept_and_all_are_counted() -> None:
    sale = sale_of(1)
    for _ in range(FAULTS_KEPT + 5):
        sale.note_inside("confirm", Answer(0))

    assert (sale.fault_count, len(sale.faults)) == (FAULTS_KEPT + 5, FAULTS_KEPT)


def test_so_many_are_let_in_that_all_is_sold_in_three_quarters_of_the_time() -> None:
    plan = plan_of(seats=1_000, seconds=60)

    assert plan.admission_rate * 45 * plan.shares.tickets_per_admission >= 1_000
    assert plan_of(rate=7).admission_rate == 7
    assert plan_of(seats=1, seconds=600).admission_rate == 1


def test_those_who_ask_are_spread_over_the_crowd_and_are_no_more_than_asked_for() -> None:
    assert list(plan_of(people=10, askers=3).asker_numbers) == [0, 4, 8]
    assert list(plan_of(people=2, askers=5).asker_numbers) == [0, 1]
    assert list(plan_of(askers=0).asker_numbers) == []


def view_at(version: int) -> View:
    hall = Hall(PLAN)
    return View(hall, hall.with_walls(b"AAAA"), version)


def test_live_news_are_all_there_is_only_where_none_came_before_them() -> None:
    news, view = SeatNews(), view_at(5)
    assert not news.bring_up_to_date(view)  # not connected yet

    news.hear({"version": 7, "changed": []})
    assert not news.bring_up_to_date(view)  # 6 and 7 were not told

    view.apply([], 7)
    news.hear({"version": 8, "changed": [[1, "HELD"], [2, "SOLD"]]})
    assert news.bring_up_to_date(view)
    assert (view.version, view.free_count) == (8, 2)


def test_after_a_reset_the_whole_map_is_asked_for() -> None:
    news, view = SeatNews(), view_at(5)
    news.hear({"version": 5, "changed": []})
    news.hear({"version": 900, "changed": [], "reset": True})

    assert not news.bring_up_to_date(view)


def test_news_that_are_older_than_the_map_change_nothing() -> None:
    news, view = SeatNews(), view_at(9)
    news.hear({"version": 5, "changed": []})
    news.hear({"version": 8, "changed": [[1, "HELD"]]})

    assert news.bring_up_to_date(view)
    assert (view.version, view.free_count) == (9, 4)
