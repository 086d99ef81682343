"""What the platform relies on of every payment provider; an adapter's tests are `class TestMine(GatewayContract)`.

The subclass has a fixture `house`: the adapter, and the hands of the customer and of the bank.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.payments.gateway.adapter import LONGEST_NAME, Checkout, NoticeKind, PaymentProvider
from apps.payments.gateway.port import (
    OutcomeUnknown,
    PaymentGateway,
    PaymentState,
    ProviderPayment,
    RefundAccount,
    Refused,
    TryAgain,
)
from apps.payments.gateway.texts import OTHERWISE, REFUND_OTHERWISE

AMOUNT = 55_000
ACCOUNT = RefundAccount(bank="088", account_number="1002123456789", holder_name="홍길동")
LONGEST_REASON = 120  # of `Refund.reason`; what finds a refund again follows it
SOURCES = {"script-src", "connect-src", "frame-src", "img-src", "form-action"}


class House(ABC):
    """A provider that is tested, and what happens at it that no gateway does."""

    provider: PaymentProvider
    module: str  # in which it is `PROVIDER`
    gives_back_to_account: bool  # a refund has to name the customer's account

    @abstractmethod
    def agree(self, order_id: str, amount_krw: int) -> str:
        """The customer agrees to pay; returns the payment's key."""

    @abstractmethod
    def pay(self, order_id: str) -> None:
        """The money comes, where a confirmation has only opened an account for it."""

    @abstractmethod
    def away(self) -> AbstractContextManager[None]:
        """The provider cannot be reached."""

    def pay_back(self, order_id: str) -> None:  # noqa: B027 - most have paid already
        """The bank pays a refund into the customer's account, where that takes time."""

    def come_back(self, order_id: str) -> None:
        """The bank finds that it cannot pay the last refund into the account that was named."""
        raise NotImplementedError

    def later(self) -> None:  # noqa: B027 - most have nothing to wait for
        """So much time goes by that another refund of the same payment may follow."""


class GatewayContract:
    """Each test is a sentence that services rely on."""

    @pytest.fixture
    def provider(self, house: House) -> PaymentProvider:
        return house.provider

    @pytest.fixture
    def gateway(self, provider: PaymentProvider) -> PaymentGateway:
        return provider.gateway()

    @pytest.fixture
    def order_id(self) -> str:
        return f"C-{secrets.token_hex(8)}"

    @pytest.fixture
    def key(self, house: House, order_id: str) -> str:
        """The key of a payment that the customer has agreed to."""
        return house.agree(order_id, AMOUNT)

    @pytest.fixture
    def paid(self, house: House, gateway: PaymentGateway, key: str, order_id: str) -> str:
        """The key of a payment whose money has come."""
        gateway.confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=f"confirm:{order_id}:1")
        house.pay(order_id)
        return key

    def test_a_confirmation_tells_the_whole_payment(
        self, provider: PaymentProvider, gateway: PaymentGateway, key: str, order_id: str
    ) -> None:
        payment = gateway.confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)

        self._is_whole(payment, provider, key, order_id)

    def test_a_confirmation_from_the_event_loop_tells_the_same(
        self, provider: PaymentProvider, gateway: PaymentGateway, key: str, order_id: str
    ) -> None:
        payment = _from_the_loop(provider, key, order_id=order_id)

        self._is_whole(payment, provider, key, order_id)
        again = gateway.confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        assert (again.state, again.approved_at, again.virtual_account) == (
            payment.state, payment.approved_at, payment.virtual_account,
        )  # fmt: skip

    def test_money_that_has_come_is_told_by_key_and_by_order(
        self, provider: PaymentProvider, gateway: PaymentGateway, paid: str, order_id: str
    ) -> None:
        by_key, by_order = gateway.find_by_key(paid), gateway.find_by_order(order_id)

        assert by_key is not None
        assert by_key == by_order
        assert (by_key.provider, by_key.payment_key, by_key.order_id) == (provider.name, paid, order_id)
        assert (by_key.state, by_key.amount_krw, by_key.balance_krw) == (PaymentState.CAPTURED, AMOUNT, AMOUNT)
        assert by_key.approved_at is not None
        assert abs(by_key.approved_at - datetime.now(UTC)) < timedelta(minutes=1)

    def test_a_repeat_under_the_same_key_has_no_second_effect(
        self, gateway: PaymentGateway, paid: str, order_id: str
    ) -> None:
        again = gateway.confirm(paid, order_id=order_id, amount_krw=AMOUNT, idempotency_key=f"confirm:{order_id}:1")

        assert (again.payment_key, again.amount_krw) == (paid, AMOUNT)
        assert [line.amount_krw for line in journal_of(gateway, paid)] == [AMOUNT]

    @pytest.mark.parametrize(("amount", "is_other_order"), [(AMOUNT + 1, False), (AMOUNT - 1, False), (AMOUNT, True)])
    def test_another_amount_or_order_than_was_agreed_to_is_refused(
        self, gateway: PaymentGateway, key: str, order_id: str, amount: int, is_other_order: bool
    ) -> None:
        claimed = f"{order_id}x" if is_other_order else order_id

        with pytest.raises(Refused):
            gateway.confirm(key, order_id=claimed, amount_krw=amount, idempotency_key=secrets.token_hex(8))

        found = gateway.find_by_key(key)
        assert found is not None
        assert (found.state, found.balance_krw if found.approved_at else 0) == (PaymentState.OPEN, 0)

    def test_what_it_has_never_heard_of_is_none(self, gateway: PaymentGateway) -> None:
        assert gateway.find_by_key("no-such-key") is None
        assert gateway.find_by_order("NO-SUCH-ORDER") is None

    def test_refunds_add_up_to_what_was_paid_and_not_a_won_more(
        self, house: House, gateway: PaymentGateway, paid: str
    ) -> None:
        first = self._refund(house, gateway, paid, 15_000, 1)
        house.later()
        with pytest.raises(Refused):
            self._refund(house, gateway, paid, 40_001, 2)
        house.later()
        last = self._refund(house, gateway, paid, 40_000, 3)

        assert (first.state, first.balance_krw) == (PaymentState.PARTLY_REFUNDED, 40_000)
        assert (last.state, last.balance_krw) == (PaymentState.REFUNDED, 0)
        assert [refund.amount_krw for refund in last.refunds] == [15_000, 40_000]

    def test_a_refund_is_found_again_by_the_end_of_its_reason(
        self, house: House, gateway: PaymentGateway, paid: str, order_id: str
    ) -> None:
        reference = f"[{order_id}/12]"
        reason = f"{'가' * LONGEST_REASON} {reference}"

        payment = gateway.refund(
            paid, amount_krw=1_000, reason=reason, idempotency_key=order_id, account=_account(house)
        )

        assert [refund.reason.endswith(reference) for refund in payment.refunds] == [True]
        found = gateway.find_by_key(paid)
        assert found is not None
        assert found.refunds == payment.refunds

    def test_a_refund_under_the_same_key_is_made_once(self, house: House, gateway: PaymentGateway, paid: str) -> None:
        for _ in range(2):
            self._refund(house, gateway, paid, 10_000, 1)

        found = gateway.find_by_key(paid)
        assert found is not None
        assert (found.balance_krw, len(found.refunds)) == (AMOUNT - 10_000, 1)

    def test_nothing_leaves_where_the_balance_is_not_the_expected_one(
        self, house: House, gateway: PaymentGateway, paid: str
    ) -> None:
        with pytest.raises(TryAgain):
            gateway.refund(
                paid, amount_krw=10_000, reason="r", idempotency_key=f"{paid}:1", expected_balance_krw=AMOUNT - 1,
                account=_account(house),
            )  # fmt: skip

        found = gateway.find_by_key(paid)
        assert found is not None
        assert (found.balance_krw, found.refunds) == (AMOUNT, ())

    def test_a_payment_that_took_nothing_gives_nothing_back(
        self, house: House, gateway: PaymentGateway, key: str
    ) -> None:
        with pytest.raises(Refused):
            gateway.refund(key, amount_krw=None, reason="all", idempotency_key=key, account=_account(house))

    def test_the_journal_has_what_came_and_what_went(
        self, house: House, gateway: PaymentGateway, paid: str, order_id: str
    ) -> None:
        payment = self._refund(house, gateway, paid, 5_000, 1)

        came, went = journal_of(gateway, paid)

        assert (came.amount_krw, went.amount_krw) == (AMOUNT, -5_000)
        assert came.order_id == went.order_id == order_id
        assert went.transaction_key == payment.refunds[0].transaction_key != came.transaction_key
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        assert not [line for line in gateway.list_transactions(start=an_hour_ago - timedelta(hours=1), end=an_hour_ago)
                    if line.payment_key == paid]  # fmt: skip

    def test_who_cannot_be_reached_leaves_everything_open(
        self, house: House, provider: PaymentProvider, order_id: str, key: str
    ) -> None:
        with house.away():
            gateway = provider.gateway()
            with pytest.raises(OutcomeUnknown):
                gateway.confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
            with pytest.raises(OutcomeUnknown):
                _from_the_loop(provider, key, order_id=order_id)
            with pytest.raises(OutcomeUnknown):
                gateway.refund(key, amount_krw=None, reason="all", idempotency_key=key)
            with pytest.raises(OutcomeUnknown):
                gateway.find_by_key(key)
            with pytest.raises(OutcomeUnknown):
                gateway.find_by_order(order_id)
            with pytest.raises(OutcomeUnknown):
                list(gateway.list_transactions(start=datetime.now(UTC), end=datetime.now(UTC)))

        payment = provider.gateway().confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        assert payment.state in (PaymentState.CAPTURED, PaymentState.AWAITING_DEPOSIT)

    def test_its_name_can_be_kept_and_be_part_of_an_address(self, house: House, provider: PaymentProvider) -> None:
        assert re.fullmatch(r"[a-z][a-z0-9_]*", provider.name)
        assert len(provider.name) <= LONGEST_NAME
        assert house.module.rsplit(".", 1)[-1] == provider.name
        assert importlib.import_module(house.module).PROVIDER.name == provider.name

    def test_its_calls_end(self, provider: PaymentProvider) -> None:
        assert provider.call_seconds() > 0

    def test_every_method_and_every_code_has_words(self, provider: PaymentProvider) -> None:
        texts = provider.texts

        codes = [method.code for method in texts.methods]
        assert codes
        assert len(codes) == len(set(codes))
        assert all(method.label and method.provider_name in texts.method_names for method in texts.methods)
        assert texts.of_payment("A-CODE-THAT-IS-NEW") == OTHERWISE
        assert texts.of_refund("A-CODE-THAT-IS-NEW") == str(REFUND_OTHERWISE)
        assert (texts.of_method("new"), texts.of_bank("new")) == ("new", "new")
        assert all(re.fullmatch(r"[0-9A-Z]{1,10}", bank) for bank in texts.banks)

    def test_its_window_opens_with_what_the_server_says(self, house: House, provider: PaymentProvider) -> None:
        folder = Path(str(importlib.import_module(house.module).__file__)).parent
        script = (folder / "static" / "window.js").read_text()
        window = provider.window()

        assert all(f"export async function {name}(" in script for name in ("load", "open"))
        assert set(window.policy) <= SOURCES
        assert all(re.match(r"https?://[^/]+$", source) for sources in window.policy.values() for source in sources)
        assert "secret" not in json.dumps(dict(window.page_data)).lower()
        for method in provider.texts.methods:
            assert AMOUNT in _numbers_in(provider.window_request(_checkout(method.code)))

    def test_its_messages_may_be_anything(self, provider: PaymentProvider) -> None:
        reader = provider.webhooks
        if reader is None:
            return
        assert reader.transmission_header == reader.transmission_header.lower()
        for body in ({}, {"data": None}, {"data": {}}, {"orderId": {}}, {"data": {"orderId": [1]}}, {"secret": {}}):
            notice = reader.read(body)
            assert isinstance(notice.order_id, str)
            assert notice.kind in NoticeKind
            assert "secret" not in notice.kept
            assert reader.payment(notice.kept) is None

    @staticmethod
    def _is_whole(payment: ProviderPayment, provider: PaymentProvider, key: str, order_id: str) -> None:
        assert (payment.provider, payment.payment_key, payment.order_id) == (provider.name, key, order_id)
        assert (payment.amount_krw, payment.refunds) == (AMOUNT, ())
        assert payment.method in provider.texts.method_names
        if payment.state is PaymentState.AWAITING_DEPOSIT:
            assert payment.virtual_account is not None
            assert payment.virtual_account.bank in provider.texts.banks
            assert payment.virtual_account.due_at > datetime.now(UTC)
            assert payment.approved_at is None
        else:
            assert (payment.state, payment.balance_krw, payment.virtual_account) == (
                PaymentState.CAPTURED,
                AMOUNT,
                None,
            )
            assert payment.approved_at is not None

    @staticmethod
    def _refund(house: House, gateway: PaymentGateway, key: str, amount: int, number: int) -> ProviderPayment:
        return gateway.refund(
            key, amount_krw=amount, reason=f"[{number}]", idempotency_key=f"{key}:{number}", account=_account(house)
        )


def _from_the_loop(provider: PaymentProvider, key: str, *, order_id: str) -> ProviderPayment:
    """Confirm as the fast lane does; the idempotency key is the order's id."""

    async def confirm() -> ProviderPayment:
        gateway = provider.async_gateway(connections=2)
        try:
            return await gateway.confirm(key, order_id=order_id, amount_krw=AMOUNT, idempotency_key=order_id)
        finally:
            await gateway.aclose()

    return asyncio.run(confirm())


def journal_of(gateway: PaymentGateway, key: str) -> list[Any]:
    now = datetime.now(UTC)
    lines = gateway.list_transactions(start=now - timedelta(minutes=1), end=now + timedelta(minutes=1))
    return [line for line in lines if line.payment_key == key]


def _account(house: House) -> RefundAccount | None:
    return ACCOUNT if house.gives_back_to_account else None


def _checkout(method: str) -> Checkout:
    return Checkout(
        method=method, order_id="1-AAAAAAAAAAAAAAAA", amount_krw=AMOUNT, title="달빛 콘서트", seats="2 seats",
        success_page="/orders/1/payment/success/", fail_page="/orders/1/payment/fail/", name="김하늘",
        email="sky@example.com", phone="010-1234-5678", deposit_hours=24,
    )  # fmt: skip


def _numbers_in(value: Any) -> Iterator[int]:
    if isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from _numbers_in(one)
    elif isinstance(value, int):
        yield value
