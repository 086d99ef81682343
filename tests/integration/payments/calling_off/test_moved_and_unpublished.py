"""Calling off beside the rest of a show's life: while it is being moved, and before it is published."""

from __future__ import annotations

from typing import Any

import pytest

from apps.common.clock import database_now
from apps.common.database.transactions import in_transaction, retried_transaction
from apps.common.errors import ValidationFailed
from apps.common.models import OutboxMessage
from apps.concerts.errors import BeingMoved, NotOnSale, PerformanceCalledOff
from apps.concerts.models import Performance, PerformanceMove, Publication
from apps.concerts.publication.missing import Missing, list_missing
from apps.concerts.services.close_performance import close_performance
from apps.concerts.services.publish_show import take_back_show
from apps.orders.models import Order
from apps.orders.order_rows import LineRow
from apps.orders.services.moving.carry_out_move import carry_out_move
from apps.orders.services.place_order import OrderRequest, place_orders
from apps.orders.services.release_order import cancel_unpaid_order
from apps.payments.calling_off.call_off import call_off_performance, confirm_call_off, confirmation_of
from apps.payments.calling_off.carry_on import carry_on
from apps.payments.calling_off.models import CallOff
from apps.payments.services.attempts import begin_attempt
from apps.payments.services.begin_attempts import ConfirmRequest, begin_attempts
from apps.payments.services.settle_payments import release_waiting
from tests.factories import make_performance, make_user
from tests.moving import move_show, not_carried_out
from tests.paid_orders import PRICE_KRW, PaidOrders, status_of_order
from tests.staff import make_staff


def call_off(performance: Performance) -> CallOff:
    performance = Performance.objects.get(pk=performance.pk)
    typed = confirmation_of(performance)
    return call_off_performance(performance.pk, actor_id=make_staff().pk, reason="ill", typed=typed)


def status_of(performance: Performance) -> str:
    return Performance.objects.values_list("status", flat=True).get(pk=performance.pk)


def test_while_it_is_being_moved_a_show_is_not_called_off_and_then_it_can_be(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    paid_orders.sell(0)
    with not_carried_out():
        move = move_show(show)

    with pytest.raises(BeingMoved):
        call_off(show)

    assert (status_of(show), CallOff.objects.count()) == ("SCHEDULED", 0)
    carry_out_move(move_id=move.pk)
    assert call_off(show).status == "RUNNING"


def test_a_proposal_is_not_confirmed_while_the_show_is_being_moved(paid_orders: PaidOrders, settings: Any) -> None:
    settings.CALL_OFF_NEEDS_TWO = True
    show = paid_orders.performance
    call_off(show)
    with not_carried_out():
        move_show(show)

    with pytest.raises(BeingMoved):
        confirm_call_off(show.pk, actor_id=make_staff().pk, typed=confirmation_of(show))

    assert (status_of(show), CallOff.objects.get().status) == ("SCHEDULED", "PROPOSED")


def test_a_show_that_is_called_off_is_not_moved(paid_orders: PaidOrders) -> None:
    show = paid_orders.performance
    call_off(show)

    with pytest.raises(ValidationFailed) as refusal:
        move_show(show)

    assert "performance" in refusal.value.extras["errors"]
    assert not PerformanceMove.objects.exists()


@pytest.mark.parametrize("is_off", [False, True])
def test_being_called_off_goes_before_being_moved_wherever_it_is_asked(paid_orders: PaidOrders, is_off: bool) -> None:
    show = paid_orders.performance
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    with not_carried_out():
        move_show(show)
    if is_off:
        retried_transaction(close_performance)(show.pk, reason="ill")
    line = LineRow(paid_orders.seats[1], "VIP", PRICE_KRW)
    refused = PerformanceCalledOff if is_off else BeingMoved

    (placed,) = place_orders([OrderRequest(make_user().pk, show.pk, show.venue_id, (line,), None, None)])
    (begun,) = begin_attempts([ConfirmRequest(key, order.pk, order.amount_krw, order.user_id)])

    assert isinstance(placed, NotOnSale if is_off else BeingMoved)
    assert isinstance(begun, refused)
    with pytest.raises(refused):
        begin_attempt(key, order_id=order.pk, amount_krw=order.amount_krw, user_id=order.user_id)


@pytest.mark.django_db(transaction=True)
def test_a_draft_that_is_called_off_ends_at_once_and_is_never_published() -> None:
    draft = make_performance()
    Performance.objects.update(publication=Publication.DRAFT)

    job = call_off(draft)
    carry_on(job.pk)

    job.refresh_from_db()
    assert (job.status, job.notices.count(), status_of(draft)) == ("DONE", 0, "CANCELLED")
    assert Missing.SCHEDULE in list_missing(Performance.objects.get(pk=draft.pk), now=database_now())


@pytest.mark.parametrize("end", ["is cancelled", "is called off", "has let a deposit lapse"])
def test_an_order_of_a_show_that_was_taken_back_ends_and_leaves_no_work_behind(
    paid_orders: PaidOrders, end: str
) -> None:
    """Redis has no seats of it, and gets none: work that asked for them would be repeated for ever."""
    show, order = paid_orders.performance, paid_orders.place(0)
    if end == "has let a deposit lapse":
        Order.objects.filter(pk=order.pk).update(status=Order.Status.EXPIRED)
    take_back_show(show, by=make_staff("publication"))

    if end == "is cancelled":
        cancel_unpaid_order(order, actor="user:1")
    elif end == "is called off":
        carry_on(call_off(show).pk)
    else:
        in_transaction(lambda: release_waiting(order))

    assert [message.task for message in OutboxMessage.objects.all()] in ([], ["payments.close_account"])
    assert status_of_order(order) in ("CANCELLED", "EXPIRED")
