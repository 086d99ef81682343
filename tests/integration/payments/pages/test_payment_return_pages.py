"""Where the payment window leads back to; pages that can be loaded again at any time."""

from __future__ import annotations

from apps.orders.models import Order
from apps.payments.models import PaymentAttempt
from tests.integration.payments.pages.visitor import data_of, owner_of, run_out, text_of
from tests.paid_orders import PaidOrders, status_of_order


def came_back(order: Order, key: str, **other: str) -> dict[str, str]:
    """What Toss's redirect hands over."""
    return {"paymentKey": key, "orderId": order.pk, "amount": str(order.amount_krw)} | other


def test_the_page_hands_the_redirects_words_to_its_script_and_confirms_nothing_itself(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)

    page = owner_of(order).get("payment-success", order, **came_back(order, key))

    assert page.status_code == 200
    assert data_of(page)["confirm"] == {"paymentKey": key, "orderId": order.pk, "amount": 100_000, "movedAt": None}
    assert "nothing is charged twice" in text_of(page)
    assert not PaymentAttempt.objects.exists()


def test_loaded_again_after_the_payment_it_shows_the_order_and_asks_nobody(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.confirm(order, key)
    calls = len(paid_orders.sandbox.calls())

    answers = [owner_of(order).get("payment-success", order, **came_back(order, key)) for _ in range(2)]

    assert [answer.url for answer in answers] == [f"/orders/{order.pk}/"] * 2
    assert len(paid_orders.sandbox.calls()) == calls


def test_while_the_outcome_is_open_it_goes_on_asking(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    key = paid_orders.agree(order)
    paid_orders.sandbox.faults(hang_next=True)
    paid_orders.confirm(order, key)

    page = owner_of(order).get("payment-success", order, **came_back(order, key))

    assert data_of(page)["status"] == "CONFIRMING"


def test_an_answer_that_is_not_whole_leads_back_to_the_checkout(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)

    for change in (
        {"paymentKey": ""},
        {"paymentKey": "x" * 201},
        {"orderId": "1-AAAAAAAAAAAAAAAA"},
        {"amount": "1e5"},
        {"amount": "1" * 5_000},
    ):
        answer = visitor.get("payment-success", order, **came_back(order, "key") | change)
        assert answer.url == f"/orders/{order.pk}/payment/fail/?code=incomplete"
    page = visitor.client.get(answer.url)
    assert "no complete answer" in text_of(page)
    assert f"/orders/{order.pk}/checkout/" in page.content.decode()


def test_each_failure_has_its_own_words_and_a_way_on(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)

    for code, said in {
        "PAY_PROCESS_CANCELED": "You closed the payment window",
        "REJECT_CARD_COMPANY": "The card company declined the payment",
        "REJECT_CARD_PAYMENT": "exceeds a limit or the balance",
        "EXCEED_MAX_ONE_DAY_AMOUNT": "exceeds a limit or the balance",
        "INVALID_CARD_EXPIRATION": "The card's data were not accepted",
        "INVALID_STOPPED_CARD": "This card cannot be used",
        "REJECT_SOMETHING_NEW": "The card company declined the payment",
        "NOT_FOUND_PAYMENT_SESSION": "had run out of time",
        "amount_mismatch": "The amount was not that of your order",
        "payment_key_used": "belongs to another order",
        "NEVER_HEARD_OF": "The payment did not go through",
        "": "The payment did not go through",
    }.items():
        page = visitor.get("payment-fail", order, code=code, orderId=order.pk)
        assert said in text_of(page), code
        assert "Nothing was charged" in text_of(page)
        assert "Seats held for" in text_of(page)
        assert f'href="/orders/{order.pk}/checkout/"' in page.content.decode()
    assert status_of_order(order) == "RESERVED"


def test_without_a_pass_the_way_on_leads_through_the_waiting_room(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    page = owner_of(order).get("payment-fail", order, code="access_pass_required").content.decode()

    assert f"/performances/{order.performance_id}/waiting-room/" in page
    assert f"/orders/{order.pk}/checkout/" not in page


def test_what_stands_in_the_address_is_text(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    attack = "<img src=x onerror=alert(1)>"

    page = owner_of(order).get("payment-fail", order, code=attack, message=attack + "x" * 1_000)

    assert attack not in page.content.decode()
    assert "&lt;img src=x" in page.content.decode()
    assert attack in text_of(page)
    assert "x" * 511 not in text_of(page)


def test_a_failure_of_an_order_that_is_over_shows_the_order(paid_orders: PaidOrders) -> None:
    paid, late = paid_orders.sell(0), paid_orders.reserve(1)
    run_out(late)

    for order in (paid, late):
        assert owner_of(order).get("payment-fail", order, code="USER_CANCEL").url == f"/orders/{order.pk}/"


def test_these_pages_only_show(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    for name in ("payment-success", "payment-fail", "order-page"):
        assert owner_of(order).post(name, order).status_code == 405
