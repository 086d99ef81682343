"""Who an order is for, and how its tickets are handed over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from apps.accounts.models import Booker
from apps.accounts.services.bookers import add_booker, change_booker
from apps.common.clock import database_now
from apps.orders.models import Order
from tests.factories import make_user
from tests.paid_orders import PaidOrders, access_token

NOBODY = (None, "", "", "")


def change(paid_orders: PaidOrders, order: Order, *, user_id: int | None = None, **details: Any) -> Any:
    token = access_token(user_id or order.user_id)
    return paid_orders.client.patch(
        f"/api/orders/{order.pk}",
        details,
        content_type="application/json",
        headers={"Authorization": f"Bearer {token}"},
    )


def profile(user_id: int, name: str = "김하늘") -> Booker:
    return add_booker(user_id, name=name, phone="010-1234-5678", email="sky@example.com")


def details_of(order: Order) -> tuple[Any, ...]:
    order.refresh_from_db()
    return order.booker_id, order.booker_name, order.booker_phone, order.booker_email


def test_a_reserved_order_gets_its_booker_and_its_delivery(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    booker = profile(order.user_id)

    answer = change(paid_orders, order, booker_id=booker.pk, delivery="ON_SITE")

    assert answer.status_code == 200
    assert answer.json()["delivery"] == "ON_SITE"
    assert answer.json()["booker_id"] == booker.pk
    assert answer.json()["booker"] == {"name": "김하늘", "phone": "010-1234-5678", "email": "sky@example.com"}
    assert details_of(order) == (booker.pk, "김하늘", "010-1234-5678", "sky@example.com")


def test_what_is_not_named_stays(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    booker = profile(order.user_id)
    change(paid_orders, order, booker_id=booker.pk, delivery="ON_SITE")

    assert change(paid_orders, order).json()["delivery"] == "ON_SITE"
    assert change(paid_orders, order, delivery="MOBILE").json()["booker"]["name"] == "김하늘"
    assert change(paid_orders, order, booker_id=None).json()["booker"] is None
    assert details_of(order) == NOBODY


def test_an_order_keeps_the_profile_as_it_was_when_it_was_chosen(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    booker = profile(order.user_id)
    change(paid_orders, order, booker_id=booker.pk)

    change_booker(order.user_id, booker.pk, name="다른 이름")

    assert details_of(order)[1] == "김하늘"


def test_tickets_are_mobile_unless_something_else_is_chosen(paid_orders: PaidOrders) -> None:
    assert paid_orders.place(0).delivery == "MOBILE"


def test_somebody_elses_profile_cannot_be_taken(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    stranger = profile(make_user().pk)

    answer = change(paid_orders, order, booker_id=stranger.pk, delivery="ON_SITE")

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert list(answer.json()["errors"]) == ["booker_id"]
    assert (details_of(order), order.delivery) == (NOBODY, "MOBILE")


def test_somebody_elses_order_is_not_there(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    answer = change(paid_orders, order, user_id=make_user().pk, delivery="ON_SITE")

    assert answer.status_code == 404
    order.refresh_from_db()
    assert order.delivery == "MOBILE"


def test_details_that_make_no_sense_are_refused(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    for body in ({"delivery": "PIGEON"}, {"booker_id": "x"}, {"booker_id": 0}, {"delivery": None}):
        answer = change(paid_orders, order, **body)
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


def test_only_a_reserved_order_can_be_changed(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)

    for status, refusal in {
        "PENDING": (409, "order_state"),
        "CONFIRMING": (409, "order_state"),
        "PAID": (409, "order_state"),
        "EXPIRED": (410, "order_expired"),
    }.items():
        Order.objects.filter(pk=order.pk).update(status=status)
        for body in ({"delivery": "ON_SITE"}, {}):
            answer = change(paid_orders, order, **body)
            assert (answer.status_code, answer.json()["code"]) == refusal
        order.refresh_from_db()
        assert (order.delivery, order.status) == ("MOBILE", status)


def test_a_hold_whose_time_has_run_out_counts_as_lost_before_anybody_has_noticed(paid_orders: PaidOrders) -> None:
    order = paid_orders.reserve(0)
    Order.objects.filter(pk=order.pk).update(expires_at=database_now() - timedelta(seconds=1))

    answer = change(paid_orders, order, delivery="ON_SITE")

    assert (answer.status_code, answer.json()["code"]) == (410, "order_expired")
    order.refresh_from_db()
    assert order.delivery == "MOBILE"
