"""What Toss does besides the gateway's contract, through `TossGateway`, over HTTP, against the sandbox's process."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from apps.payments.gateway.port import OutcomeUnknown, PaymentState, RefundAccount, Refused, TryAgain
from apps.payments.gateway.toss.gateway import TossGateway
from tests.payment_sandbox import SECRET_KEY, PrivateSandbox
from tests.waiting import LONGEST_SECONDS

AMOUNT = 55_000


def new_order_id() -> str:
    return f"C-{secrets.token_hex(8)}"


@pytest.fixture
def gateway(sandbox: PrivateSandbox) -> TossGateway:
    return TossGateway(
        sandbox.url, secret_key=SECRET_KEY, connect_timeout_seconds=LONGEST_SECONDS, read_timeout_seconds=2
    )


@pytest.fixture
def order_id() -> str:
    return new_order_id()


@pytest.fixture
def payment_key(sandbox: PrivateSandbox, order_id: str) -> str:
    return sandbox.authenticate(order_id, AMOUNT)


@pytest.fixture
def paid(gateway: TossGateway, payment_key: str, order_id: str) -> str:
    """The key of a payment whose money was taken."""
    gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=f"confirm:{order_id}:1")
    return payment_key


@pytest.fixture
def raw(sandbox: PrivateSandbox) -> Iterator[httpx.Client]:
    """Toss's calls past the gateway, for what the gateway never sends."""
    with httpx.Client(base_url=sandbox.url, auth=(SECRET_KEY, ""), timeout=LONGEST_SECONDS) as client:
        yield client


class TestConfirm:
    def test_takes_the_money_once_and_tells_the_whole_payment(
        self, gateway: TossGateway, payment_key: str, order_id: str
    ) -> None:
        payment = gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        assert (payment.payment_key, payment.order_id) == (payment_key, order_id)
        assert payment.state is PaymentState.CAPTURED
        assert (payment.amount_krw, payment.balance_krw) == (AMOUNT, AMOUNT)
        assert payment.method == "카드"
        assert payment.secret
        assert payment.approved_at is not None
        assert abs(payment.approved_at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_a_repeat_under_the_same_key_gets_the_first_answer_even_for_another_order(
        self, gateway: TossGateway, sandbox: PrivateSandbox, paid: str, order_id: str
    ) -> None:
        key = f"confirm:{order_id}:1"
        again = gateway.confirm(paid, order_id=order_id, amount_krw=AMOUNT, idempotency_key=key)
        other_id = new_order_id()
        other = sandbox.authenticate(other_id, 70_000)
        replayed = gateway.confirm(other, order_id=other_id, amount_krw=70_000, idempotency_key=key)
        assert again.payment_key == replayed.payment_key == paid
        assert sandbox.payment(other)["status"] == "IN_PROGRESS"

    def test_a_refusal_is_replayed_byte_for_byte(
        self, raw: httpx.Client, sandbox: PrivateSandbox, payment_key: str, order_id: str
    ) -> None:
        body = {"paymentKey": payment_key, "orderId": order_id, "amount": AMOUNT}
        headers = {"Idempotency-Key": order_id}
        sandbox.faults(fail_next=[403, "REJECT_CARD_PAYMENT"])
        first = raw.post("/v1/payments/confirm", json=body, headers=headers)
        again = raw.post("/v1/payments/confirm", json=body, headers=headers)
        assert (first.status_code, first.json()["code"]) == (403, "REJECT_CARD_PAYMENT")
        assert (again.status_code, again.content) == (first.status_code, first.content)

    def test_an_idempotency_key_is_known_per_api_key(
        self, raw: httpx.Client, payment_key: str, order_id: str, paid: str
    ) -> None:
        body = {"paymentKey": payment_key, "orderId": order_id, "amount": AMOUNT}
        headers = {"Idempotency-Key": f"confirm:{order_id}:1"}
        other_merchant = raw.post("/v1/payments/confirm", json=body, headers=headers, auth=("test_sk_other", ""))
        assert other_merchant.json()["code"] == "ALREADY_PROCESSED_PAYMENT"

    def test_a_key_that_is_too_long_is_refused(self, gateway: TossGateway, payment_key: str, order_id: str) -> None:
        with pytest.raises(Refused) as refusal:
            gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key="k" * 301)
        assert refusal.value.provider_code == "INVALID_IDEMPOTENCY_KEY"

    def test_a_repeat_while_the_first_is_on_its_way_is_unknown(
        self, gateway: TossGateway, sandbox: PrivateSandbox, payment_key: str, order_id: str
    ) -> None:
        sandbox.faults(latency_ms=1000)

        def confirm(_: int) -> object:
            try:
                return gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
            except OutcomeUnknown as unknown:
                return unknown.provider_code

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(confirm, range(2)))
        assert "IDEMPOTENT_REQUEST_PROCESSING" in answers
        assert sandbox.payment(payment_key)["status"] == "DONE"

    def test_two_confirms_under_two_keys_take_the_money_once(
        self, gateway: TossGateway, sandbox: PrivateSandbox, payment_key: str, order_id: str
    ) -> None:
        sandbox.faults(latency_ms=1000)

        def confirm(key: str) -> object:
            try:
                return gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=key)
            except OutcomeUnknown as unknown:
                return unknown.provider_code

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(confirm, [f"{order_id}:1", f"{order_id}:2"]))
        assert "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING" in answers
        assert sandbox.payment(payment_key)["balanceAmount"] == AMOUNT

    @pytest.mark.parametrize(("amount", "other_order"), [(AMOUNT + 1, False), (AMOUNT - 1, False), (AMOUNT, True)])
    def test_refuses_another_amount_or_order_than_the_customer_agreed_to(
        self,
        gateway: TossGateway,
        sandbox: PrivateSandbox,
        payment_key: str,
        order_id: str,
        amount: int,
        other_order: bool,
    ) -> None:
        claimed = new_order_id() if other_order else order_id
        with pytest.raises(Refused) as refusal:
            gateway.confirm(payment_key, order_id=claimed, amount_krw=amount, idempotency_key=new_order_id())
        assert refusal.value.provider_code == "INVALID_REQUEST"
        assert sandbox.payment(payment_key)["status"] == "IN_PROGRESS"

    def test_a_consent_runs_out_after_ten_minutes(
        self, gateway: TossGateway, sandbox: PrivateSandbox, payment_key: str, order_id: str
    ) -> None:
        sandbox.set_clock(ahead_seconds=601)
        with pytest.raises(Refused) as refusal:
            gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        assert refusal.value.provider_code == "NOT_FOUND_PAYMENT_SESSION"
        found = gateway.find_by_key(payment_key)
        assert found is not None
        assert found.state is PaymentState.DEAD

    def test_an_answer_that_never_comes_is_unknown_and_a_repeat_gets_it(
        self, gateway: TossGateway, sandbox: PrivateSandbox, payment_key: str, order_id: str
    ) -> None:
        sandbox.faults(approve_then_hang_next=True)
        with pytest.raises(OutcomeUnknown):
            gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        found = gateway.find_by_order(order_id)
        assert found is not None
        assert found.state is PaymentState.CAPTURED
        again = gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        assert again.state is PaymentState.CAPTURED
        assert len(sandbox.calls("/confirm", mentioning=order_id)) == 2

    def test_a_request_that_was_lost_took_nothing_and_can_be_sent_again(
        self, gateway: TossGateway, sandbox: PrivateSandbox, payment_key: str, order_id: str
    ) -> None:
        sandbox.faults(hang_next=True)
        with pytest.raises(OutcomeUnknown):
            gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        found = gateway.find_by_key(payment_key)
        assert found is not None
        assert found.state is PaymentState.OPEN
        again = gateway.confirm(payment_key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        assert again.state is PaymentState.CAPTURED


DEFINITE = [
    (400, "INVALID_REQUEST"),
    (400, "INVALID_API_KEY"),
    (400, "INVALID_CARD_NUMBER"),
    (400, "INVALID_CARD_EXPIRATION"),
    (400, "INVALID_STOPPED_CARD"),
    (400, "INVALID_REJECT_CARD"),
    (400, "INVALID_CARD_LOST_OR_STOLEN"),
    (400, "INVALID_CARD_INSTALLMENT_PLAN"),
    (400, "INVALID_AUTHORIZE_AUTH"),
    (400, "CARD_PROCESSING_ERROR"),
    (400, "NOT_ALLOWED_POINT_USE"),
    (400, "NOT_AVAILABLE_PAYMENT"),
    (400, "NOT_FOUND_TERMINAL_ID"),
    (400, "BELOW_MINIMUM_AMOUNT"),
    (400, "EXCEED_MAX_AMOUNT"),
    (400, "EXCEED_MAX_DAILY_PAYMENT_COUNT"),
    (400, "EXCEED_MAX_PAYMENT_AMOUNT"),
    (400, "UNAPPROVED_ORDER_ID"),
    (401, "UNAUTHORIZED_KEY"),
    (403, "REJECT_CARD_PAYMENT"),
    (403, "REJECT_CARD_COMPANY"),
    (403, "REJECT_ACCOUNT_PAYMENT"),
    (403, "FORBIDDEN_REQUEST"),
    (403, "EXCEED_MAX_AUTH_COUNT"),
    (403, "EXCEED_MAX_ONE_DAY_AMOUNT"),
    (403, "NOT_AVAILABLE_BANK"),
    (403, "INVALID_PASSWORD"),
    (403, "INCORRECT_BASIC_AUTH_FORMAT"),
    (403, "FDS_ERROR"),
    (404, "NOT_FOUND_PAYMENT"),
    (404, "NOT_FOUND_PAYMENT_SESSION"),
]
UNKNOWN = [
    (400, "ALREADY_PROCESSED_PAYMENT"),
    (400, "PROVIDER_ERROR"),
    (400, "A_CODE_THAT_IS_NEW_TO_US"),
    (409, "IDEMPOTENT_REQUEST_PROCESSING"),
    (429, "TOO_MANY_REQUESTS"),
    (500, "FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING"),
    (500, "FAILED_INTERNAL_SYSTEM_PROCESSING"),
    (500, "UNKNOWN_PAYMENT_ERROR"),
    (502, ""),
    (503, "REJECT_CARD_PAYMENT"),
]
REFUND_DEFINITE = [
    (400, "INVALID_REFUND_ACCOUNT_INFO"),
    (400, "INVALID_REFUND_ACCOUNT_NUMBER"),
    (400, "INVALID_BANK"),
    (400, "REFUND_REJECTED"),
    (403, "NOT_CANCELABLE_AMOUNT"),
    (403, "NOT_CANCELABLE_PAYMENT"),
    (403, "EXCEED_MAX_REFUND_DUE"),
    (403, "NOT_ALLOWED_PARTIAL_REFUND"),
    (403, "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT"),
    (403, "EXCEED_CANCEL_LIMIT"),
]
REFUND_UNKNOWN = [
    (400, "ALREADY_CANCELED_PAYMENT"),
    (400, "ALREADY_REFUND_PAYMENT"),
    (400, "PROVIDER_ERROR"),
    (500, "FAILED_REFUND_PROCESS"),
    (500, "FAILED_PARTIAL_REFUND"),
    (500, "COMMON_ERROR"),
]


class TestErrorCodes:
    @pytest.mark.parametrize(("status", "code"), DEFINITE)
    def test_a_definite_refusal_says_so(
        self, gateway: TossGateway, sandbox: PrivateSandbox, status: int, code: str
    ) -> None:
        sandbox.faults(fail_next=[status, code])
        with pytest.raises(Refused) as refusal:
            gateway.confirm("any-key", order_id="ORDER-1", amount_krw=AMOUNT, idempotency_key=new_order_id())
        assert refusal.value.provider_code == code
        assert not isinstance(refusal.value, TryAgain)

    @pytest.mark.parametrize(("status", "code"), UNKNOWN)
    def test_whatever_else_is_unknown(
        self, gateway: TossGateway, sandbox: PrivateSandbox, status: int, code: str
    ) -> None:
        sandbox.faults(fail_next=[status, code])
        with pytest.raises(OutcomeUnknown):
            gateway.confirm("any-key", order_id="ORDER-1", amount_krw=AMOUNT, idempotency_key=new_order_id())

    @pytest.mark.parametrize(("status", "code"), REFUND_DEFINITE)
    def test_a_refund_is_refused_for_good(
        self, gateway: TossGateway, sandbox: PrivateSandbox, status: int, code: str
    ) -> None:
        sandbox.faults(fail_next=[status, code])
        with pytest.raises(Refused) as refusal:
            gateway.refund("any-key", amount_krw=1, reason="r", idempotency_key=new_order_id())
        assert not isinstance(refusal.value, TryAgain)

    @pytest.mark.parametrize(("status", "code"), REFUND_UNKNOWN)
    def test_a_refund_may_be_unknown(
        self, gateway: TossGateway, sandbox: PrivateSandbox, status: int, code: str
    ) -> None:
        sandbox.faults(fail_next=[status, code])
        with pytest.raises(OutcomeUnknown):
            gateway.refund("any-key", amount_krw=1, reason="r", idempotency_key=new_order_id())

    @pytest.mark.parametrize("code", ["REJECT_CARD_PAYMENT", "NOT_FOUND_PAYMENT_SESSION", "PROVIDER_ERROR"])
    def test_a_test_code_forces_its_error_before_the_payment_key_is_looked_at(
        self, raw: httpx.Client, code: str
    ) -> None:
        body = {"paymentKey": "no such key", "orderId": "ORDER-1", "amount": AMOUNT}
        answer = raw.post("/v1/payments/confirm", json=body, headers={"TossPayments-Test-Code": code})
        assert answer.json()["code"] == code
        assert answer.json()["message"]
        assert answer.headers["x-tosspayments-trace-id"]

    @pytest.mark.parametrize(
        ("authorization", "status", "code"),
        [
            ("", 403, "INCORRECT_BASIC_AUTH_FORMAT"),
            ("Bearer test_sk_x", 403, "INCORRECT_BASIC_AUTH_FORMAT"),
            ("Basic " + base64.b64encode(b"test_sk_x").decode(), 403, "INCORRECT_BASIC_AUTH_FORMAT"),
            ("Basic " + base64.b64encode(b"test_ck_x:").decode(), 401, "UNAUTHORIZED_KEY"),
        ],
    )
    def test_a_wrong_secret_key_is_refused(
        self, sandbox: PrivateSandbox, authorization: str, status: int, code: str
    ) -> None:
        answer = httpx.get(
            f"{sandbox.url}/v1/payments/any", headers={"Authorization": authorization}, timeout=LONGEST_SECONDS
        )
        assert (answer.status_code, answer.json()["code"]) == (status, code)


class TestQuestions:
    def test_the_approved_payment_of_an_order_is_told_not_a_later_window(
        self, gateway: TossGateway, sandbox: PrivateSandbox, paid: str, order_id: str
    ) -> None:
        sandbox.authenticate(order_id, AMOUNT)
        found = gateway.find_by_order(order_id)
        assert found is not None
        assert found.payment_key == paid

    def test_a_failing_question_tells_nothing(self, gateway: TossGateway, sandbox: PrivateSandbox, paid: str) -> None:
        sandbox.faults(fail_next=[401, "UNAUTHORIZED_KEY"], methods=["GET"])
        with pytest.raises(OutcomeUnknown):
            gateway.find_by_key(paid)

    def test_the_journal_lists_captures_and_refunds_over_pages(
        self, gateway: TossGateway, sandbox: PrivateSandbox, paid: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("apps.payments.gateway.toss.gateway.PAGE_SIZE", 1)
        gateway.refund(paid, amount_krw=5_000, reason="one seat", idempotency_key=f"cancel:{paid}")
        now = datetime.now(UTC)
        journal = gateway.list_transactions(start=now - timedelta(minutes=1), end=now + timedelta(minutes=1))
        assert [line.amount_krw for line in journal if line.payment_key == paid] == [AMOUNT, -5_000]


class TestRefund:
    def test_parts_add_up_to_what_was_paid_and_not_a_won_more(
        self, gateway: TossGateway, sandbox: PrivateSandbox, paid: str
    ) -> None:
        first = gateway.refund(paid, amount_krw=15_000, reason="one seat", idempotency_key=f"{paid}:1")
        assert (first.state, first.balance_krw) == (PaymentState.PARTLY_REFUNDED, 40_000)
        sandbox.set_clock(ahead_seconds=5)
        with pytest.raises(Refused) as refusal:
            gateway.refund(paid, amount_krw=40_001, reason="too much", idempotency_key=f"{paid}:2")
        assert refusal.value.provider_code == "NOT_CANCELABLE_AMOUNT"
        last = gateway.refund(paid, amount_krw=40_000, reason="the rest", idempotency_key=f"{paid}:3")
        assert (last.state, last.balance_krw) == (PaymentState.REFUNDED, 0)
        assert [(refund.amount_krw, refund.reason) for refund in last.refunds] == [
            (15_000, "one seat"),
            (40_000, "the rest"),
        ]
        assert sandbox.payment(paid)["status"] == "PARTIAL_CANCELED"

    def test_all_at_once_and_a_second_time_is_unknown_until_asked(self, gateway: TossGateway, paid: str) -> None:
        assert gateway.refund(paid, amount_krw=None, reason="all", idempotency_key=f"{paid}:1").balance_krw == 0
        with pytest.raises(OutcomeUnknown) as unknown:
            gateway.refund(paid, amount_krw=None, reason="all", idempotency_key=f"{paid}:2")
        assert unknown.value.provider_code == "ALREADY_CANCELED_PAYMENT"

    def test_two_within_a_second_are_for_later(self, gateway: TossGateway, sandbox: PrivateSandbox, paid: str) -> None:
        gateway.refund(paid, amount_krw=10_000, reason="one seat", idempotency_key=f"{paid}:1")
        with pytest.raises(TryAgain):
            gateway.refund(paid, amount_krw=10_000, reason="one more", idempotency_key=f"{paid}:2")
        assert sandbox.payment(paid)["balanceAmount"] == AMOUNT - 10_000

    def test_a_payment_that_took_nothing_gives_nothing_back(self, gateway: TossGateway, payment_key: str) -> None:
        with pytest.raises(Refused) as refusal:
            gateway.refund(payment_key, amount_krw=None, reason="all", idempotency_key=payment_key)
        assert refusal.value.provider_code == "NOT_CANCELABLE_PAYMENT"


class TestVirtualAccount:
    @pytest.fixture
    def waiting(self, gateway: TossGateway, sandbox: PrivateSandbox, order_id: str) -> str:
        key = sandbox.authenticate(order_id, AMOUNT, method="가상계좌", validHours=24)
        payment = gateway.confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        assert payment.state is PaymentState.AWAITING_DEPOSIT
        assert payment.virtual_account is not None
        assert payment.virtual_account.due_at > datetime.now(UTC) + timedelta(hours=23)
        return key

    def test_waits_then_is_paid_by_the_deposit(
        self, gateway: TossGateway, sandbox: PrivateSandbox, waiting: str, order_id: str
    ) -> None:
        sandbox.post("/sandbox/deposit", orderId=order_id)
        found = gateway.find_by_key(waiting)
        assert found is not None
        assert (found.state, found.balance_krw) == (PaymentState.CAPTURED, AMOUNT)

    def test_a_deposit_error_makes_it_wait_again(
        self, gateway: TossGateway, sandbox: PrivateSandbox, waiting: str, order_id: str
    ) -> None:
        sandbox.post("/sandbox/deposit", orderId=order_id)
        sandbox.post("/sandbox/deposit", orderId=order_id, fails=True)
        found = gateway.find_by_key(waiting)
        assert found is not None
        assert found.state is PaymentState.AWAITING_DEPOSIT

    def test_is_closed_whole_before_the_deposit(self, gateway: TossGateway, waiting: str) -> None:
        with pytest.raises(Refused) as refusal:
            gateway.refund(waiting, amount_krw=1_000, reason="part", idempotency_key=f"{waiting}:1")
        assert refusal.value.provider_code == "NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT"
        closed = gateway.refund(waiting, amount_krw=None, reason="all", idempotency_key=f"{waiting}:2")
        assert closed.state is PaymentState.DEAD

    def test_a_deposit_goes_back_to_the_customers_account_only(
        self, gateway: TossGateway, sandbox: PrivateSandbox, waiting: str, order_id: str
    ) -> None:
        sandbox.post("/sandbox/deposit", orderId=order_id)
        with pytest.raises(Refused) as refusal:
            gateway.refund(waiting, amount_krw=None, reason="all", idempotency_key=f"{waiting}:1")
        assert refusal.value.provider_code == "INVALID_REFUND_ACCOUNT_INFO"
        account = RefundAccount(bank="20", account_number="1002123456789", holder_name="홍길동")
        done = gateway.refund(waiting, amount_krw=None, reason="all", idempotency_key=f"{waiting}:2", account=account)
        assert done.balance_krw == 0


def test_a_restart_of_the_sandbox_keeps_payments_and_remembered_answers(
    own_sandbox: PrivateSandbox, order_id: str
) -> None:
    gateway = TossGateway(own_sandbox.url, secret_key=SECRET_KEY)
    key = own_sandbox.authenticate(order_id, AMOUNT)
    first = gateway.confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
    own_sandbox.kill()
    own_sandbox.start()
    again = TossGateway(own_sandbox.url, secret_key=SECRET_KEY).confirm(
        key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id
    )
    assert again.payload == first.payload
