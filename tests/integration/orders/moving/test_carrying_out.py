"""A show that is moved takes all that was sold and held with it, seat by seat, and sells nothing meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

from apps.common.clock import database_now
from apps.concerts.errors import BeingMoved, NotOnSale
from apps.concerts.models import BlockedSeat, Performance, PerformanceMove, SectionGrade
from apps.concerts.seat_map.layout import get_layout
from apps.concerts.services.block_seats import block_seats, unblock_seats
from apps.concerts.waiting_room.selectors import get_line_settings
from apps.orders.models import Order, OrderLine, Ticket
from apps.orders.order_rows import LineRow
from apps.orders.seat_holds import store
from apps.orders.services.moving import carry_out_move as carrying_out
from apps.orders.services.moving.carry_out_move import carry_out_move
from apps.orders.services.place_order import OrderRequest, place_orders
from apps.orders.services.rebuild_seat_state import take_snapshot
from tests.factories import make_user, seat_ids
from tests.moving import LATER, move_show, not_carried_out, place_of, twin_of
from tests.paid_orders import PaidOrders, status_of_order

DONE, REFUSED = PerformanceMove.Status.DONE, PerformanceMove.Status.REFUSED


def seats_named(performance: Performance) -> dict[str, list[int]]:
    """The seats that a performance's rows name."""
    return {
        "lines": list(OrderLine.objects.filter(order__performance=performance).values_list("seat_id", flat=True)),
        "tickets": list(Ticket.objects.filter(performance=performance).values_list("seat_id", flat=True)),
        "blocked": list(BlockedSeat.objects.filter(performance=performance).values_list("seat_id", flat=True)),
    }


def test_every_row_names_the_same_seat_of_the_new_hall(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    paid_orders.sell(0, 1)
    paid_orders.cancel(paid_orders.sell(2))
    paid_orders.reserve(3)
    paid_orders.place(4)
    block_seats(show, [paid_orders.seats[5]], actor_id=make_user().pk)
    before = {kind: [place_of(seat) for seat in seats] for kind, seats in seats_named(show).items()}
    hall = twin_of(show)

    move = move_show(show, venue_id=hall.pk, starts_at=show.starts_at)

    assert move.status == DONE
    after = seats_named(show)
    assert {kind: [place_of(seat) for seat in seats] for kind, seats in after.items()} == before
    named = {seat for seats in after.values() for seat in seats}
    assert named <= set(hall.seats.values_list("pk", flat=True))
    graded = SectionGrade.objects.filter(performance=show).values_list("section__venue", "section__code", "grade__name")
    assert sorted(graded) == [(hall.pk, "A", "VIP"), (hall.pk, "B", "R")]
    live = Ticket.objects.filter(performance=show, live=True).values_list("seat_id", flat=True)
    assert len(set(live)) == len(live) == 2


def test_what_redis_knows_is_what_the_database_says_of_the_new_hall(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    sold, held = paid_orders.sell(0), paid_orders.reserve(1)
    move_show(show, venue_id=twin_of(show).pk)

    snapshot = take_snapshot(show.pk)
    assert [(seat.order_id, seat.ordinal) for seat in snapshot.sold] == [(sold.pk, 0)]
    assert [(order.order_id, list(order.ordinals)) for order in snapshot.orders] == [(held.pk, [1])]
    paid_orders.seats = seat_ids(Performance.objects.get(pk=show.pk), 40)
    assert [paid_orders.seat_status(seat) for seat in (0, 1, 2)] == ["SOLD", "HELD", "AVAILABLE"]


def test_a_date_is_moved_with_the_end_of_the_sale_and_the_hall_stays(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    order = paid_orders.sell(0)
    before = Performance.objects.get(pk=show.pk).catalogue_version

    move_show(show)

    moved = Performance.objects.get(pk=show.pk)
    assert (moved.starts_at, moved.sale_closes_at) == (show.starts_at + LATER, show.sale_closes_at + LATER)
    assert (moved.venue_id, moved.moving_since) == (show.venue_id, None)
    assert moved.catalogue_version == before + 1
    assert status_of_order(order) == "PAID"


def test_what_was_held_before_is_paid_after_and_gets_the_new_halls_seat(paid_orders: PaidOrders) -> None:
    show, order = paid_orders.performance, paid_orders.reserve(0)
    hall = twin_of(show)

    move_show(show, venue_id=hall.pk)

    assert paid_orders.confirm(order, paid_orders.agree(order)).status_code == 200
    ticket = Ticket.objects.get(order=order, live=True)
    assert (ticket.seat.venue_id, ticket.seat_id) == (hall.pk, OrderLine.objects.get(order=order).seat_id)


def test_moved_there_and_back_it_is_where_it_was(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    paid_orders.sell(0, 1)
    before = seats_named(show)

    move_show(show, venue_id=twin_of(show).pk)
    move_show(show, venue_id=show.venue_id, starts_at=show.starts_at)

    assert seats_named(show) == before
    assert Performance.objects.get(pk=show.pk).starts_at == show.starts_at


# While it is under way


@pytest.fixture
def moving(paid_orders: PaidOrders) -> Any:
    """A show of which one order is held, in the middle of a move to another hall."""
    held = paid_orders.reserve(0)
    with not_carried_out():
        move = move_show(paid_orders.performance, venue_id=twin_of(paid_orders.performance).pk)
    return move, held


def test_no_seat_is_held_and_nobody_is_let_in_and_what_is_held_stays(moving: Any, paid_orders: PaidOrders) -> None:
    placed = paid_orders.place(1)

    with pytest.raises(NotOnSale):
        store.reserve(placed.pk, user_id=placed.user_id)

    assert paid_orders.seat_status(0) == "HELD"
    assert get_line_settings(paid_orders.performance.pk).mode == "PAUSED"


def test_no_order_is_placed(moving: Any, paid_orders: PaidOrders) -> None:
    (answer,) = in_transaction_of_its_own(request_for(paid_orders.performance, paid_orders.seats[1]))
    assert isinstance(answer, BeingMoved)


def test_no_payment_begins(moving: Any, paid_orders: PaidOrders) -> None:
    _move, held = moving
    answer = paid_orders.confirm(held, paid_orders.agree(held))

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer["Retry-After"]
    assert status_of_order(held) == "RESERVED"


def test_no_payment_begins_on_the_fast_lane(paid_orders_fast_lane: PaidOrders) -> None:
    sale = paid_orders_fast_lane
    held = sale.reserve(0)
    with not_carried_out():
        move_show(sale.performance)

    answer = sale.confirm(held, sale.agree(held))

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["Retry-After"]
    assert status_of_order(held) == "RESERVED"


def test_it_goes_on_where_it_died(moving: Any, paid_orders: PaidOrders) -> None:
    move, held = moving
    before = Performance.objects.get(pk=held.performance_id)
    assert before.moving_since is not None

    carry_out_move(move_id=move.pk)
    carry_out_move(move_id=move.pk)

    move.refresh_from_db()
    assert (move.status, move.open) == (DONE, None)
    assert paid_orders.confirm(held, paid_orders.agree(held)).status_code == 200
    assert Performance.objects.get(pk=held.performance_id).catalogue_version == before.catalogue_version + 1


def test_dying_in_the_middle_leaves_everything_as_it_was(
    moving: Any, paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    move, held = moving
    before = seats_named(paid_orders.performance)
    with monkeypatch.context() as dying:
        dying.setattr(carrying_out, "_end", lambda *_args, **_kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            carry_out_move(move_id=move.pk)

    assert seats_named(paid_orders.performance) == before
    assert Performance.objects.get(pk=held.performance_id).venue_id == move.from_venue_id


def test_where_somebody_has_taken_the_date_nothing_is_moved_and_the_sale_goes_on(
    moving: Any, paid_orders: PaidOrders
) -> None:
    move, held = moving
    other = Performance.objects.get(pk=held.performance_id)
    other.pk, other.venue_id, other.starts_at, other.moving_since = None, move.to_venue_id, move.to_starts_at, None
    other.save(force_insert=True)

    carry_out_move(move_id=move.pk)

    move.refresh_from_db()
    show = Performance.objects.get(pk=held.performance_id)
    assert (move.status, bool(move.why_refused)) == (REFUSED, True)
    assert (show.venue_id, show.moving_since) == (move.from_venue_id, None)
    assert paid_orders.confirm(held, paid_orders.agree(held)).status_code == 200


def test_where_it_was_called_off_meanwhile_nothing_is_moved(moving: Any) -> None:
    move, held = moving
    Performance.objects.filter(pk=held.performance_id).update(status=Performance.Status.CANCELLED)

    carry_out_move(move_id=move.pk)

    move.refresh_from_db()
    assert move.status == REFUSED
    assert Performance.objects.get(pk=held.performance_id).starts_at == move.from_starts_at


# Who still has the old hall in mind


def request_for(show: Performance, seat_id: int) -> OrderRequest:
    return OrderRequest(make_user().pk, show.pk, show.venue_id, (LineRow(seat_id, "VIP", 100_000),), None, None)


def in_transaction_of_its_own(request: OrderRequest) -> list[Any]:
    with transaction.atomic():
        return list(place_orders([request]))


def test_an_order_of_the_old_halls_seats_is_refused(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    move_show(show, venue_id=twin_of(show).pk)

    (answer,) = in_transaction_of_its_own(request_for(show, paid_orders.seats[0]))

    assert isinstance(answer, BeingMoved)
    assert not Order.objects.exists()


def test_a_layout_of_the_old_hall_is_known_to_be_old(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    old = get_layout(show.pk)
    hall = twin_of(show)

    move_show(show, venue_id=hall.pk)

    new = get_layout(show.pk, at_least=old.version + 1)
    assert (new.venue_id, len(new.seats)) == (hall.pk, len(old.seats))
    assert not set(new.seats) & set(old.seats)


def test_staff_who_still_see_the_old_hall_block_and_unblock_by_the_new_one(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    block_seats(show, paid_orders.seats[:2], actor_id=make_user().pk)
    move_show(show, venue_id=twin_of(show).pk)
    moved = Performance.objects.get(pk=show.pk)
    paid_orders.seats = seat_ids(moved, 40)

    assert unblock_seats(show, paid_orders.seats[:1]) == 1
    assert [paid_orders.seat_status(seat) for seat in (0, 1)] == ["AVAILABLE", "BLOCKED"]


def test_a_deposit_is_not_awaited_beyond_a_show_that_is_earlier(paid_orders: PaidOrders) -> None:
    show, order = paid_orders.performance, paid_orders.reserve(0)
    Order.objects.filter(pk=order.pk).update(
        status=Order.Status.WAITING_FOR_DEPOSIT, expires_at=database_now() + timedelta(days=7)
    )
    soon = database_now() + timedelta(days=2)
    earlier = {"starts_at": soon, "sale_closes_at": soon - timedelta(hours=1), "free_return_until": soon}

    move_show(show, **earlier)

    order.refresh_from_db()
    assert order.expires_at == soon - timedelta(hours=1)


def test_a_deposit_that_is_opened_while_the_show_moves_is_not_awaited_beyond_it(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its payment had begun before, so that it is let in."""
    show, order = paid_orders.performance, paid_orders.reserve(0)
    soon = database_now() + timedelta(days=2)
    move = carrying_out._move

    def open_account_then_move(move_id: int) -> None:
        long = {"status": Order.Status.WAITING_FOR_DEPOSIT, "expires_at": soon + timedelta(days=7)}
        Order.objects.filter(pk=order.pk).update(**long)
        move(move_id)

    monkeypatch.setattr(carrying_out, "_move", open_account_then_move)

    move_show(show, starts_at=soon, sale_closes_at=soon, free_return_until=soon)

    order.refresh_from_db()
    assert order.expires_at == soon


def test_a_process_that_dies_after_the_move_leaves_the_deposits_to_the_next(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    show, order = paid_orders.performance, paid_orders.reserve(0)
    soon = database_now() + timedelta(days=2)
    Order.objects.filter(pk=order.pk).update(
        status=Order.Status.WAITING_FOR_DEPOSIT, expires_at=soon + timedelta(days=7)
    )
    with monkeypatch.context() as patched:
        patched.setattr(carrying_out, "_shorten_deposits", lambda _performance_id: 1 / 0)
        move = move_show(show, starts_at=soon, sale_closes_at=soon, free_return_until=soon)
    assert move.status == DONE

    carry_out_move(move_id=move.pk)

    order.refresh_from_db()
    assert order.expires_at == soon


def test_where_nothing_is_moved_deposits_are_awaited_as_long_as_before(paid_orders: PaidOrders) -> None:
    show, order = paid_orders.performance, paid_orders.reserve(0)
    until = show.starts_at - timedelta(days=11)
    Order.objects.filter(pk=order.pk).update(status=Order.Status.WAITING_FOR_DEPOSIT, expires_at=until)
    soon = database_now() + timedelta(days=2)
    with not_carried_out():
        move = move_show(show, starts_at=soon, sale_closes_at=soon, free_return_until=soon)
    Performance.objects.filter(pk=show.pk).update(status=Performance.Status.CANCELLED)

    carry_out_move(move_id=move.pk)

    order.refresh_from_db()
    move.refresh_from_db()
    assert (move.status, order.expires_at) == (REFUSED, until)
