"""Whether a performance can be bought follows from the clock and from its status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from apps.concerts.models import Performance, SaleStatus
from apps.concerts.seat_states.store import sale_settings
from apps.concerts.waiting_room.line_settings import LineSettings

OPENS = datetime(2030, 1, 1, 12, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=1)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("now", "status"),
    [
        (OPENS - MOMENT, SaleStatus.UPCOMING),
        (OPENS, SaleStatus.ON_SALE),
        (CLOSES - MOMENT, SaleStatus.ON_SALE),
        (CLOSES, SaleStatus.CLOSED),
    ],
)
def test_a_sale_is_on_from_its_first_moment_to_before_its_last(now: datetime, status: SaleStatus) -> None:
    assert Performance(sale_opens_at=OPENS, sale_closes_at=CLOSES).sale_status(now) == status


def test_a_cancelled_performance_is_not_on_sale() -> None:
    performance = Performance(sale_opens_at=OPENS, sale_closes_at=CLOSES, status=Performance.Status.CANCELLED)
    assert performance.sale_status(OPENS) == SaleStatus.CLOSED


def test_the_waiting_room_opens_before_the_sale() -> None:
    performance = Performance(sale_opens_at=OPENS, waiting_room_opens_minutes_before=30)
    assert performance.waiting_room_opens_at == OPENS - timedelta(minutes=30)


@pytest.mark.parametrize("fraction", [timedelta(0), MOMENT, timedelta(seconds=0.5), timedelta(seconds=1) - MOMENT])
def test_nobody_is_let_in_before_the_seats_can_be_had(fraction: timedelta) -> None:
    performance = Performance(
        sale_opens_at=OPENS + fraction, sale_closes_at=CLOSES + fraction, starts_at=CLOSES + timedelta(days=1)
    )

    line, sale = LineSettings.of(performance, revision=1), sale_settings(performance)

    assert (line.opens_at, line.closes_at) == (sale.opens_at, sale.closes_at)
    assert line.opens_at >= performance.sale_opens_at.timestamp()
