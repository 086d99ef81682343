"""What the calls are about: a hall of 10,000 seats, a crowd, performances, and orders as they are after a rush began.

Every performance has a queue before its door, so that each booking call is let through by a pass.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice

from django.conf import settings
from django.db import transaction

from apps.accounts.models import Role
from apps.accounts.services.issue_tokens import IssuedToken, issue_tokens
from apps.common.clock import database_now
from apps.common.redis import pipelined_redis
from apps.concerts.demo.halls import ARENA, arena_section_codes
from apps.concerts.models import CancellationPolicy, Concert, Genre, Performance, Publication, Seat, WaitingRoomMode
from apps.concerts.policy_presets import KFTC_STANDARD
from apps.concerts.services.build_venue import build_venue
from apps.concerts.services.create_performance import create_performance
from apps.concerts.services.set_prices import GradePrice
from apps.concerts.waiting_room import store as waiting_room
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.order_ids import new_order_id
from apps.orders.order_rows import LineRow, OrderRow, insert_orders
from apps.orders.seat_holds import store as seat_holds
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from apps.orders.services.reserve_seats import WonHold, record_holds

BATCH = 1_000
CALLS_AT_ONCE = 100
PRICES_KRW = {"VIP": 165_000, "R": 143_000, "S": 121_000, "A": 99_000}


@dataclass(frozen=True, slots=True)
class Draft:
    """A PENDING order, and what is needed to reserve it."""

    order_id: str
    user_id: int
    seats: tuple[Seat, ...]

    @property
    def amount_krw(self) -> int:
        return len(self.seats) * PRICES_KRW["VIP"]

    @property
    def ordinals(self) -> list[int]:
        return [seat.ordinal for seat in self.seats]


class Stage:
    """The hall, the concert and the crowd. Its methods are for the time before the measuring."""

    def __init__(self, *, crowd: int) -> None:
        self._venue = build_venue(ARENA)
        self._concert = Concert.objects.create(
            slug="bench",
            title="Bench",
            organiser="Ticket-Live",
            genre=Genre.CONCERT,
            running_minutes=100,
            cancellation_policy=CancellationPolicy.objects.get(name=KFTC_STANDARD),
            publication=Publication.PUBLISHED,
        )
        self._performances = 0
        self.seats = list(Seat.objects.filter(venue=self._venue).order_by("ordinal"))
        self.crowd = self.tokens(crowd)

    def tokens(self, count: int) -> list[IssuedToken]:
        """Give each of the crowd a token that the server has not seen yet."""
        return list(issue_tokens(count=count, role=Role.CUSTOMER))

    def performance(self, *, inside: Iterable[IssuedToken] = ()) -> Performance:
        """Put a performance on sale, its line and seats in Redis; `inside` are those with a pass."""
        now = database_now()
        self._performances += 1
        performance = create_performance(
            self._concert,
            venue=self._venue,
            starts_at=now + timedelta(days=30, hours=self._performances),
            sale_opens_at=now - timedelta(hours=1),
            sale_closes_at=now + timedelta(days=20),
            prices=[
                GradePrice(name=name, price_krw=price_krw, sections=arena_section_codes(level))
                for level, (name, price_krw) in enumerate(PRICES_KRW.items(), start=1)
            ],
            waiting_room_mode=WaitingRoomMode.QUEUE,
            publication=Publication.PUBLISHED,
        )
        open_line(performance.pk)
        ensure_seat_state(performance.pk)
        ends = int(time.time()) + settings.HOLD_SECONDS
        waiting_room.restore_passes(performance.pk, {person.user_id: ends for person in inside})
        return performance

    def fill_line(self, performance: Performance) -> None:
        """Let the whole crowd join."""
        calls = (waiting_room.join(performance.pk, person.user_id) for person in self.crowd)
        asyncio.run(_all_of(calls))

    def place(self, performance: Performance, orders: Iterable[tuple[IssuedToken, Sequence[Seat]]]) -> list[Draft]:
        """Store PENDING orders, and make them known to Redis."""
        now = database_now()
        ends = now + timedelta(seconds=settings.ORDER_PENDING_SECONDS)
        drafts = [Draft(new_order_id(performance.pk), buyer.user_id, tuple(seats)) for buyer, seats in orders]
        for first in range(0, len(drafts), BATCH):
            rows = [
                OrderRow(
                    order_id=draft.order_id,
                    user_id=draft.user_id,
                    performance_id=performance.pk,
                    lines=tuple(LineRow(seat.pk, "VIP", PRICES_KRW["VIP"]) for seat in draft.seats),
                    booker=None,
                    idempotency_key=None,
                    request_hash="",
                    created_at=now,
                    expires_at=ends,
                )
                for draft in drafts[first : first + BATCH]
            ]
            with transaction.atomic():
                insert_orders(rows)
        register = seat_holds.register_draft.arun
        asyncio.run(
            _all_of(
                register(draft.order_id, user_id=draft.user_id, ordinals=draft.ordinals, expires_at=ends)
                for draft in drafts
            )
        )
        return drafts

    def hold(self, drafts: Iterable[Draft]) -> None:
        """Hold the seats of these orders in Redis."""
        asyncio.run(_all_of(seat_holds.areserve(draft.order_id, user_id=draft.user_id) for draft in drafts))

    def reserve(self, drafts: Sequence[Draft]) -> None:
        """Hold the seats of these orders in Redis, and make the orders RESERVED in the database."""
        holds: list[WonHold] = []

        async def hold(draft: Draft) -> None:
            held = await seat_holds.areserve(draft.order_id, user_id=draft.user_id)
            holds.append(WonHold(draft.order_id, draft.user_id, held.version, held.expires_at, held.pass_id))

        asyncio.run(_all_of(hold(draft) for draft in drafts))
        for first in range(0, len(holds), BATCH):
            with transaction.atomic():
                record_holds(holds[first : first + BATCH])


async def _all_of(calls: Iterable[Awaitable[object]]) -> None:
    """Make calls to Redis, as many at once as a busy process does: its client joins them."""
    waiting = iter(calls)
    while batch := list(islice(waiting, CALLS_AT_ONCE)):
        await asyncio.gather(*batch)
    await pipelined_redis().aclose()
