"""A message that is done late, or once more, ends the pass that it was meant for and no other."""

from __future__ import annotations

import pytest
from django.db.models.functions import Now

from apps.accounts.models import User
from apps.common.database import outbox
from apps.common.models import OutboxMessage
from apps.common.redis import sync_redis
from apps.concerts.models import WaitingRoomMode
from apps.concerts.waiting_room import store as waiting_room
from apps.concerts.waiting_room.keys import pass_keys
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.models import Order
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from apps.orders.services.release_order import RELEASE_SEATS, expire_orders
from apps.payments.services.after_payment import FINISH_SALE
from tests.factories import make_user
from tests.paid_orders import PaidOrders


@pytest.fixture
def queued(paid_orders_either_lane: PaidOrders) -> PaidOrders:
    """Orders of a performance whose seats nobody holds without a pass."""
    change_waiting_room(paid_orders_either_lane.performance.pk, actor=None, mode=WaitingRoomMode.QUEUE)
    return paid_orders_either_lane


@pytest.fixture
def buyer(queued: PaidOrders) -> User:
    """Somebody inside."""
    user = make_user()
    let_in(queued, user)
    return user


def let_in(orders: PaidOrders, user: User) -> None:
    """Give a pass, as the door does: an ended one is forgotten."""
    passes, entered = pass_keys(orders.performance.pk)
    sync_redis().zrem(passes, user.pk)
    sync_redis().hdel(entered, str(user.pk))
    waiting_room.restore_passes(orders.performance.pk, {user.pk: sync_redis().time()[0] + 600})


def is_inside(orders: PaidOrders, user: User) -> bool:
    return waiting_room.has_access_pass(orders.performance.pk, user.pk)


def do_once_more(task: str, order: Order) -> None:
    """Let the outbox do a work that has been done: its process died before the message was deleted."""
    OutboxMessage.objects.create(task=task, arguments={"order_id": order.pk}, next_attempt_at=Now())
    assert outbox.relay() == 1


def test_the_end_of_a_sale_that_is_told_again_leaves_the_pass_of_who_came_back(queued: PaidOrders, buyer: User) -> None:
    order = queued.sell(0, user=buyer)
    assert not is_inside(queued, buyer)
    let_in(queued, buyer)

    do_once_more(FINISH_SALE, order)

    assert is_inside(queued, buyer)
    assert queued.seat_status(0) == "SOLD"
    queued.sell(1, user=buyer)
    assert not is_inside(queued, buyer)


def test_a_release_that_is_told_again_leaves_the_pass_of_who_came_back(queued: PaidOrders, buyer: User) -> None:
    order = queued.reserve(0, user=buyer)
    Order.objects.update(expires_at=Now())
    assert expire_orders() == 1
    assert not is_inside(queued, buyer)
    let_in(queued, buyer)

    do_once_more(RELEASE_SEATS, order)

    assert is_inside(queued, buyer)
    assert queued.seat_status(0) == "AVAILABLE"


def test_who_cancels_an_unpaid_order_makes_room_for_the_next(queued: PaidOrders, buyer: User) -> None:
    order = queued.reserve(0, user=buyer)

    assert queued.cancel(order).status_code == 200

    assert not is_inside(queued, buyer)


def test_the_pass_that_is_brought_back_after_a_loss_is_the_one_that_the_sale_ends(
    queued: PaidOrders, buyer: User
) -> None:
    order = queued.reserve(0, user=buyer)
    sync_redis().flushall()
    open_line(queued.performance.pk)
    ensure_seat_state(queued.performance.pk)
    assert is_inside(queued, buyer)

    assert queued.confirm(order, queued.agree(order)).status_code == 200

    assert not is_inside(queued, buyer)
