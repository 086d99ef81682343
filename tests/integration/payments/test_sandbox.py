"""What the sandbox has beside Toss's calls: the payment window, webhooks with their retries, deposits, time."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.integration.payments.test_toss_gateway import AMOUNT, new_order_id
from tests.payment_sandbox import SECRET_KEY, PrivateSandbox
from tests.waiting import LONGEST_SECONDS

MERCHANT = {"successUrl": "http://shop.example/paid?from=window", "failUrl": "http://shop.example/failed"}


class Merchant:
    """A merchant that takes webhooks, after refusing the first few."""

    def __init__(self, *, refusals: int) -> None:
        self.refusals = refusals
        self.received: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.complete = threading.Event()
        merchant = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                merchant.received.append(({name.lower(): value for name, value in self.headers.items()}, body))
                taken = len(merchant.received) > merchant.refusals
                self.send_response(200 if taken else 500)
                self.send_header("content-length", "0")
                self.end_headers()
                if taken:
                    merchant.complete.set()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    merchant = Merchant(refusals=2)
    yield merchant
    merchant.server.shutdown()
    merchant.server.server_close()


@pytest.fixture
def browser(sandbox: PrivateSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, timeout=LONGEST_SECONDS) as client:
        yield client


@pytest.fixture
def window(browser: httpx.Client) -> str:
    """The address of a payment window that has just been opened."""
    query = {"orderId": new_order_id(), "amount": AMOUNT, "orderName": "<달빛> 콘서트", **MERCHANT}
    opened = browser.get("/sandbox/window", params=query)
    assert opened.status_code == 303
    return opened.headers["location"]


def came_back(answer: httpx.Response) -> tuple[str, dict[str, str]]:
    assert answer.status_code == 303
    parts = urlsplit(answer.headers["location"])
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return f"{parts.scheme}://{parts.netloc}{parts.path}", query


class TestWindow:
    def test_shows_the_amount_in_korean_and_english_and_nothing_unescaped(
        self, browser: httpx.Client, window: str
    ) -> None:
        page = browser.get(window)
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert "55,000" in page.text
        assert "결제하기" in page.text
        assert "Pay" in page.text
        assert "&lt;달빛&gt; 콘서트" in page.text
        assert "<달빛>" not in page.text
        assert browser.get("/sandbox/window/window.css").headers["content-type"].startswith("text/css")
        assert "TossPayments" in browser.get("/v2/standard").text

    def test_success_leads_back_with_the_key_that_confirm_needs(
        self, browser: httpx.Client, sandbox: PrivateSandbox, window: str
    ) -> None:
        address, query = came_back(browser.post(window, data={"choice": "success", "method": "간편결제"}))
        assert address == "http://shop.example/paid"
        assert query["from"] == "window"
        assert query["amount"] == str(AMOUNT)
        payment = sandbox.payment(query["paymentKey"])
        assert (payment["status"], payment["method"], payment["orderId"]) == (
            "IN_PROGRESS",
            "간편결제",
            query["orderId"],
        )

    def test_a_decline_ends_the_payment(self, browser: httpx.Client, sandbox: PrivateSandbox, window: str) -> None:
        address, query = came_back(browser.post(window, data={"choice": "decline"}))
        assert (address, query["code"]) == ("http://shop.example/failed", "REJECT_CARD_COMPANY")
        payment = sandbox.payment(window.rsplit("/", 1)[1])
        assert (payment["status"], payment["failure"]["code"]) == ("ABORTED", "REJECT_CARD_COMPANY")

    def test_closing_changes_no_state(self, browser: httpx.Client, sandbox: PrivateSandbox, window: str) -> None:
        address, query = came_back(browser.post(window, data={"choice": "close"}))
        assert (address, query["code"]) == ("http://shop.example/failed", "PAY_PROCESS_CANCELED")
        assert sandbox.payment(window.rsplit("/", 1)[1])["status"] == "READY"

    def test_runs_out_after_half_an_hour(self, browser: httpx.Client, sandbox: PrivateSandbox, window: str) -> None:
        sandbox.set_clock(ahead_seconds=1801)
        assert "결제 시간이 지났습니다" in browser.get(window).text
        late = browser.post(window, data={"choice": "success", "method": "카드"})
        assert late.status_code == 200
        assert sandbox.payment(window.rsplit("/", 1)[1])["status"] == "EXPIRED"

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount": "0"},
            {"amount": "x"},
            {"orderId": "a b"},
            {"successUrl": "javascript:alert(1)"},
            {"method": "현금"},
        ],
    )
    def test_is_not_opened_for_nonsense(self, browser: httpx.Client, wrong: dict[str, str]) -> None:
        query = {"orderId": new_order_id(), "amount": str(AMOUNT), **MERCHANT, **wrong}
        answer = browser.get("/sandbox/window", params=query)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_REQUEST")

    def test_keeps_a_virtual_account_open_for_as_long_as_the_merchant_has_said(
        self, browser: httpx.Client, sandbox: PrivateSandbox
    ) -> None:
        order_id = new_order_id()
        query = {"orderId": order_id, "amount": AMOUNT, "method": "가상계좌", "validHours": "24", **MERCHANT}
        window = browser.get("/sandbox/window", params=query).headers["location"]
        _, back = came_back(browser.post(window, data={"choice": "success", "method": "가상계좌"}))
        httpx.post(
            f"{sandbox.url}/v1/payments/confirm",
            json={"paymentKey": back["paymentKey"], "orderId": order_id, "amount": AMOUNT},
            auth=(SECRET_KEY, ""),
            timeout=LONGEST_SECONDS,
        )

        payment = sandbox.payment(back["paymentKey"])

        due_at = datetime.fromisoformat(payment["virtualAccount"]["dueDate"])
        asked_at = datetime.fromisoformat(payment["requestedAt"]).replace(tzinfo=None)
        assert timedelta(hours=24) <= due_at - asked_at < timedelta(hours=24, minutes=1)


class TestWebhooks:
    def test_a_change_is_told_until_the_merchant_has_taken_it(
        self, sandbox: PrivateSandbox, merchant: Merchant
    ) -> None:
        sandbox.send_webhooks_to(merchant.url)
        order_id = new_order_id()
        key = sandbox.authenticate(order_id, AMOUNT)
        httpx.post(
            f"{sandbox.url}/v1/payments/confirm",
            json={"paymentKey": key, "orderId": order_id, "amount": AMOUNT},
            auth=(SECRET_KEY, ""),
            timeout=LONGEST_SECONDS,
        )

        assert merchant.complete.wait(LONGEST_SECONDS)

        counts = [headers["tosspayments-webhook-transmission-retried-count"] for headers, _ in merchant.received]
        assert counts == ["0", "1", "2"]
        assert len({headers["tosspayments-webhook-transmission-id"] for headers, _ in merchant.received}) == 1
        body = merchant.received[-1][1]
        assert (body["eventType"], body["data"]["status"], body["data"]["orderId"]) == (
            "PAYMENT_STATUS_CHANGED",
            "DONE",
            order_id,
        )
        assert "+" not in body["createdAt"]

    def test_a_deposit_is_told_flat_with_the_secret(
        self, sandbox: PrivateSandbox, merchant: Merchant, browser: httpx.Client
    ) -> None:
        merchant.refusals = 0
        order_id = new_order_id()
        account = {
            "amount": AMOUNT, "orderId": order_id, "orderName": "표", "customerName": "홍길동", "bank": "20",
        }  # fmt: skip
        issued = browser.post("/v1/virtual-accounts", json=account, auth=(SECRET_KEY, "")).json()
        assert issued["status"] == "WAITING_FOR_DEPOSIT"
        sandbox.send_webhooks_to(merchant.url)

        sandbox.post("/sandbox/deposit", orderId=order_id)

        def callbacks() -> list[dict[str, Any]]:
            return [body for _, body in merchant.received if "secret" in body]

        while not callbacks():
            assert merchant.complete.wait(LONGEST_SECONDS)
            merchant.complete.clear()
        (callback,) = callbacks()
        assert callback.keys() == {"createdAt", "secret", "status", "transactionKey", "orderId"}
        assert (callback["secret"], callback["status"]) == (issued["secret"], "DONE")


@pytest.mark.parametrize(
    ("asked", "answered"), [("VIRTUAL_ACCOUNT", "가상계좌"), ("가상계좌", "가상계좌"), ("CARD", "카드")]
)
def test_a_method_has_the_name_of_the_browser_script_or_of_the_answers(
    sandbox: PrivateSandbox, browser: httpx.Client, asked: str, answered: str
) -> None:
    key = sandbox.authenticate(new_order_id(), AMOUNT, method=asked)

    payment = browser.get(f"/v1/payments/{key}", auth=(SECRET_KEY, "")).json()
    assert payment["method"] == answered


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", b"", 404),
        ("PUT", "/sandbox/faults", b"{", 400),
        ("PUT", "/sandbox/faults", b'{"fail_next": "x"}', 400),
        ("POST", "/sandbox/authenticate", b'{"orderId": "ORDER-1"}', 400),
        ("PUT", "/sandbox/faults", b'{"latency_ms": -1}', 400),
        ("PUT", "/sandbox/faults", b'{"fail_next": [200, "FINE"]}', 400),
        ("POST", "/sandbox/authenticate", b"x" * 70_000, 413),
        ("POST", "/sandbox/deposit", b'{"orderId": "ORDER-WITHOUT-ONE"}', 404),
        ("GET", "/v1/transactions?startDate=x", b"", 403),
    ],
)
def test_nonsense_is_refused(browser: httpx.Client, method: str, path: str, body: bytes, status: int) -> None:
    answer = browser.request(method, path, content=body)
    assert answer.status_code == status
    assert answer.json()["code"]


def test_whoever_opens_the_sandboxs_address_is_told_what_is_there(sandbox: PrivateSandbox) -> None:
    page = httpx.get(sandbox.url, timeout=LONGEST_SECONDS)

    assert page.status_code == 200
    assert "/sandbox/authenticate" in page.text


def test_a_client_that_dies_in_the_middle_of_its_request_has_asked_nothing_and_may_ask_again_by_the_same_key(
    browser: httpx.Client, sandbox: PrivateSandbox
) -> None:
    order_id, key = new_order_id(), "the client's key"
    payment_key = sandbox.authenticate(order_id, AMOUNT)
    body = json.dumps({"orderId": order_id, "amount": AMOUNT, "paymentKey": payment_key}).encode()
    asked = browser.build_request(
        "POST",
        "/v1/payments/confirm",
        content=body,
        headers={"idempotency-key": key, "content-type": "application/json"},
    )
    httpx.BasicAuth(SECRET_KEY, "").auth_flow(asked).send(None)
    head = b"POST /v1/payments/confirm HTTP/1.1\r\n" + b"".join(b"%b: %b\r\n" % line for line in asked.headers.raw)

    with socket.create_connection(("127.0.0.1", sandbox.port)) as line:
        line.sendall(head + b"\r\n" + body[:20])
        line.shutdown(socket.SHUT_WR)  # the server has read all that came before it closes
        assert line.recv(1) == b""

    assert browser.send(asked).json()["status"] == "DONE"
