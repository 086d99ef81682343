"""Any sequence of calls, against a model: never two holders, never over the limit, versions only grow.

The model knows each seat's owner and each order's seats, in plain Python; the scripts have to agree with
it after every step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from apps.common.errors import DomainError, NotFound
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.seat_states import store as seat_states
from apps.concerts.seat_states.keys import seat_keys
from apps.concerts.seat_states.records import RecordState
from apps.orders.errors import OrderExpired, OrderStateConflict, SeatLimitExceeded, TooManyOrders
from apps.orders.order_ids import new_order_id
from apps.orders.seat_holds import database, store
from apps.orders.seat_holds.database import KnownOrder
from apps.orders.seat_holds.snapshot import LiveOrder, SoldSeat
from tests.conftest import forget_everything
from tests.seat_state import FIRST_SEAT_ID, LIMIT, PERFORMANCE, SEATS, SeatState

HOLD = settings.HOLD_SECONDS
USERS = (1, 2, 3)
BLOCKER = "staff"

users = st.sampled_from(USERS)
seldom = st.integers(0, 7).map(lambda number: number == 7)
some_seats = st.lists(st.integers(0, SEATS - 1), min_size=1, max_size=3, unique=True)


@dataclass
class Order:
    """What the model knows of an order. `seats` are those it asked for, or still has once it is sold."""

    user_id: int
    seats: list[int]
    ends_at: int
    state: str = "draft"
    version: int = 0
    seen_versions: tuple[int, ...] = ()


class SeatMachine(RuleBasedStateMachine):
    """The calls of buyers, payments, staff and the clock."""

    orders = Bundle("orders")

    def __init__(self) -> None:
        super().__init__()
        self.patches = pytest.MonkeyPatch()
        forget_everything()
        self.patches.setattr(database, "read_draft", self._read_draft)
        self.patches.setattr(database, "read_order", self._known)
        self.seat_state = SeatState(self.patches)
        self.seat_state.redis.flushall()
        self.seat_state.lose()
        self.seat_state.build()
        self.known: dict[str, Order] = {}
        self.owner: dict[int, str] = {}
        self.newest = self.seat_state.version

    def teardown(self) -> None:
        self.patches.undo()

    @property
    def now(self) -> int:
        return int(self.seat_state.clock.now)

    # What the model says

    def _known(self, order_id: str) -> KnownOrder:
        order = self.known[order_id]
        return KnownOrder(order.user_id, tuple(order.seats), datetime.fromtimestamp(order.ends_at, UTC))

    def _read_draft(self, order_id: str, *, user_id: int) -> KnownOrder:
        order = self.known[order_id]
        if order.user_id != user_id:
            raise NotFound
        if order.state != "draft" or order.ends_at <= self.now:
            raise OrderExpired
        return self._known(order_id)

    def _taken(self, seats: list[int]) -> list[int]:
        return [seat for seat in seats if seat in self.owner]

    def _count(self, user_id: int) -> int:
        mine = (order for order in self.known.values() if order.user_id == user_id)
        return sum(len(order.seats) for order in mine if order.state in ("held", "sold"))

    def _let_go(self, order_id: str, seats: list[int]) -> None:
        for seat in seats:
            if self.owner.get(seat) == order_id:
                del self.owner[seat]

    def _end_what_is_due(self) -> None:
        for order_id, order in self.known.items():
            if order.state in ("draft", "held") and order.ends_at <= self.now:
                self._let_go(order_id, order.seats)
                order.state = "ended"

    # What happens

    @rule(target=orders, user_id=users, seats=some_seats, lasts=st.sampled_from([5, HOLD]))
    def place(self, user_id: int, seats: list[int], lasts: int) -> str:
        drafts = [o for o in self.known.values() if o.user_id == user_id and o.state == "draft"]
        allowed = not self._taken(seats) and self._count(user_id) + len(seats) <= LIMIT
        try:
            self.seat_state.check(user_id, *seats)
        except (SeatsUnavailable, SeatLimitExceeded):
            assert not allowed
        except TooManyOrders:
            assert len(drafts) >= store.DRAFTS_AT_ONCE
        else:
            assert allowed
        order_id = new_order_id(PERFORMANCE)
        ends_at = self.now + lasts
        expires_at = datetime.fromtimestamp(ends_at, UTC)
        store.register_draft(order_id, user_id=user_id, ordinals=seats, expires_at=expires_at)
        self.known[order_id] = Order(user_id, seats, ends_at)
        return order_id

    @rule(target=orders, user_id=users, seats=some_seats)
    def place_and_reserve(self, user_id: int, seats: list[int]) -> str:
        order_id = self.place(user_id, seats, HOLD)
        self.reserve(order_id, by_other=False)
        return order_id

    @rule(order_id=orders, by_other=seldom)
    def reserve(self, order_id: str, by_other: bool) -> None:
        order = self.known[order_id]
        user_id = order.user_id % len(USERS) + 1 if by_other else order.user_id
        try:
            hold = store.reserve(order_id, user_id=user_id)
        except DomainError as refused:
            self._check_refusal(order, refused, by_other=by_other)
            return
        assert not by_other
        assert hold.already == (order.state == "held")
        if not hold.already:
            assert self._count(user_id) + len(order.seats) <= LIMIT
            self._won(order_id, hold.version, self.now + HOLD)
        assert (hold.version, hold.expires_at.timestamp()) == (order.version, order.ends_at)

    def _check_refusal(self, order: Order, refused: DomainError, *, by_other: bool) -> None:
        match refused:
            case NotFound():
                assert by_other
            case OrderExpired():
                assert order.state in ("ended", "released", "refunded")
            case OrderStateConflict():
                assert order.state == "sold"
            case SeatLimitExceeded():
                assert self._count(order.user_id) + len(order.seats) > LIMIT
            case SeatsUnavailable():
                taken = [FIRST_SEAT_ID + seat for seat in self._taken(order.seats)]
                assert taken == refused.extras["seat_ids"]
            case _:
                raise refused

    def _won(self, order_id: str, version: int, ends_at: int) -> None:
        order = self.known[order_id]
        assert not self._taken(order.seats), "a seat that has an owner was given away"
        assert all(version > seen for known in self.known.values() for seen in known.seen_versions)
        order.state, order.version, order.ends_at = "held", version, ends_at
        order.seen_versions += (version,)
        for seat in order.seats:
            self.owner[seat] = order_id

    @rule(order_id=orders, seconds=st.sampled_from([1, HOLD, 2 * HOLD]))
    def extend(self, order_id: str, seconds: int) -> None:
        order = self.known[order_id]
        if order.state not in ("held", "ended") or not order.seen_versions:
            return
        try:
            hold = store.extend_hold(order_id, until=datetime.fromtimestamp(self.now + seconds, UTC))
        except SeatsUnavailable:
            assert order.state == "ended"
            assert self._taken(order.seats)
        else:
            if hold.retaken:
                assert order.state == "ended"
                self._won(order_id, hold.version, self.now + seconds)
            order.ends_at = max(order.ends_at, self.now + seconds)
            assert (hold.version, hold.expires_at.timestamp()) == (order.version, order.ends_at)

    @rule(order_id=orders, data=st.data())
    def release(self, order_id: str, data: st.DataObject) -> None:
        """By its present hold, by one that it had before, or by whatever it has."""
        order = self.known[order_id]
        version = data.draw(st.sampled_from([None, *order.seen_versions]))
        released = store.release_hold(order_id, version=version)
        is_meant = order.state == "held" and version in (None, order.version)
        assert released == is_meant or (order.state == "draft" and version is None)
        if is_meant or (order.state == "draft" and version is None):
            self._let_go(order_id, order.seats)
            order.state = "released"

    @rule(order_id=orders)
    def pay(self, order_id: str) -> None:
        order = self.known[order_id]
        if order.state not in ("held", "sold"):
            return
        store.mark_sold(order_id)
        order.state = "sold"

    @rule(order_id=orders, seats=some_seats)
    def refund(self, order_id: str, seats: list[int]) -> None:
        order = self.known[order_id]
        going = [seat for seat in order.seats if seat in seats] if order.state == "sold" else []
        assert store.free_seats(order_id, ordinals=seats) == len(going)
        self._let_go(order_id, going)
        if order.state == "sold":
            order.seats = [seat for seat in order.seats if seat not in going]
            order.state = "sold" if order.seats else "refunded"

    @rule(seats=some_seats)
    def block(self, seats: list[int]) -> None:
        packed = seat_states.pack_ordinals(seats)
        name, *_ = seat_states._block.script.run(seat_keys(PERFORMANCE), [packed])
        refused = any(self.owner.get(seat, BLOCKER) != BLOCKER for seat in seats)
        assert name == (b"TAKEN" if refused else b"BLOCKED")
        if not refused:
            self.owner |= dict.fromkeys(seats, BLOCKER)

    @rule(seats=some_seats)
    def unblock(self, seats: list[int]) -> None:
        seat_states.unblock_seats(PERFORMANCE, seats)
        self._let_go(BLOCKER, seats)

    @rule(seconds=st.sampled_from([1, 4, 5, HOLD // 2, HOLD]))
    def pass_time(self, seconds: int) -> None:
        self.seat_state.clock.advance(seconds)
        self._end_what_is_due()

    @rule(lose_all=st.booleans())
    def rebuild(self, lose_all: bool) -> None:
        """Redis comes back empty, or an operator starts it; the database has everything but no draft."""
        if lose_all:
            self.seat_state.lose()
        else:
            seat_states.mark_not_ready(PERFORMANCE)
        live = [(key, order) for key, order in self.known.items() if order.state == "held"]
        done = self.seat_state.build(
            version=self.newest + 1,
            blocked=[seat for seat, owner in self.owner.items() if owner == BLOCKER],
            sold=[
                SoldSeat(key, seat, order.user_id, order.version)
                for key, order in self.known.items()
                for seat in order.seats
                if order.state == "sold"
            ],
            orders=[
                LiveOrder(
                    key, order.user_id, True, order.version, datetime.fromtimestamp(order.ends_at, UTC), order.seats
                )
                for key, order in live
            ],
        )
        assert done

    # What always holds

    @invariant()
    def the_scripts_agree_with_the_model(self) -> None:
        held = {key: o for key, o in self.known.items() if o.state in ("held", "sold")}
        expected = ["a"] * SEATS
        for seat, owner in self.owner.items():
            expected[seat] = "b" if owner == BLOCKER else held[owner].state[0]
        assert self.seat_state.statuses() == "".join(expected)

    @invariant()
    def records_say_what_buyers_have(self) -> None:
        records = {key: r for key, r in self.seat_state.records().items() if r.state != RecordState.DRAFT}
        live = {key: r for key, r in records.items() if r.state == RecordState.SOLD or r.expires_at > self.now}
        expected = {key: (o.user_id, tuple(o.seats)) for key, o in self.known.items() if o.state in ("held", "sold")}
        assert {key: (r.user_id, r.ordinals) for key, r in live.items()} == expected

    @invariant()
    def nobody_has_more_than_the_limit(self) -> None:
        extended = {o.user_id for o in self.known.values() if len(o.seen_versions) > 1}  # taken again, once paid for
        assert all(self._count(user_id) <= LIMIT for user_id in USERS if user_id not in extended)

    @invariant()
    def versions_only_grow(self) -> None:
        assert self.seat_state.version >= self.newest
        self.newest = self.seat_state.version


SeatMachine.TestCase.settings = hypothesis_settings(
    max_examples=50, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestSeats = SeatMachine.TestCase
