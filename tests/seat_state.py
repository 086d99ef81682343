"""The seats of one performance to play with: real scripts and Redis, a clock that the test turns, no database."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from redis import Redis

from apps.common.budgets import SpenderArgs
from apps.common.redis import sync_redis
from apps.concerts.seat_map import layout
from apps.concerts.seat_map.layout import Layout, LayoutSeat, LayoutSection, get_layout, kept_layouts
from apps.concerts.seat_map.statuses import SeatStatus, status_of
from apps.concerts.seat_states import reading
from apps.concerts.seat_states import store as seat_states
from apps.concerts.seat_states.keys import seat_keys
from apps.concerts.seat_states.records import CELL, OrderRecord
from apps.concerts.seat_states.store import SaleSettings
from apps.concerts.waiting_room import store as waiting_room
from apps.concerts.waiting_room.keys import pass_keys
from apps.concerts.waiting_room.line_settings import LineSettings
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held
from apps.orders.seat_holds.snapshot import LiveOrder, Snapshot, SoldSeat
from tests.lua_clock import LuaClock, put_under_clock

PERFORMANCE = 7
SEATS = 8
LIMIT = 4
DAY = 86_400
FIRST_SEAT_ID = 1000


@pytest.fixture(autouse=True)
def threads_end_with_the_test() -> None:
    """Stand in for the fixture of the orders' tests: what holds by script leaves no thread, and needs no tables."""


def _put_on_record(monkeypatch: pytest.MonkeyPatch, performance_id: int) -> None:
    """Let the layout that is kept be what the database would say of a performance that is not in it."""
    load = layout._load

    def loaded(wanted: int) -> Layout:
        kept = kept_layouts().get(wanted, at_least=0) if wanted == performance_id else None
        return kept or load(wanted)

    monkeypatch.setattr(layout, "_load", loaded)


class SeatState:
    """The seat state of eight seats, on sale since now for a day, with no queue unless the test makes one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for module in (store, seat_states, reading, waiting_room):
            put_under_clock(monkeypatch, module)
        self.redis: Redis = sync_redis()
        self.clock = LuaClock(self.redis)
        now = int(self.clock.now)
        self.sale = SaleSettings(
            layout_version=1, opens_at=now, closes_at=now + DAY, limit=LIMIT, keys_expire_at=now + 30 * DAY
        )
        kept_layouts().keep(layout_of(PERFORMANCE, SEATS))
        _put_on_record(monkeypatch, PERFORMANCE)
        self.open_door("OPEN")
        self.build()

    def build(
        self,
        *,
        version: int = 0,
        blocked: Sequence[int] = (),
        sold: Sequence[SoldSeat] = (),
        orders: Sequence[LiveOrder] = (),
    ) -> bool:
        snapshot = Snapshot(self.sale, SEATS, version, list(blocked), list(sold), list(orders))
        return store.rebuild(PERFORMANCE, snapshot)

    def open_door(self, mode: str) -> None:
        """Make the line, in this mode."""
        now = int(self.clock.now)
        settings = LineSettings(
            revision=1, mode=mode, rate=2.0, inside_limit=500, joins_from=now, opens_at=now, closes_at=now + DAY,
            keys_expire_at=now + 30 * DAY, offer_seconds=5, return_seconds=120, pass_seconds=600,
            hard_limit_seconds=1800,
        )  # fmt: skip
        waiting_room.create_line(PERFORMANCE, settings, last_known=0, cursor=0, gap=0)

    def require_passes(self) -> None:
        """Put a queue before the door."""
        self.redis.hset(f"line:{{performance:{PERFORMANCE}}}", "mode", "QUEUE")

    def give_pass(self, user_id: int, *, seconds: int = 600) -> None:
        passes, entered = pass_keys(PERFORMANCE)
        self.redis.zadd(passes, {str(user_id): int(self.clock.now) + seconds})
        self.redis.hset(entered, str(user_id), f"{self.clock.now:.6f}")

    def pass_end(self, user_id: int) -> int | None:
        end = self.redis.zscore(pass_keys(PERFORMANCE)[0], str(user_id))
        return None if end is None or end <= self.clock.now else int(end)

    def in_seconds(self, seconds: int) -> datetime:
        """The whole second that comes so much later."""
        return datetime.fromtimestamp(int(self.clock.now) + seconds, UTC)

    def check(self, user_id: int, *ordinals: int, layout_version: int = 1) -> None:
        check_order(user_id, ordinals, layout_version=layout_version)

    def draft(self, user_id: int, *ordinals: int, seconds: int = 600) -> str:
        """Place an order that holds nothing yet."""
        order_id = new_order_id(PERFORMANCE)
        ends_at = datetime.fromtimestamp(self.clock.now + seconds, UTC)
        store.register_draft(order_id, user_id=user_id, ordinals=ordinals, expires_at=ends_at)
        return order_id

    def hold(self, user_id: int, *ordinals: int) -> tuple[str, Held]:
        """Place an order and hold its seats."""
        order_id = self.draft(user_id, *ordinals)
        return order_id, store.reserve(order_id, user_id=user_id)

    def sell(self, user_id: int, *ordinals: int) -> str:
        order_id, _ = self.hold(user_id, *ordinals)
        store.mark_sold(order_id)
        return order_id

    def lose(self) -> None:
        """Empty Redis, all but the clock; the line comes back."""
        self.redis.flushall()
        self.clock.advance(0)
        self.open_door("OPEN")

    @property
    def version(self) -> int:
        return int(self.redis.hget(seat_keys(PERFORMANCE)[0], "version") or 0)

    def statuses(self) -> str:
        """A letter for each seat: available, held, sold, blocked."""
        _, cells, *_ = seat_keys(PERFORMANCE)
        packed = self.redis.get(cells)
        assert isinstance(packed, bytes)
        letters = {SeatStatus.AVAILABLE: "a", SeatStatus.HELD: "h", SeatStatus.SOLD: "s", SeatStatus.BLOCKED: "b"}
        now = int(self.clock.now)
        return "".join(letters[status_of(expires_at, now=now)] for expires_at, _ in CELL.iter_unpack(packed))

    def records(self) -> dict[str, OrderRecord]:
        orders = self.redis.hgetall(seat_keys(PERFORMANCE)[2])
        return {order_id.decode(): OrderRecord.unpack(record) for order_id, record in orders.items()}

    def contents(self) -> dict[bytes, bytes | None]:
        """Everything that Redis has of the performance, to tell that nothing changed."""
        return {key: self.redis.dump(key) for key in self.redis.scan_iter("*{performance:*")}

    def change_sale(self, **changes: int) -> None:
        self.sale = dataclasses.replace(self.sale, **changes)
        args = dataclasses.astuple(self.sale)
        seat_states._write_sale.run(seat_keys(PERFORMANCE), args)


def check_order(
    user_id: int, ordinals: Sequence[int], *, layout_version: int = 1, who: SpenderArgs = store.UNBUDGETED
) -> None:
    """Ask as `acheck_order` does, from a thread."""
    taken = store._check(PERFORMANCE, user_id, ordinals, layout_version, who)
    if taken is not None:
        raise store._seats_unavailable(taken, get_layout(PERFORMANCE))


def layout_of(performance_id: int, seats: int, *, version: int = 1) -> Layout:
    """A layout of one section, whose seat ids are their ordinals and a thousand."""
    return Layout(
        performance_id=performance_id,
        venue_id=1,
        version=version,
        sections=(
            LayoutSection(
                id=1, code="A", name="A", grade="R", price_krw=100_000, color="#6b7280",
                seats=tuple(
                    LayoutSeat(
                        id=FIRST_SEAT_ID + ordinal, ordinal=ordinal, row="1", number=ordinal + 1, x=ordinal, y=0,
                        is_accessible=False, section="A", grade="R", price_krw=100_000,
                    )
                    for ordinal in range(seats)
                ),
            ),
        ),
    )  # fmt: skip
