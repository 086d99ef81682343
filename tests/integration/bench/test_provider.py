"""The benchmarks' stand-in of the payment provider, asked by the shop's own gateway as a process of its own."""

from __future__ import annotations

import socket
import time

import httpx
import pytest

from apps.payments.gateway.port import PaymentState, ProviderPayment, Refused
from apps.payments.gateway.toss.gateway import TossGateway
from bench.provider import DELAY_MS
from bench.servers import Provider

AMOUNT = 330_000


@pytest.fixture
def gateway(provider: Provider) -> TossGateway:
    return TossGateway(provider.url, secret_key="test_sk_bench")


def confirm(gateway: TossGateway, name: str, *, order_id: str = "", amount_krw: int = AMOUNT) -> ProviderPayment:
    order_id = order_id or f"order-{name}"
    return gateway.confirm(f"key-{name}", order_id=order_id, amount_krw=amount_krw, idempotency_key=f"confirm:{name}")


def test_a_confirm_takes_the_money_and_the_time_of_a_provider(gateway: TossGateway) -> None:
    started = time.monotonic()
    payment = confirm(gateway, "taken")

    assert time.monotonic() - started >= DELAY_MS / 1000
    assert payment.state is PaymentState.CAPTURED
    assert (payment.payment_key, payment.order_id) == ("key-taken", "order-taken")
    assert (payment.amount_krw, payment.balance_krw) == (AMOUNT, AMOUNT)
    assert payment.approved_at is not None


def test_a_payment_is_found_by_its_key_and_by_its_order(gateway: TossGateway) -> None:
    payment = confirm(gateway, "found")

    assert gateway.find_by_key("key-found") == gateway.find_by_order("order-found") == payment
    assert gateway.find_by_key("key-unheard-of") is None
    assert gateway.find_by_order("order-unheard-of") is None


def test_the_same_confirm_again_gets_the_same_answer(gateway: TossGateway) -> None:
    assert confirm(gateway, "again") == confirm(gateway, "again")


def test_a_key_pays_one_order_and_one_amount(gateway: TossGateway) -> None:
    first = confirm(gateway, "one")

    with pytest.raises(Refused):
        confirm(gateway, "one", order_id="order-another")
    with pytest.raises(Refused):
        confirm(gateway, "one", amount_krw=AMOUNT + 1)
    assert gateway.find_by_key("key-one") == first


def test_money_goes_back_in_parts_and_never_more_than_there_is(gateway: TossGateway) -> None:
    confirm(gateway, "back")

    def refund(amount_krw: int | None) -> ProviderPayment:
        return gateway.refund("key-back", amount_krw=amount_krw, reason="changed my mind", idempotency_key="refund")

    part = refund(AMOUNT - 1_000)
    assert (part.state, part.balance_krw) == (PaymentState.PARTLY_REFUNDED, 1_000)
    with pytest.raises(Refused):
        refund(1_001)
    whole = refund(None)
    assert (whole.state, whole.balance_krw) == (PaymentState.REFUNDED, 0)
    assert [one.amount_krw for one in whole.refunds] == [AMOUNT - 1_000, 1_000]


def test_what_is_no_payment_is_refused(provider: Provider) -> None:
    answer = httpx.post(f"{provider.url}/v1/payments/confirm", content=b"{")

    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")


def test_whoever_asks_before_the_answer_came_is_cut_off(provider: Provider) -> None:
    question = b"GET /v1/payments/nothing HTTP/1.1\r\nHost: x\r\n\r\n"
    confirm_call = b"POST /v1/payments/confirm HTTP/1.1\r\nHost: x\r\nContent-Length: 44\r\n\r\n"
    body = b'{"paymentKey":"k","orderId":"o","amount":10}'
    host, port = provider.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(confirm_call + body + question)
        assert connection.recv(1) == b""
