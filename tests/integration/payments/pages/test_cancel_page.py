"""Cancelling by a form, without a script: the fee is shown before it is agreed to, and nothing happens twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.orders.models import ORDER_MOVES, Order
from apps.payments.models import Refund
from apps.payments.order_story import get_order_story
from apps.payments.pages import cancel as cancel_pages
from apps.payments.services.settle_payments import settle_order
from tests.integration.payments.pages.visitor import data_of, owner_of, run_out, text_of
from tests.paid_orders import PaidOrders, assert_books_balance, status_of_order

ACCOUNT = {"bank": "20", "account_number": "1002-123-456789", "holder_name": "김하늘"}


def starts_in(paid_orders: PaidOrders, **time: int) -> None:
    Performance.objects.filter(pk=paid_orders.performance.pk).update(starts_at=database_now() + timedelta(**time))


@pytest.fixture(autouse=True)
def ten_per_cent(paid_orders: PaidOrders) -> None:
    """Eight days before the show the standard keeps 10 %."""
    starts_in(paid_orders, days=8)
    policy = paid_orders.performance.concert.cancellation_policy
    policy.free_period_hours = 0
    policy.save()


def cancel(order: Order, *lines: int, agreed: int, **more: Any) -> Any:
    form = {"line": lines, "agreed_refund": agreed, "agree": "on"} | more
    return owner_of(order).post("order-cancel-page", order, **form)


def result_of(answer: Any) -> str:
    assert answer.status_code == 302, text_of(answer)
    return text_of(answer.client.get(answer.url))


def test_all_tickets_are_chosen_at_first_and_their_fee_is_shown(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)

    page = owner_of(order).get("order-cancel-page", order)

    said = text_of(page)
    assert "Cancellation fee −₩20,000" in said
    assert "Refund ₩180,000" in said
    assert 'name="agreed_refund" value="180000"' in page.content.decode()
    assert page.content.decode().count('name="line"') == 2
    assert data_of(page)["preview"] == f"/api/orders/{order.pk}/cancel?preview=true"
    assert status_of_order(order) == "PAID"


def test_the_fee_of_another_choice_is_shown_on_request(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    visitor = owner_of(order)

    for page in (
        visitor.get("order-cancel-page", order, line="2"),
        visitor.post("order-cancel-page", order, line="2", preview="1", agree="on"),
    ):
        assert "Refund ₩90,000" in text_of(page)
        assert page.content.decode().count(" checked") == 1
    assert not Refund.objects.exists()


def test_a_line_that_is_no_number_of_a_line_counts_as_none(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)

    for line in ("9" * 5_000, "x", "-1"):
        assert "Refund ₩90,000" in text_of(owner_of(order).get("order-cancel-page", order, line=line))


def test_what_was_agreed_to_is_done_and_shown(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)

    answer = cancel(order, 1, 2, agreed=180_000)

    said = result_of(answer)
    assert "Your tickets are cancelled" in said
    assert "₩180,000 are on their way back to you" in said
    assert "Cancellation fee ₩20,000" in said
    assert status_of_order(order) == "CANCELLED"
    assert_books_balance(paid_orders.sandbox)


def test_some_tickets_go_and_the_others_stay(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)

    said = result_of(cancel(order, 2, agreed=90_000))

    assert "1 ticket of this order stays valid" in said
    assert status_of_order(order) == "PAID"


def test_nothing_is_cancelled_by_a_form_that_is_not_complete(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    forms: list[tuple[dict[str, Any], str]] = [
        ({"line": [], "agree": "on"}, "Choose at least one ticket"),
        ({"line": [1]}, "Agree to the fee first"),
        ({"line": [7], "agree": "on"}, "7"),
    ]

    for form, said in forms:
        answer = owner_of(order).post("order-cancel-page", order, agreed_refund="90000", **form)
        assert answer.status_code == 422
        assert said in text_of(answer)
    assert status_of_order(order) == "PAID"
    assert not Refund.objects.exists()


def test_a_fee_that_has_changed_since_is_shown_again_before_anything_happens(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    starts_in(paid_orders, days=4)

    answer = cancel(order, 1, agreed=90_000)

    assert answer.status_code == 409
    assert "The fee is not the one you saw before" in text_of(answer)
    assert "Refund ₩80,000" in text_of(answer)
    assert not Refund.objects.exists()


def test_sent_twice_it_is_one_cancellation(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0, 1)
    first = cancel(order, 1, agreed=90_000)

    second = cancel(order, 1, agreed=90_000)

    assert "Your tickets are cancelled" in result_of(first)
    assert second.status_code == 422
    assert "1 is not one of the available choices" in text_of(second)
    assert Refund.objects.count() == 1
    assert status_of_order(order) == "PAID"


def test_sent_twice_for_the_whole_order_the_second_shows_how_it_stands(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    cancel(order, 1, agreed=90_000)

    second = cancel(order, 1, agreed=90_000)

    assert "cancelled already" in result_of(second)
    assert Refund.objects.count() == 1


def test_after_the_last_moment_the_page_says_when_it_was(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    visitor = owner_of(order)
    starts_in(paid_orders, minutes=-1)

    shown, tried = visitor.get("order-cancel-page", order), cancel(order, 1, agreed=90_000)

    for answer in (shown, tried):
        assert answer.status_code == 409
        assert "The time to cancel has passed" in text_of(answer)
        assert "Your tickets stay valid" in text_of(answer)
    assert status_of_order(order) == "PAID"


def test_a_refused_refund_leaves_the_tickets_and_says_so(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])

    said = result_of(cancel(order, 1, agreed=90_000))

    assert "The refund was refused" in said
    assert "Your tickets stay valid" in said
    assert status_of_order(order) == "PAID"


def test_an_answer_that_does_not_come_is_waited_for(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(hang_next=True)

    said = result_of(cancel(order, 1, agreed=90_000))

    assert "Your cancellation is on its way" in said
    page = owner_of(order).get("order-cancel-page", order)
    assert (page.status_code, "A cancellation is on its way" in text_of(page)) == (409, True)


@pytest.mark.parametrize("is_held", [False, True])
def test_an_order_that_is_not_paid_is_given_up_by_a_button(paid_orders: PaidOrders, is_held: bool) -> None:
    order = paid_orders.reserve(0) if is_held else paid_orders.place(0)
    visitor = owner_of(order)
    assert "Release the seats?" in text_of(visitor.get("order-cancel-page", order))
    assert status_of_order(order) != "CANCELLED"

    answers = [visitor.post("order-cancel-page", order) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert status_of_order(order) == "CANCELLED"
    assert paid_orders.seat_status(0) == "AVAILABLE"


def test_an_order_that_was_paid_meanwhile_is_not_given_up_by_that_button(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)
    visitor.get("order-cancel-page", order)
    paid_orders.confirm(order, paid_orders.agree(order))

    answer = visitor.post("order-cancel-page", order)

    assert answer.status_code == 422
    assert status_of_order(order) == "PAID"
    assert not Refund.objects.exists()


def test_nor_one_that_is_paid_in_the_very_moment_of_the_button(
    paid_orders: PaidOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = paid_orders.reserve(0)
    seen = get_order_story(order.pk, user_id=order.user_id)
    paid_orders.confirm(order, paid_orders.agree(order))
    monkeypatch.setattr(cancel_pages, "own_story", lambda _request, _order_id: seen)

    answer = owner_of(order).post("order-cancel-page", order)

    assert (answer.status_code, answer.url) == (302, f"/orders/{order.pk}/")
    assert status_of_order(order) == "PAID"
    assert not Refund.objects.exists()


def test_an_order_that_is_being_paid_cannot_be_cancelled(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)

    answer = cancel(order, 1, agreed=90_000)

    assert "Please do not pay again" in result_of(answer)
    assert status_of_order(order) == "CONFIRMING"


def test_an_order_that_waits_for_its_deposit_is_cancelled_without_a_fee(paid_orders: PaidOrders) -> None:
    order = waiting(paid_orders)
    visitor = owner_of(order)
    asked = text_of(visitor.get("order-cancel-page", order))
    assert "If you have transferred the money already" in asked
    assert "counts as lapsed" in asked, "told before it is given up, not only afterwards"
    held = paid_orders.reserve(1)
    assert "counts as lapsed" not in text_of(owner_of(held).get("order-cancel-page", held))

    visitor.post("order-cancel-page", order)

    assert status_of_order(order) == "CANCELLED"
    assert not Refund.objects.exists()


def test_a_deposit_goes_back_to_an_account_that_the_form_asks_for(paid_orders: PaidOrders) -> None:
    order = waiting(paid_orders)
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    assert "Where shall the money go?" in text_of(owner_of(order).get("order-cancel-page", order))

    without = cancel(order, 1, agreed=90_000)
    wrong = cancel(order, 1, agreed=90_000, **ACCOUNT | {"account_number": "none"})
    done = cancel(order, 1, agreed=90_000, **ACCOUNT)

    assert (without.status_code, wrong.status_code) == (422, 422)
    assert "Enter the digits" in text_of(wrong)
    assert "Your tickets are cancelled" in result_of(done)
    assert_books_balance(paid_orders.sandbox)


def test_money_that_came_too_late_waits_until_an_account_is_named(paid_orders: PaidOrders) -> None:
    order = waiting(paid_orders)
    Order.objects.filter(pk=order.pk).update(status="CONFIRMING")
    ORDER_MOVES.move(order.pk, {"CONFIRMING"}, "CANCELLED", reason="cancelled")
    paid_orders.sandbox.post("/sandbox/deposit", orderId=order.pk)
    settle_order(order.pk)
    visitor = owner_of(order)
    assert "Refund waits for your bank account" in text_of(visitor.get("order-page", order))
    assert "Name your bank account" in text_of(visitor.get("order-cancel-page", order))

    wrong = visitor.post("order-cancel-page", order, **ACCOUNT | {"bank": "999"})
    done = visitor.post("order-cancel-page", order, **ACCOUNT)

    assert wrong.status_code == 422
    assert "The bank pays ₩100,000 into your account" in result_of(done)
    assert Refund.objects.get().status == "SENT"
    assert_books_balance(paid_orders.sandbox)


def test_an_order_whose_time_is_over_has_nothing_to_give_up(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    run_out(order)

    answer = owner_of(order).post("order-cancel-page", order)

    assert "Nothing was charged" in result_of(answer)


def test_a_result_that_is_not_there_is_a_404(paid_orders: PaidOrders) -> None:
    order = paid_orders.sell(0)

    for number in ("9", "x", ""):
        assert owner_of(order).get("order-cancel-page", order, refund=number).status_code == 404


def waiting(paid_orders: PaidOrders) -> Order:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    assert status_of_order(order) == "WAITING_FOR_DEPOSIT"
    return order
