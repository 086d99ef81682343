"""What staff see of payments, and the one thing they may do."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.payments.models import Payment, Refund
from tests.factories import make_user
from tests.paid_orders import PaidOrders

MODELS = ("payment", "paymentattempt", "refund", "webhookdelivery")
MOST_QUERIES = 12


@pytest.fixture
def boss(transactional_db: None) -> User:
    user = make_user(role=Role.STAFF)
    user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def admin(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


@pytest.mark.parametrize("model", MODELS)
def test_lists_take_the_same_few_queries_for_any_number_of_rows(
    paid_orders: PaidOrders, admin: Client, model: str, django_assert_max_num_queries: object
) -> None:
    for seat in range(4):
        paid_orders.cancel(paid_orders.sell(seat))

    with django_assert_max_num_queries(MOST_QUERIES):  # type: ignore[operator]
        answer = admin.get(reverse(f"admin:payments_{model}_changelist"))

    assert answer.status_code == 200


def test_a_payment_is_shown_without_its_secret_or_the_account_and_cannot_be_changed(
    paid_orders: PaidOrders, admin: Client
) -> None:
    order = paid_orders.reserve(0)
    paid_orders.confirm(order, paid_orders.agree(order, method="가상계좌"))
    payment = Payment.objects.get()
    address = reverse("admin:payments_payment_change", args=[payment.pk])

    page = admin.get(address).content.decode()

    assert payment.payment_key in page
    assert payment.secret not in page
    assert payment.account["number"] not in page
    assert admin.post(address, {"amount_krw": 1}).status_code == 403


def test_an_order_is_shown_with_its_tickets_and_events(paid_orders: PaidOrders, admin: Client) -> None:
    order = paid_orders.sell(0)

    page = admin.get(reverse("admin:orders_order_change", args=[order.pk]))

    assert page.status_code == 200
    assert order.tickets.get().code in page.content.decode()


def test_staff_try_a_refused_refund_again(paid_orders: PaidOrders, admin: Client, boss: User) -> None:
    order = paid_orders.sell(0)
    paid_orders.sandbox.faults(fail_next=[403, "NOT_CANCELABLE_PAYMENT"])
    paid_orders.cancel(order)
    refund = Refund.objects.get()

    answer = admin.post(
        reverse("admin:payments_refund_changelist"), {"action": "try_again", "_selected_action": [refund.pk]}
    )

    assert answer.status_code == 302
    refund.refresh_from_db()
    assert refund.status == "REQUESTED"
    assert refund.events.latest("pk").actor == f"staff:{boss.pk}"
