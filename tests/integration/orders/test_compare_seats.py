"""Each minute the seats in Redis are compared with the database; what stays wrong is mended from there."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.common.redis import sync_redis
from apps.concerts.models import Performance, Seat
from apps.concerts.seat_states import store as seat_states
from apps.concerts.seat_states.keys import seat_keys
from apps.concerts.seat_states.reading import read_cells
from apps.concerts.seat_states.records import CELL, SOLD
from apps.orders.models import Order
from apps.orders.services.compare_seats import differences, sweep_seats
from tests.factories import make_performance
from tests.paid_orders import PaidOrders

pytestmark = pytest.mark.django_db(transaction=True)

FREE = (0, 0)


@pytest.fixture
def orders(paid_orders: PaidOrders) -> PaidOrders:
    return paid_orders


def ordinal_of(orders: PaidOrders, seat: int) -> int:
    """The place of the section's nth seat among the cells."""
    ordinal: int = Seat.objects.values_list("ordinal", flat=True).get(pk=orders.seats[seat])
    return ordinal


def write_cell(performance: Performance, ordinal: int, cell: tuple[int, int]) -> None:
    """Put something else into Redis than the database says."""
    sync_redis().setrange(seat_keys(performance.pk)[1], ordinal * CELL.size, CELL.pack(*cell))


def test_seats_that_are_as_the_database_has_them_are_left_alone(orders: PaidOrders) -> None:
    orders.reserve(0)
    orders.sell(1)
    version = read_cells(orders.performance.pk).version

    assert sweep_seats() == 0
    assert sweep_seats() == 0

    assert differences(orders.performance.pk) == {}
    assert read_cells(orders.performance.pk).version == version


def test_a_seat_that_nobody_has_can_be_had_again_once_it_was_found_twice(orders: PaidOrders) -> None:
    ordinal = ordinal_of(orders, 3)
    write_cell(orders.performance, ordinal, (SOLD, 7))

    assert sweep_seats() == 0
    assert differences(orders.performance.pk) == {ordinal: "sold, not free"}
    assert sweep_seats() == 1

    assert differences(orders.performance.pk) == {}
    orders.reserve(3)


@pytest.mark.parametrize("status", [Order.Status.RESERVED, Order.Status.CONFIRMING, Order.Status.WAITING_FOR_DEPOSIT])
def test_a_seat_that_somebody_holds_or_waits_for_is_held_again(orders: PaidOrders, status: Order.Status) -> None:
    order = orders.reserve(0)
    Order.objects.filter(pk=order.pk).update(status=status)
    ordinal = ordinal_of(orders, 0)
    write_cell(orders.performance, ordinal, FREE)

    assert (sweep_seats(), sweep_seats()) == (0, 1)

    assert differences(orders.performance.pk) == {}
    cells = read_cells(orders.performance.pk)
    assert cells.cell(ordinal)[0] > cells.now


def test_a_seat_that_is_sold_is_sold_again(orders: PaidOrders) -> None:
    orders.sell(0)
    write_cell(orders.performance, ordinal_of(orders, 0), FREE)

    assert (sweep_seats(), sweep_seats()) == (0, 1)

    assert read_cells(orders.performance.pk).cell(ordinal_of(orders, 0))[0] == SOLD


def test_a_change_that_was_on_its_way_is_not_mended(orders: PaidOrders) -> None:
    first, second = ordinal_of(orders, 3), ordinal_of(orders, 4)
    write_cell(orders.performance, first, (SOLD, 7))
    sweep_seats()
    write_cell(orders.performance, first, FREE)
    write_cell(orders.performance, second, (SOLD, 8))
    version = read_cells(orders.performance.pk).version

    assert sweep_seats() == 0

    assert read_cells(orders.performance.pk).version == version


def test_what_was_mended_and_when_is_told_to_prometheus(orders: PaidOrders, client: Client) -> None:
    write_cell(orders.performance, ordinal_of(orders, 3), (SOLD, 7))
    sweep_seats()
    sweep_seats()

    figures = dict(
        line.split(" ") for line in client.get("/metrics").text.splitlines() if line.startswith("ticketlive")
    )

    assert float(figures["ticketlive_seats_mended_shows_total"]) == 1
    assert float(figures["ticketlive_seats_mended_seats_total"]) == 1
    assert float(figures["ticketlive_seats_swept_at_seconds"]) > 0


def test_a_show_that_cannot_be_compared_keeps_no_other_from_it(
    orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = make_performance()
    write_cell(orders.performance, ordinal_of(orders, 3), (SOLD, 7))

    def read(performance_id: int) -> object:
        if performance_id == broken.pk:
            raise RedisConnectionError("away")
        return read_cells(performance_id)

    monkeypatch.setattr("apps.orders.services.compare_seats.read_cells", read)

    assert (sweep_seats(), sweep_seats()) == (0, 1)


def test_what_does_not_fit_into_one_sweep_is_compared_by_the_next(
    orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_performance()
    compared: list[int] = []
    monkeypatch.setattr("apps.orders.services.compare_seats.compare_and_mend", compared.append)
    monkeypatch.setattr("apps.orders.services.compare_seats.SECONDS_OF_A_SWEEP", -1)

    sweep_seats()
    assert compared == []
    monkeypatch.setattr("apps.orders.services.compare_seats.SECONDS_OF_A_SWEEP", 60)
    monkeypatch.setattr("apps.orders.services.compare_seats.compare_and_mend", lambda pk: compared.append(pk) or 0)
    sweep_seats()

    assert sorted(compared) == sorted([orders.performance.pk, other.pk])
    compared.clear()
    cache.set("seats:compared", {str(orders.performance.pk): 2.0, str(other.pk): 1.0})
    sweep_seats()
    assert compared == [other.pk, orders.performance.pk]  # what was compared last goes last


def test_seats_that_have_to_be_rebuilt_anyway_are_left_to_that(orders: PaidOrders) -> None:
    seat_states.mark_not_ready(orders.performance.pk)

    assert (sweep_seats(), sweep_seats()) == (0, 0)
