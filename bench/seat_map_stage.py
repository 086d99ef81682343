"""The hall that the seat map's page is measured with: the demo's arena, some of it taken already."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from apps.common.clock import database_now
from apps.concerts.demo.halls import ARENA, arena_section_codes
from apps.concerts.models import CancellationPolicy, Concert, Genre, Performance, Publication
from apps.concerts.policy_presets import KFTC_STANDARD
from apps.concerts.services.build_venue import build_venue
from apps.concerts.services.create_performance import create_performance
from apps.concerts.services.set_prices import GradePrice
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds import store
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from tests.factories import make_user

PRICES_KRW = {"VIP": 165_000, "R": 143_000, "S": 121_000, "A": 99_000}
TAKEN = 1_250  # seats


def put_on_sale() -> tuple[Performance, Any]:
    """Sell the arena without a queue; return the performance, and somebody who wants seats."""
    now = database_now()
    concert = Concert.objects.create(
        slug="bench",
        title="Bench",
        organiser="Ticket-Live",
        genre=Genre.CONCERT,
        running_minutes=100,
        cancellation_policy=CancellationPolicy.objects.get(name=KFTC_STANDARD),
        publication=Publication.PUBLISHED,
    )
    performance = create_performance(
        concert,
        venue=build_venue(ARENA),
        starts_at=now + timedelta(days=30),
        sale_opens_at=now - timedelta(hours=1),
        sale_closes_at=now + timedelta(days=20),
        prices=[
            GradePrice(name=name, price_krw=price_krw, sections=arena_section_codes(level))
            for level, (name, price_krw) in enumerate(PRICES_KRW.items(), start=1)
        ],
        publication=Publication.PUBLISHED,
    )
    open_line(performance.pk)
    ensure_seat_state(performance.pk)
    _take_some(performance)
    return performance, make_user()


def _take_some(performance: Performance) -> None:
    """Hold pairs all over the hall, and sell half of them."""
    now = database_now()
    firsts = random.Random(1).sample(range(0, performance.venue.seat_count, 2), TAKEN // 2)
    for number, first in enumerate(firsts, start=1):
        order_id = new_order_id(performance.pk)
        store.register_draft(
            order_id, user_id=10_000 + number, ordinals=[first, first + 1], expires_at=now + timedelta(hours=1)
        )
        store.reserve(order_id, user_id=10_000 + number)
        if number % 2:
            store.mark_sold(order_id)
