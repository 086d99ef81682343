"""What the platform relies on besides of a provider that takes deposits, or issues cash receipts."""

from __future__ import annotations

import re

import pytest

from apps.payments.gateway.port import PaymentGateway, PaymentState, ReceiptKind, RefundState, Refused
from tests.gateway_contract import ACCOUNT, AMOUNT, House, journal_of


class DepositContract:
    """What holds besides where a confirmation only opens an account: for a subclass of `GatewayContract`."""

    @pytest.fixture
    def waiting(self, gateway: PaymentGateway, key: str, order_id: str) -> str:
        """The key of a payment whose account waits."""
        payment = gateway.confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        assert payment.state is PaymentState.AWAITING_DEPOSIT
        return key

    def test_an_account_is_closed_whole_before_the_deposit(self, gateway: PaymentGateway, waiting: str) -> None:
        with pytest.raises(Refused):
            gateway.refund(waiting, amount_krw=1_000, reason="part", idempotency_key=f"{waiting}:1")

        closed = gateway.refund(waiting, amount_krw=None, reason="all", idempotency_key=f"{waiting}:2")

        assert closed.state is PaymentState.DEAD

    def test_a_deposit_goes_back_to_the_customers_account_only(self, gateway: PaymentGateway, paid: str) -> None:
        with pytest.raises(Refused):
            gateway.refund(paid, amount_krw=None, reason="all", idempotency_key=f"{paid}:1")

        done = gateway.refund(paid, amount_krw=None, reason="all", idempotency_key=f"{paid}:2", account=ACCOUNT)

        assert (done.state, done.balance_krw) == (PaymentState.REFUNDED, 0)

    def test_a_refund_of_a_deposit_is_done_once_the_bank_has_paid_it(
        self, house: House, gateway: PaymentGateway, paid: str, order_id: str
    ) -> None:
        sent = gateway.refund(paid, amount_krw=5_000, reason="[1]", idempotency_key=f"{paid}:1", account=ACCOUNT)
        house.pay_back(order_id)

        found = gateway.find_by_key(paid)

        assert sent.refunds[0].state in (RefundState.ON_ITS_WAY, RefundState.DONE)
        assert found is not None
        assert [refund.state for refund in found.refunds] == [RefundState.DONE]
        assert found.balance_krw == sent.balance_krw == AMOUNT - 5_000

    def test_a_refund_that_the_bank_cannot_pay_has_failed_and_goes_out_again_to_another_account(
        self, house: House, gateway: PaymentGateway, paid: str, order_id: str
    ) -> None:
        gateway.refund(paid, amount_krw=AMOUNT, reason="[1]", idempotency_key=f"{paid}:1", account=ACCOUNT)
        house.come_back(order_id)
        house.later()

        failed = gateway.find_by_key(paid)
        again = gateway.refund(
            paid, amount_krw=AMOUNT, reason="[1/2]", idempotency_key=f"{paid}:2", expected_balance_krw=AMOUNT,
            account=ACCOUNT,
        )  # fmt: skip

        assert failed is not None
        assert (failed.refunds[0].state, failed.balance_krw) == (RefundState.FAILED, AMOUNT)
        assert [refund.reason for refund in again.refunds if refund.state is not RefundState.FAILED] == ["[1/2]"]
        assert again.balance_krw == 0
        assert [line.amount_krw for line in journal_of(gateway, paid)] == [AMOUNT, -AMOUNT]


class ReceiptContract:
    """What holds besides where a method `has_receipt`: for a subclass of `GatewayContract`."""

    def test_a_receipt_is_issued_once_for_each_key(self, gateway: PaymentGateway, paid: str, order_id: str) -> None:
        first, again = (
            gateway.issue_receipt(
                order_id=order_id, order_name="달빛 콘서트, 2석", amount_krw=AMOUNT, kind=ReceiptKind.INCOME_DEDUCTION,
                identity="01012345678", idempotency_key=f"receipt:{order_id}",
            )
            for _ in range(2)
        )  # fmt: skip

        assert first == again
        assert first.key
        assert first.amount_krw == AMOUNT
        assert re.match(r"https?://", first.url)

    @pytest.mark.parametrize("amounts", [(None,), (15_000, 40_000), (15_000, None)])
    def test_a_receipt_is_cancelled_in_parts_and_whole_and_not_a_won_more(
        self, gateway: PaymentGateway, paid: str, order_id: str, amounts: tuple[int | None, ...]
    ) -> None:
        issued = gateway.issue_receipt(
            order_id=order_id, order_name="2석", amount_krw=AMOUNT, kind=ReceiptKind.BUSINESS_PROOF,
            identity="1208612345", idempotency_key=f"receipt:{order_id}",
        )  # fmt: skip
        with pytest.raises(Refused):
            gateway.cancel_receipt(issued.key, amount_krw=AMOUNT + 1, idempotency_key=f"{order_id}:more")

        for number, amount in enumerate(amounts):
            for _ in range(2):
                gateway.cancel_receipt(issued.key, amount_krw=amount, idempotency_key=f"{order_id}:{number}")

        with pytest.raises(Refused):
            gateway.cancel_receipt(issued.key, amount_krw=1, idempotency_key=f"{order_id}:nothing")

    def test_a_receipt_of_nobody_is_refused(self, gateway: PaymentGateway, paid: str, order_id: str) -> None:
        with pytest.raises(Refused):
            gateway.issue_receipt(
                order_id=order_id, order_name="2석", amount_krw=AMOUNT, kind=ReceiptKind.INCOME_DEDUCTION,
                identity="nobody", idempotency_key=f"receipt:{order_id}",
            )  # fmt: skip
        with pytest.raises(Refused):
            gateway.cancel_receipt("no-such-receipt", amount_krw=None, idempotency_key=f"{order_id}:none")
