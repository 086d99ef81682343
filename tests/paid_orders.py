"""A performance on sale, buyers with reserved seats, and the calls that pay and cancel, against the sandbox."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import Role, User
from apps.accounts.tokens import AccessToken
from apps.common.clock import database_now
from apps.common.redis import sync_redis
from apps.concerts.models import Performance, Seat
from apps.concerts.seat_map.statuses import status_of
from apps.concerts.seat_states.keys import seat_keys
from apps.concerts.seat_states.records import CELL
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.models import Order, OrderLine
from apps.orders.order_ids import new_order_id
from apps.orders.order_rows import LineRow, OrderRow, insert_orders
from apps.orders.seat_holds import store
from apps.orders.services.reserve_seats import WonHold, record_holds
from apps.payments.gateway import provider
from apps.payments.models import Payment, PaymentAttempt, Refund
from tests.factories import make_performance, make_user, seat_ids
from tests.payment_sandbox import PrivateSandbox
from tests.waiting import LONGEST_SECONDS

PRICE_KRW = 100_000
SECRET_FIELD = "secret"
READ_TIMEOUT_SECONDS = 2.0  # far longer than the sandbox takes; each test in which it hangs waits for so long


class PaidOrders:
    """Makes orders in section A of one performance, 100,000 won a seat: placed, held, paid, cancelled."""

    def __init__(self, sandbox: PrivateSandbox, performance: Performance | None = None) -> None:
        self.sandbox = sandbox
        self.performance = performance or make_performance(limit=40)
        self.seats = seat_ids(self.performance, 40)
        open_line(self.performance.pk)
        self.client = Client(raise_request_exception=True)

    def place(self, *seats: int, user: User | None = None) -> Order:
        """A PENDING order for seats, by their position in the section."""
        now = database_now()
        order_id = new_order_id(self.performance.pk)
        row = OrderRow(
            order_id=order_id,
            user_id=(user or make_user()).pk,
            performance_id=self.performance.pk,
            lines=tuple(LineRow(self.seats[seat], "VIP", PRICE_KRW) for seat in seats),
            booker=None,
            idempotency_key=None,
            request_hash="",
            created_at=now,
            expires_at=now + timedelta(minutes=10),
        )
        with transaction.atomic():
            insert_orders([row])
        return Order.objects.get(pk=order_id)

    def reserve(self, *seats: int, user: User | None = None) -> Order:
        """A RESERVED order, held in Redis and in the database."""
        order = self.place(*seats, user=user)
        held = store.reserve(order.pk, user_id=order.user_id)
        with transaction.atomic():
            record_holds([WonHold(order.pk, order.user_id, held.version, held.expires_at, held.pass_id)])
        order.refresh_from_db()
        return order

    def agree(self, order: Order, **more: Any) -> str:
        """The customer agrees in the payment window; answers the payment key."""
        return self.sandbox.authenticate(order.pk, order.amount_krw, **more)

    def confirm(self, order: Order, key: str, *, amount: int | None = None, user_id: int | None = None) -> Any:
        body = {"paymentKey": key, "orderId": order.pk, "amount": order.amount_krw if amount is None else amount}
        return self.post("/api/payments/confirm", body, user_id=user_id or order.user_id)

    def sell(self, *seats: int, user: User | None = None, **more: Any) -> Order:
        """A PAID order."""
        order = self.reserve(*seats, user=user)
        answer = self.confirm(order, self.agree(order, **more))
        assert answer.status_code == 200, answer.content
        order.refresh_from_db()
        return order

    def cancel(self, order: Order, *, preview: bool = False, user_id: int | None = None, **body: Any) -> Any:
        query = "?preview=1" if preview else ""
        return self.post(f"/api/orders/{order.pk}/cancel{query}", body, user_id=user_id or order.user_id)

    def post(self, path: str, body: Any, *, user_id: int | None = None, **headers: str) -> Any:
        known = {"Authorization": f"Bearer {access_token(user_id)}"} if user_id else {}
        return self.client.post(path, body, content_type="application/json", headers=known | headers)

    def seat_status(self, seat: int) -> str:
        """What the seat map shows of a seat."""
        return str(status_of(self.seat_expiry(seat), now=sync_redis().time()[0]))

    def seat_expiry(self, seat: int) -> int:
        """The Unix second at which a seat's hold ends, or the mark of a seat that is sold or blocked."""
        ordinal = Seat.objects.get(pk=self.seats[seat]).ordinal
        cells = sync_redis().get(seat_keys(self.performance.pk)[1])
        assert isinstance(cells, bytes)
        expires_at, _ = list(CELL.iter_unpack(cells))[ordinal]
        return int(expires_at)

    def lose_hold(self, order: Order) -> None:
        """Take an order's hold away behind its back, as a failover of Redis would."""
        store.release_hold(order.pk)


def access_token(user_id: int) -> AccessToken:
    """A customer's token; no log-in session stands behind it."""
    token = AccessToken.of(user_id, session_id=uuid.uuid4())
    token["role"] = Role.CUSTOMER.value
    return token


def status_of_order(order: Order) -> str:
    return str(Order.objects.values_list("status", flat=True).get(pk=order.pk))


def attempts_of(order: Order) -> list[str]:
    return list(PaymentAttempt.objects.filter(order=order).values_list("status", flat=True))


def assert_books_balance(sandbox: PrivateSandbox, payments: Iterable[Payment] | None = None) -> None:
    """Every captured won belongs to a live ticket, a refund, or a fee; what we know is what the provider knows."""
    for payment in Payment.objects.exclude(approved_at=None) if payments is None else payments:
        document = sandbox.payment(payment.payment_key)
        done = Refund.objects.filter(payment=payment, status__in=("SENT", "DONE"), hand_reference="")
        waiting = Refund.objects.filter(payment=payment, status__in=("REQUESTED", "UNKNOWN"))
        given = sum(refund.amount_krw for refund in done)
        kept = sum(refund.fee_krw for refund in done)
        promised = sum(refund.amount_krw for refund in waiting)
        alive = OrderLine.objects.filter(tickets__live=True, order=payment.order)
        worth = sum(line.price_krw for line in alive)
        not_alive_promised = sum(refund.amount_krw for refund in waiting if not refund.lines.exists())
        assert payment.balance_krw == payment.amount_krw - given
        assert payment.refundable_krw == payment.balance_krw - promised
        ahead = _given_ahead(done) if alive or done.filter(refund_lines__live=True).exists() else 0
        assert payment.balance_krw == worth + kept + not_alive_promised - ahead
        if not waiting:
            assert document["balanceAmount"] == payment.balance_krw


def _given_ahead(done: QuerySet[Refund]) -> int:
    """What the provider's own desk has given back for seats that have not been cancelled."""
    at_the_desk = sum(refund.amount_krw for refund in done if refund.cause == "PROVIDER")
    return at_the_desk - sum(refund.given_before_krw for refund in done)


@contextmanager
def use_sandbox(settings: Settings, sandbox: PrivateSandbox) -> Iterator[None]:
    """Let this process's gateway speak to `sandbox`, and give up an answer that does not come."""
    settings.TOSS_API_BASE = sandbox.url
    settings.TOSS_CONNECT_TIMEOUT_SECONDS = LONGEST_SECONDS
    settings.TOSS_READ_TIMEOUT_SECONDS = READ_TIMEOUT_SECONDS
    provider.get_gateway.cache_clear()
    yield
    provider.get_gateway.cache_clear()
