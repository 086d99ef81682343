"""The checkout: what it shows, what it stores, and what it lets the payment window be opened with."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import Booker
from apps.accounts.services.bookers import add_booker
from apps.common.clock import database_now
from apps.concerts.models import Concert, Performance, WaitingRoomMode
from apps.orders.models import ORDER_MOVES, Order
from tests.factories import make_performance, make_user
from tests.integration.payments.pages.visitor import (
    Visitor,
    data_of,
    owner_of,
    policy_of,
    run_out,
    text_of,
)
from tests.paid_orders import PaidOrders

NEW_BOOKER = {"booker": "new", "name": "김하늘", "phone": "010-1234-5678", "email": "sky@example.com"}
AGREED = {"delivery": "MOBILE", "method": "CARD", "agree_fees": "on", "agree_data": "on"}


def test_it_shows_the_order_the_time_that_is_left_and_the_terms(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0, 1)

    page = owner_of(order).get("checkout", order)

    said = text_of(page)
    assert page.status_code == 200
    assert "달빛 콘서트" in said
    assert "₩200,000" in said
    assert "Seats held for 9:" in said or "Seats held for 10:00" in said
    assert "10% of the ticket price" in said
    assert "Practice mode" in said
    assert page.headers["Cache-Control"].endswith("private")


def test_only_this_page_lets_the_providers_script_in(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)

    checkout, other = policy_of(visitor.get("checkout", order)), policy_of(visitor.get("order-page", order))

    assert checkout["script-src"] == ["'self'", paid_orders.sandbox.url]
    assert other["script-src"] == ["'self'"]
    assert not any("unsafe" in source for sources in checkout.values() for source in sources)


def test_with_tosses_own_address_the_script_comes_from_toss(paid_orders: PaidOrders, settings: Settings) -> None:
    settings.TOSS_API_BASE, settings.TOSS_CLIENT_KEY = "https://api.tosspayments.com", "live_ck_x"
    order = paid_orders.reserve(0)

    page = owner_of(order).get("checkout", order)

    assert data_of(page)["window"]["script_url"] == "https://js.tosspayments.com/v2/standard"
    assert policy_of(page)["script-src"] == ["'self'", "https://js.tosspayments.com"]
    assert policy_of(page)["frame-src"] == ["https://*.tosspayments.com", "https://*.toss.im"]
    assert "mode" not in text_of(page)


def test_a_test_key_of_toss_is_named_as_one(paid_orders: PaidOrders, settings: Settings) -> None:
    settings.TOSS_API_BASE, settings.TOSS_CLIENT_KEY = "https://api.tosspayments.com", "test_ck_x"
    order = paid_orders.reserve(0)

    assert "Test mode" in text_of(owner_of(order).get("checkout", order))


def test_an_address_that_only_looks_like_tosses_is_not_theirs(paid_orders: PaidOrders, settings: Settings) -> None:
    settings.TOSS_API_BASE = "https://nottosspayments.com"
    order = paid_orders.reserve(0)

    assert (
        data_of(owner_of(order).get("checkout", order))["window"]["script_url"]
        == "https://nottosspayments.com/v2/standard"
    )


def test_a_stranger_is_sent_to_the_log_in_and_back(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    answer = Visitor(None).get("checkout", order)

    assert answer.status_code == 302
    assert answer.url == f"/accounts/log-in/?next=%2Forders%2F{order.pk}%2Fcheckout%2F"


def test_somebody_elses_order_is_a_page_that_is_not_there(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    stranger = Visitor(make_user())

    for name in ("checkout", "payment-success", "payment-fail", "order-page", "order-cancel-page"):
        assert stranger.get(name, order).status_code == 404
        assert stranger.post(name, order).status_code in {404, 405}
    order.refresh_from_db()
    assert (order.status, order.booker_name) == ("RESERVED", "")


def test_an_order_that_cannot_be_paid_is_shown_as_it_is(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)

    for status in ("PENDING", "CONFIRMING", "WAITING_FOR_DEPOSIT", "PAID", "CANCELLED", "EXPIRED"):
        Order.objects.filter(pk=order.pk).update(status=status)
        answer = visitor.get("checkout", order)
        assert (answer.status_code, answer.url) == (302, f"/orders/{order.pk}/")


def test_an_order_whose_time_is_over_is_shown_as_it_is(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    run_out(order)

    assert owner_of(order).get("checkout", order).url == f"/orders/{order.pk}/"


def test_the_choices_are_stored_and_the_window_gets_what_the_server_says(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0, 1)

    answer = owner_of(order).post("checkout", order, **NEW_BOOKER, **AGREED | {"delivery": "ON_SITE"})

    assert answer.status_code == 200
    assert answer.json()["request"] == {
        "method": "CARD",
        "amount": {"currency": "KRW", "value": 200_000},
        "orderId": order.pk,
        "orderName": "달빛 콘서트, 2 seats",
        "successUrl": f"/orders/{order.pk}/payment/success/",
        "failUrl": f"/orders/{order.pk}/payment/fail/",
        "customerName": "김하늘",
        "customerEmail": "sky@example.com",
        "customerMobilePhone": "01012345678",
        "windowTarget": "self",
    }
    order.refresh_from_db()
    assert (order.booker_name, order.delivery) == ("김하늘", "ON_SITE")
    assert order.booker == Booker.objects.get(user=order.user_id)


def test_paying_once_more_finds_the_same_profile_and_the_choices_of_before(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)
    for _ in range(2):
        assert visitor.post("checkout", order, **NEW_BOOKER, **AGREED | {"delivery": "ON_SITE"}).status_code == 200

    page = visitor.get("checkout", order).content.decode()

    booker = Booker.objects.get(user=order.user_id)
    assert re.search(rf'value="{booker.pk}"\s+checked', page)
    assert re.search(r'value="ON_SITE"\s+checked', page)


def test_a_profile_of_before_is_taken_as_it_is(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    booker = add_booker(order.user_id, name="박바다", phone="010-9876-5432", email="sea@example.com")

    answer = owner_of(order).post("checkout", order, booker=str(booker.pk), name="", phone="no", **AGREED)

    assert answer.json()["request"]["customerName"] == "박바다"


def test_what_is_missing_or_wrong_is_said_at_its_field(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)

    for name, value in {
        "name": "",
        "phone": "12",
        "email": "sky",
        "booker": "",
        "delivery": "PIGEON",
        "method": "CASH",
        "agree_fees": "",
        "agree_data": "",
    }.items():
        answer = visitor.post("checkout", order, **NEW_BOOKER | AGREED | {name: value})
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [name])
    order.refresh_from_db()
    assert order.booker_name == ""
    assert not Booker.objects.filter(user=order.user_id).exists()


def test_another_accounts_profile_cannot_be_chosen(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    stranger = add_booker(make_user().pk, name="남", phone="010-1234-5678", email="x@example.com")

    answer = owner_of(order).post("checkout", order, booker=str(stranger.pk), **AGREED)

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["booker"])


def test_without_a_pass_nothing_is_stored(paid_orders: PaidOrders) -> None:
    order = PaidOrders(paid_orders.sandbox, make_performance(mode=WaitingRoomMode.QUEUE)).place(0)
    Order.objects.filter(pk=order.pk).update(status="RESERVED")

    answer = owner_of(order).post("checkout", order, **NEW_BOOKER, **AGREED)

    assert (answer.status_code, answer.json()["code"]) == (403, "access_pass_required")
    order.refresh_from_db()
    assert order.booker_name == ""


def test_when_the_time_is_over_the_window_is_not_opened(paid_orders: PaidOrders) -> None:
    order = PaidOrders(paid_orders.sandbox, make_performance(mode=WaitingRoomMode.QUEUE)).place(0)
    Order.objects.filter(pk=order.pk).update(status="RESERVED")
    run_out(order)

    answer = owner_of(order).post("checkout", order, **NEW_BOOKER, **AGREED)

    assert (answer.status_code, answer.json()["code"]) == (410, "order_expired")
    assert not Booker.objects.filter(user=order.user_id).exists()


def test_a_deposit_is_offered_only_while_it_can_come_in_time(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    visitor = owner_of(order)
    body: dict[str, Any] = NEW_BOOKER | AGREED | {"method": "VIRTUAL_ACCOUNT"}
    hours = visitor.post("checkout", order, **body).json()["request"]["virtualAccount"]["validHours"]
    assert 23 <= hours < 48  # to the end of the next day
    assert "A deposit keeps your seats until" in text_of(visitor.get("checkout", order))

    Performance.objects.update(starts_at=database_now() + timedelta(hours=47))

    page = visitor.get("checkout", order)
    assert 'value="VIRTUAL_ACCOUNT"' not in page.content.decode()
    assert "It is too late for a deposit." in text_of(page)
    refused = visitor.post("checkout", order, **body)
    assert (refused.status_code, refused.json()["code"]) == (409, "deposit_refused")
    assert refused.json()["reason"] == "DEPOSITS_LATE"
    after = text_of(visitor.get("payment-fail", order, code="DEPOSITS_LATE"))
    assert "It is too late for a deposit" in after
    order.refresh_from_db()
    assert order.booker_name == "김하늘"  # of the first time; the refused one has stored nothing


def test_who_has_let_a_deposit_lapse_is_told_before_it_is_too_often(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    lapsed = paid_orders.reserve(1, user=order.user)
    ORDER_MOVES.move(lapsed.pk, {"RESERVED"}, "CONFIRMING", reason="payment started")
    ORDER_MOVES.move(lapsed.pk, {"CONFIRMING"}, "WAITING_FOR_DEPOSIT", reason="waiting for deposit")
    Order.objects.filter(pk=lapsed.pk).update(expires_at=database_now())
    ORDER_MOVES.move(lapsed.pk, {"WAITING_FOR_DEPOSIT"}, "EXPIRED", reason="no deposit came")

    said = text_of(owner_of(order).get("checkout", order))

    assert "You have let 1 deposit lapse in 30 days. After 3 you cannot pay by a deposit for a while." in said


def test_what_people_have_entered_is_text(paid_orders: PaidOrders) -> None:
    Concert.objects.update(title="<script>alert(1)</script>")
    order = paid_orders.reserve(0)
    add_booker(order.user_id, name="<b>x</b>", phone="010-1234-5678", email="x@example.com")

    page = owner_of(order).get("checkout", order).content.decode()

    assert "<script>alert" not in page
    assert "&lt;b&gt;x&lt;/b&gt;" in page


def test_more_seats_take_no_more_queries(
    paid_orders: PaidOrders, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    one, many = paid_orders.reserve(0), paid_orders.reserve(*range(1, 9))
    counts = []
    for order in (one, many):
        visitor = owner_of(order)
        with django_assert_max_num_queries(21) as queries:
            assert visitor.get("checkout", order).status_code == 200
        counts.append(count(queries))
    assert counts[0] == counts[1]


def count(queries: CaptureQueriesContext) -> int:
    return len(queries)
