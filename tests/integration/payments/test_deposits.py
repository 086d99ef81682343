"""Deposits are bounded: in time, by person, by show; and one that is refused leaves the order as it was."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db.models.functions import Now
from pytest_django import Settings

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.redis import sync_redis
from apps.concerts.models import DepositPolicy, Performance, PerformanceMove, WaitingRoomMode
from apps.concerts.seat_states.records import RecordState
from apps.concerts.waiting_room import store as waiting_room
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.models import Order, OrderEvent
from apps.orders.seat_holds import store
from apps.orders.services.rebuild_seat_state import ensure_seat_state, take_snapshot
from apps.payments.deposits import refuse
from apps.payments.deposits.release import release_deposits
from apps.payments.deposits.rules import Why, last_moment, rules_of
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import Payment, PaymentAttempt, Refund
from apps.payments.services.settle_payments import settle_order, settle_unknown_payments
from tests.factories import make_user
from tests.integration.payments.pages.visitor import owner_of, text_of
from tests.paid_orders import PaidOrders, assert_books_balance, attempts_of, status_of_order
from tests.staff import make_staff

DEPOSIT = "가상계좌"


@pytest.fixture
def paid_orders(paid_orders_either_lane: PaidOrders) -> PaidOrders:
    """By both lanes: what one refuses the other refuses, too."""
    return paid_orders_either_lane


@pytest.fixture
def rules(settings: Settings) -> Any:
    def change(**changed: int) -> None:
        settings.DEPOSITS = settings.DEPOSITS | changed

    return change


def pay_by_deposit(paid_orders: PaidOrders, *seats: int, user: User | None = None, **more: Any) -> tuple[Order, Any]:
    """Hold seats and confirm a virtual account for them; answers the order, as it is then, and the answer."""
    order = paid_orders.reserve(*seats, user=user)
    answer = paid_orders.confirm(order, paid_orders.agree(order, method=DEPOSIT, **more))
    order.refresh_from_db()
    return order, answer


def assert_refused(paid_orders: PaidOrders, order: Order, answer: Any, why: Why) -> None:
    """The order is as it was, nothing is kept of the account, and it is closed at the provider."""
    assert (answer.status_code, answer.json()["code"], answer.json()["reason"]) == (409, "deposit_refused", why)
    assert (order.status, attempts_of(order)) == ("RESERVED", ["REFUSED"])
    assert not Payment.objects.filter(order=order).exists()
    key = PaymentAttempt.objects.get(order=order).payment_key
    assert paid_orders.sandbox.payment(key)["status"] == "CANCELED"


def ends_at(paid_orders: PaidOrders) -> datetime:
    """Until when a deposit is awaited that is opened now."""
    performance = Performance.objects.select_related("concert").get(pk=paid_orders.performance.pk)
    return last_moment(performance, rules_of(performance.concert), now=database_now())


@pytest.mark.parametrize("hours", [168, 2160])
def test_the_browsers_time_limit_does_not_count_where_it_is_longer(paid_orders: PaidOrders, hours: int) -> None:
    order, answer = pay_by_deposit(paid_orders, 0, validHours=hours)

    assert (answer.status_code, order.status) == (200, "WAITING_FOR_DEPOSIT")
    assert order.expires_at == ends_at(paid_orders)
    assert order.expires_at <= database_now() + timedelta(days=2)
    assert paid_orders.seat_expiry(0) == order.expires_at.timestamp()
    assert datetime.fromisoformat(answer.json()["payment"]["virtual_account"]["due_at"]) == order.expires_at


def test_an_account_that_ends_sooner_is_not_waited_for_longer(paid_orders: PaidOrders) -> None:
    order, _ = pay_by_deposit(paid_orders, 0, validHours=2)

    assert order.expires_at < database_now() + timedelta(hours=2, minutes=1)


def test_a_concert_has_a_time_limit_of_its_own(paid_orders: PaidOrders) -> None:
    DepositPolicy.objects.create(concert=paid_orders.performance.concert, days=4)

    order, _ = pay_by_deposit(paid_orders, 0)

    assert timedelta(days=4) < order.expires_at - database_now() < timedelta(days=5)


def test_an_account_whose_time_is_over_here_is_closed_whatever_the_provider_says(paid_orders: PaidOrders) -> None:
    order, _ = pay_by_deposit(paid_orders, 0, validHours=2160)
    Order.objects.update(expires_at=Now())

    settle_unknown_payments()

    assert (status_of_order(order), paid_orders.seat_status(0)) == ("EXPIRED", "AVAILABLE")
    key = PaymentAttempt.objects.get(order=order).payment_key
    assert paid_orders.sandbox.payment(key)["status"] == "CANCELED"


def test_the_third_open_deposit_of_a_person_is_refused_and_the_order_can_be_paid_by_card(
    paid_orders: PaidOrders,
) -> None:
    user = make_user()
    for seat in (0, 1):
        assert pay_by_deposit(paid_orders, seat, user=user)[1].status_code == 200

    order, answer = pay_by_deposit(paid_orders, 2, user=user)

    assert_refused(paid_orders, order, answer, Why.PERSON)
    assert paid_orders.seat_status(2) == "HELD"
    assert pay_by_deposit(paid_orders, 3)[1].status_code == 200  # somebody else
    assert paid_orders.confirm(order, paid_orders.agree(order)).json()["status"] == "PAID"
    assert_books_balance(paid_orders.sandbox)


def test_a_repeat_of_a_refused_deposit_gets_the_same_answer(paid_orders: PaidOrders, rules: Any) -> None:
    rules(seats_per_person=1)
    order = paid_orders.reserve(0, 1)
    key = paid_orders.agree(order, method=DEPOSIT)

    answers = [paid_orders.confirm(order, key).json() for _ in range(2)]

    assert answers[0] == answers[1]
    assert answers[0]["reason"] == Why.PERSON
    assert len(paid_orders.sandbox.calls("/confirm", mentioning=key)) == 1


def test_no_more_than_a_share_of_the_shows_seats_waits_for_deposits(paid_orders: PaidOrders, rules: Any) -> None:
    Performance.objects.update(limit_per_person=2)
    rules(share_percent=5)  # of 80
    for seats in ((0, 1), (2, 3)):
        assert pay_by_deposit(paid_orders, *seats)[1].status_code == 200

    order, answer = pay_by_deposit(paid_orders, 4)

    assert_refused(paid_orders, order, answer, Why.SHOW)
    first = Order.objects.filter(status="WAITING_FOR_DEPOSIT").order_by("created_at").first()
    assert first is not None
    assert paid_orders.cancel(first).status_code == 200
    assert pay_by_deposit(paid_orders, 5)[1].status_code == 200


def test_no_deposit_is_taken_near_the_show(paid_orders: PaidOrders) -> None:
    Performance.objects.update(starts_at=database_now() + timedelta(hours=47))

    assert_refused(paid_orders, *pay_by_deposit(paid_orders, 0), Why.LATE)


def test_no_deposit_is_taken_for_a_concert_that_takes_none(paid_orders: PaidOrders) -> None:
    DepositPolicy.objects.create(concert=paid_orders.performance.concert, is_offered=False)

    assert_refused(paid_orders, *pay_by_deposit(paid_orders, 0), Why.OFF)


def test_who_lets_deposits_lapse_again_and_again_is_refused_for_a_while(paid_orders: PaidOrders, rules: Any) -> None:
    rules(lapses=2)
    user = make_user()
    for seat in (0, 1):
        order, answer = pay_by_deposit(paid_orders, seat, user=user)
        assert answer.status_code == 200
        Order.objects.filter(pk=order.pk).update(expires_at=Now())
        settle_unknown_payments()
        assert status_of_order(order) == "EXPIRED"

    assert_refused(paid_orders, *pay_by_deposit(paid_orders, 2, user=user), Why.LAPSED)

    rules(lapse_days=0)
    assert pay_by_deposit(paid_orders, 3, user=user)[1].status_code == 200


def has_waited(order: Order, hundredths: int) -> None:
    """So much of the deposit's time is over, as if it had been opened earlier."""
    whole = timedelta(hours=40)
    opened = database_now() - whole * hundredths / 100
    OrderEvent.objects.filter(subject=order, to_status="WAITING_FOR_DEPOSIT").update(happened_at=opened)
    Order.objects.filter(pk=order.pk).update(expires_at=opened + whole)


def give_up(paid_orders: PaidOrders, seat: int, *, user: User, waited: int) -> Order:
    order, answer = pay_by_deposit(paid_orders, seat, user=user)
    assert answer.status_code == 200
    has_waited(order, waited)
    assert paid_orders.cancel(order).status_code == 200
    return order


def test_who_waits_and_cancels_in_the_last_minute_has_let_it_lapse(paid_orders: PaidOrders, rules: Any) -> None:
    rules(lapses=2)
    user = make_user()
    for seat in (0, 1):
        give_up(paid_orders, seat, user=user, waited=100)

    assert_refused(paid_orders, *pay_by_deposit(paid_orders, 2, user=user), Why.LAPSED)


@pytest.mark.parametrize("waited", [[50, 49, 1], [20, 20, 20, 20, 20], [90, 10]])
def test_what_is_given_up_counts_by_how_long_it_kept_its_seats(
    paid_orders: PaidOrders, rules: Any, waited: list[int]
) -> None:
    """So that holding for half the time again and again keeps seats no longer than letting one lapse does."""
    rules(lapses=1)
    user = make_user()
    for seat, share in enumerate(waited):
        give_up(paid_orders, seat, user=user, waited=share)

    assert_refused(paid_orders, *pay_by_deposit(paid_orders, 30, user=user), Why.LAPSED)


def test_who_changes_their_mind_at_once_loses_next_to_nothing(paid_orders: PaidOrders, rules: Any) -> None:
    rules(lapses=1)
    user = make_user()
    for seat in range(5):
        give_up(paid_orders, seat, user=user, waited=0)

    assert pay_by_deposit(paid_orders, 5, user=user)[1].status_code == 200


def test_what_staff_end_or_a_move_makes_people_give_up_is_no_lapse(paid_orders: PaidOrders, rules: Any) -> None:
    rules(lapses=1)
    user = make_user()
    released, _ = pay_by_deposit(paid_orders, 0, user=user)
    has_waited(released, 100)
    release_deposits([released.pk], staff_id=make_staff("sales").pk, reason="a mistake")
    order, answer = pay_by_deposit(paid_orders, 1, user=user)
    assert answer.status_code == 200
    show = Performance.objects.get(pk=order.performance_id)
    PerformanceMove.objects.create(
        performance=show, status="DONE", open=None, from_starts_at=show.starts_at, to_starts_at=show.starts_at,
        from_venue=show.venue, to_venue=show.venue, from_sale_closes_at=show.sale_closes_at,
        to_sale_closes_at=show.sale_closes_at, free_return_until=show.starts_at, asked_at=Now(), moved_at=Now(),
    )  # fmt: skip
    has_waited(order, 100)
    assert paid_orders.cancel(order).status_code == 200

    assert pay_by_deposit(paid_orders, 2, user=user)[1].status_code == 200


def test_an_account_that_the_provider_closes_when_its_time_is_over_has_lapsed(
    paid_orders: PaidOrders, rules: Any
) -> None:
    rules(lapses=1)
    user = make_user()
    order, _ = pay_by_deposit(paid_orders, 0, user=user)
    has_waited(order, 100)
    key = PaymentAttempt.objects.get(order=order).payment_key
    get_gateway("toss").refund(key, amount_krw=None, reason="over", idempotency_key=f"test:{key}")
    settle_order(order.pk)
    assert status_of_order(order) == "CANCELLED"

    assert_refused(paid_orders, *pay_by_deposit(paid_orders, 1, user=user), Why.LAPSED)


def test_who_gives_a_deposit_up_reads_that_it_counts(paid_orders: PaidOrders, rules: Any) -> None:
    rules(lapses=3)
    order, _ = pay_by_deposit(paid_orders, 0)
    has_waited(order, 100)
    owner = owner_of(order)

    owner.post("order-cancel-page", order)

    assert "So far that makes 1 in 30 days; after 3" in text_of(owner.get("order-page", order))


def test_money_that_reaches_a_refused_account_buys_the_seats_that_are_still_held(
    paid_orders: PaidOrders, rules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = deposit_into_a_refused_account(paid_orders, rules, monkeypatch)

    settle_order(order.pk)

    assert status_of_order(order) == "PAID"
    assert not Refund.objects.filter(order=order).exists()
    assert_books_balance(paid_orders.sandbox)


def test_money_that_reaches_a_refused_account_goes_back_once_the_order_has_ended(
    paid_orders: PaidOrders, rules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = deposit_into_a_refused_account(paid_orders, rules, monkeypatch)
    assert paid_orders.cancel(order).status_code == 200

    settle_order(order.pk)

    refund = Refund.objects.get(order=order)
    assert (refund.amount_krw, refund.cause) == (order.amount_krw, "ORDER_ENDED")
    assert status_of_order(order) == "CANCELLED"
    assert_books_balance(paid_orders.sandbox)


def deposit_into_a_refused_account(paid_orders: PaidOrders, rules: Any, monkeypatch: pytest.MonkeyPatch) -> Order:
    """Let the customer deposit before the account, which no deposit is taken by, is closed."""
    rules(seats_per_person=1)
    monkeypatch.setattr(refuse, "get_gateway", _away)
    order, answer = pay_by_deposit(paid_orders, 0, 1)
    assert answer.json()["code"] == "deposit_refused"
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    return order


def test_word_of_a_refused_account_does_not_let_the_order_wait(
    paid_orders: PaidOrders, rules: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules(seats_per_person=1)
    with monkeypatch.context() as patch:
        patch.setattr(refuse, "get_gateway", _away)
        order, _ = pay_by_deposit(paid_orders, 0, 1)
    rules(seats_per_person=8)
    Order.objects.update(status="CONFIRMING")  # another payment is under way by now

    assert settle_order(order.pk) == "refused"

    assert status_of_order(order) == "CONFIRMING"
    assert not Payment.objects.exists()
    key = PaymentAttempt.objects.get(order=order).payment_key
    assert paid_orders.sandbox.payment(key)["status"] == "CANCELED"


def _away(_name: str) -> Any:
    raise ConnectionError


# The waiting room


@pytest.fixture
def buyer(paid_orders: PaidOrders) -> User:
    """Somebody inside, of a show whose queue has stood for long enough."""
    user = make_user()
    Performance.objects.update(sale_opens_at=database_now() - timedelta(days=2))
    change_waiting_room(paid_orders.performance.pk, actor=None, mode=WaitingRoomMode.QUEUE)
    waiting_room.restore_passes(paid_orders.performance.pk, {user.pk: sync_redis().time()[0] + 600})
    return user


def is_inside(orders: PaidOrders, user: User) -> bool:
    return waiting_room.has_access_pass(orders.performance.pk, user.pk)


def test_an_order_that_waits_for_its_deposit_keeps_no_place_inside(paid_orders: PaidOrders, buyer: User) -> None:
    order, _ = pay_by_deposit(paid_orders, 0, user=buyer)

    assert order.status == "WAITING_FOR_DEPOSIT"
    assert not is_inside(paid_orders, buyer)
    assert paid_orders.seat_status(0) == "HELD"


def test_the_place_stays_while_another_order_is_to_be_paid_and_goes_with_it(
    paid_orders: PaidOrders, buyer: User
) -> None:
    other = paid_orders.reserve(1, user=buyer)
    pay_by_deposit(paid_orders, 0, user=buyer)
    assert is_inside(paid_orders, buyer)

    assert paid_orders.confirm(other, paid_orders.agree(other)).status_code == 200

    assert not is_inside(paid_orders, buyer)


def test_a_queued_sales_first_hours_take_no_deposit(paid_orders: PaidOrders, buyer: User) -> None:
    Performance.objects.update(sale_opens_at=database_now() - timedelta(hours=23))

    assert_refused(paid_orders, *pay_by_deposit(paid_orders, 0, user=buyer), Why.EARLY)


def test_after_a_loss_of_redis_a_deposit_holds_its_seats_and_gives_no_pass(
    paid_orders: PaidOrders, buyer: User
) -> None:
    order, _ = pay_by_deposit(paid_orders, 0, user=buyer)
    sync_redis().flushall()
    open_line(paid_orders.performance.pk)

    ensure_seat_state(paid_orders.performance.pk)

    assert paid_orders.seat_expiry(0) == order.expires_at.timestamp()
    assert not is_inside(paid_orders, buyer)
    (live,) = take_snapshot(paid_orders.performance.pk).orders
    assert live.record().state == RecordState.WAITING
    assert store.release_hold(order.pk)
    assert paid_orders.seat_status(0) == "AVAILABLE"
