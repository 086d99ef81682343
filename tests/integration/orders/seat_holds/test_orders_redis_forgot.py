"""Orders that Redis does not know, or no longer: the database tells whose they are and what became of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.errors import NotFound
from apps.common.redis import sync_redis
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.models import Performance
from apps.concerts.seat_states.keys import orders_key
from apps.concerts.seat_states.records import OrderRecord, RecordState
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.models import Order
from apps.orders.order_ids import new_order_id
from apps.orders.order_rows import LineRow, OrderRow, insert_orders
from apps.orders.seat_holds import store
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from apps.orders.services.tickets import cancel_tickets, issue_tickets
from tests.factories import make_performance, make_user, seat_ids
from tests.lua_clock import CLOCK_KEY, LuaClock, put_under_clock

pytestmark = pytest.mark.django_db
HOLD = settings.HOLD_SECONDS


@pytest.fixture
def performance() -> Performance:
    performance = make_performance()
    open_line(performance.pk)
    return performance


@pytest.fixture
def clock(performance: Performance, monkeypatch: pytest.MonkeyPatch) -> LuaClock:
    put_under_clock(monkeypatch, store)
    return LuaClock(sync_redis())


@pytest.fixture
def ann() -> User:
    return make_user()


@pytest.fixture
def bob() -> User:
    return make_user()


def stored(performance: Performance, user: User, *seats: int, ends_in: int = HOLD, **state: object) -> str:
    """An order that only the database knows."""
    now = database_now()
    row = OrderRow(
        order_id=new_order_id(performance.pk),
        user_id=user.pk,
        performance_id=performance.pk,
        lines=tuple(LineRow(seat_id, "VIP", 100_000) for seat_id in seats),
        booker=None,
        idempotency_key=None,
        request_hash="",
        created_at=now,
        expires_at=now + timedelta(seconds=ends_in),
    )
    insert_orders([row])
    Order.objects.filter(pk=row.order_id).update(**state)
    return row.order_id


def in_seconds(seconds: int) -> datetime:
    """So much later by the clock that the scripts read, or by Redis' own."""
    turned = sync_redis().hget(CLOCK_KEY, "seconds")
    return datetime.fromtimestamp(int(turned or sync_redis().time()[0]) + seconds, UTC)


def record_of(order_id: str, performance: Performance) -> OrderRecord | None:
    packed = sync_redis().hget(orders_key(performance.pk), order_id)
    return OrderRecord.unpack(packed) if packed else None


def test_a_pending_order_that_only_the_database_knows_can_be_reserved(performance: Performance, ann: User) -> None:
    order_id = stored(performance, ann, *seat_ids(performance, 2))

    hold = store.reserve(order_id, user_id=ann.pk)

    record = record_of(order_id, performance)
    assert record is not None
    assert (record.state, record.version, record.ordinals) == (RecordState.HELD, hold.version, (0, 1))


def test_the_database_too_keeps_an_order_from_others(performance: Performance, ann: User, bob: User) -> None:
    order_id = stored(performance, ann, *seat_ids(performance, 1))

    with pytest.raises(NotFound):
        store.reserve(order_id, user_id=bob.pk)
    with pytest.raises(NotFound):
        store.reserve(new_order_id(performance.pk), user_id=ann.pk)
    assert record_of(order_id, performance) is None


@pytest.mark.parametrize(
    ("status", "ends_in", "refusal"),
    [
        ("PENDING", -1, OrderExpired),
        ("EXPIRED", -1, OrderExpired),
        ("RESERVED", HOLD, OrderExpired),
        ("CONFIRMING", HOLD, OrderStateConflict),
        ("PAID", HOLD, OrderStateConflict),
        ("CANCELLED", HOLD, OrderStateConflict),
    ],
)
def test_an_order_that_has_moved_on_is_not_reserved(
    performance: Performance, ann: User, status: str, ends_in: int, refusal: type[Exception]
) -> None:
    order_id = stored(performance, ann, *seat_ids(performance, 1), ends_in=ends_in, status=status)

    with pytest.raises(refusal):
        store.reserve(order_id, user_id=ann.pk)
    assert record_of(order_id, performance) is None


def test_a_lost_hold_is_taken_again_where_all_seats_are_free(
    performance: Performance, clock: LuaClock, ann: User
) -> None:
    order_id = stored(performance, ann, *seat_ids(performance, 2))
    old = store.reserve(order_id, user_id=ann.pk)
    clock.advance(HOLD)

    again = store.extend_hold(order_id, until=in_seconds(HOLD))

    assert again.retaken
    assert again.version > old.version
    assert store.extend_hold(order_id, until=in_seconds(2 * HOLD)).version == again.version


def test_a_lost_hold_is_not_taken_from_who_has_a_seat_now(
    performance: Performance, clock: LuaClock, ann: User, bob: User
) -> None:
    first, second = seat_ids(performance, 2)
    lost = stored(performance, ann, first, second)
    store.reserve(lost, user_id=ann.pk)
    clock.advance(HOLD)
    hold = store.reserve(stored(performance, bob, second), user_id=bob.pk)

    with pytest.raises(SeatsUnavailable) as refused:
        store.extend_hold(lost, until=in_seconds(HOLD))

    assert refused.value.extras["seat_ids"] == [second]
    assert record_of(lost, performance) is None
    assert hold.version > 0


def test_a_sale_whose_hold_was_lost_shows_the_seats_with_live_tickets(
    performance: Performance, clock: LuaClock, ann: User
) -> None:
    order_id = stored(performance, ann, *seat_ids(performance, 3))
    store.reserve(order_id, user_id=ann.pk)
    clock.advance(HOLD)
    order = Order.objects.get(pk=order_id)
    issue_tickets(order)
    cancel_tickets(order.lines.filter(number=2))

    store.mark_sold(order_id)

    record = record_of(order_id, performance)
    assert record is not None
    assert (record.state, record.ordinals) == (RecordState.SOLD, (0, 2))


def test_a_draft_does_not_say_which_seats_were_sold(performance: Performance, ann: User) -> None:
    order_id = stored(performance, ann, *seat_ids(performance, 2))
    store._register_from_database(order_id, ann.pk)
    order = Order.objects.get(pk=order_id)
    issue_tickets(order)
    cancel_tickets(order.lines.filter(number=2))

    store.mark_sold(order_id)

    record = record_of(order_id, performance)
    assert record is not None
    assert (record.state, record.ordinals) == (RecordState.SOLD, (0,))


def test_a_sale_that_the_database_has_decided_ends_anothers_hold(
    performance: Performance, ann: User, bob: User
) -> None:
    (seat_id,) = seat_ids(performance, 1)
    order_id, losing = stored(performance, ann, seat_id), stored(performance, bob, seat_id)
    lost = store.reserve(losing, user_id=bob.pk)
    issue_tickets(Order.objects.get(pk=order_id))

    store.mark_sold(order_id)
    store.release_hold(losing, version=lost.version)

    with pytest.raises(SeatsUnavailable):
        store.reserve(stored(performance, bob, seat_id), user_id=bob.pk)


def test_a_hold_that_has_lost_a_seat_to_a_sale_is_not_extended(performance: Performance, ann: User, bob: User) -> None:
    first, second = seat_ids(performance, 2)
    paid, losing = stored(performance, ann, first), stored(performance, bob, first, second)
    store.reserve(losing, user_id=bob.pk)
    issue_tickets(Order.objects.get(pk=paid))
    store.mark_sold(paid)

    with pytest.raises(SeatsUnavailable) as refused:
        store.extend_hold(losing, until=in_seconds(HOLD))
    assert refused.value.extras["seat_ids"] == [first]

    store.free_seats(paid, ordinals=[0])
    assert store.extend_hold(losing, until=in_seconds(HOLD)).retaken


def test_a_sale_that_was_refunded_before_it_was_marked_marks_nothing(performance: Performance, ann: User) -> None:
    order_id = stored(performance, ann, *seat_ids(performance, 1), status="CANCELLED")

    store.mark_sold(order_id)

    assert record_of(order_id, performance) is None


def test_what_was_held_before_redis_was_emptied_is_held_after(performance: Performance, ann: User, bob: User) -> None:
    seats = seat_ids(performance, 2)
    order_id = stored(performance, ann, *seats, status="RESERVED", hold_version=17)
    sync_redis().flushall()
    open_line(performance.pk)

    ensure_seat_state(performance.pk)

    with pytest.raises(SeatsUnavailable):
        store.reserve(stored(performance, bob, seats[1]), user_id=bob.pk)
    assert store.extend_hold(order_id, until=in_seconds(2 * HOLD)).version == 17
