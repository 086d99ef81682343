"""Each adapter keeps the gateway's contract: Toss's, by card and by deposit, against the sandbox's process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from apps.payments.gateway.port import PaymentState
from apps.payments.gateway.registry import get_provider
from tests import bank_transfer
from tests.bank_transfer.ledger import Ledger
from tests.bank_transfer.provider import BankTransfer
from tests.gateway_contract import GatewayContract, House
from tests.gateway_deposits import DepositContract, ReceiptContract
from tests.payment_sandbox import PrivateSandbox
from tests.waiting import LONGEST_SECONDS

LATER_SECONDS = 5.0


class TossHouse(House):
    module = "apps.payments.gateway.toss"
    gives_back_to_account = False
    method = "카드"

    def __init__(self, sandbox: PrivateSandbox, settings: Settings) -> None:
        self.provider = get_provider("toss")
        self.sandbox = sandbox
        self._settings = settings
        self._ahead_seconds = 0.0
        settings.TOSS_API_BASE = sandbox.url
        settings.TOSS_CONNECT_TIMEOUT_SECONDS = LONGEST_SECONDS

    def agree(self, order_id: str, amount_krw: int) -> str:
        return self.sandbox.authenticate(order_id, amount_krw, method=self.method)

    def pay(self, order_id: str) -> None:
        """A card has paid already."""

    def later(self) -> None:
        self._ahead_seconds += LATER_SECONDS
        self.sandbox.set_clock(ahead_seconds=self._ahead_seconds)

    @contextmanager
    def away(self) -> Iterator[None]:
        self._settings.TOSS_API_BASE = "http://127.0.0.1:1"
        yield
        self._settings.TOSS_API_BASE = self.sandbox.url


class TossDepositHouse(TossHouse):
    gives_back_to_account = True
    method = "가상계좌"

    def pay(self, order_id: str) -> None:
        self.sandbox.post("/sandbox/deposit", orderId=order_id)

    def pay_back(self, order_id: str) -> None:
        self.sandbox.post("/sandbox/pay-back", orderId=order_id)

    def come_back(self, order_id: str) -> None:
        self.sandbox.post("/sandbox/pay-back", orderId=order_id, fails=True)


class BankTransferHouse(House):
    module = "tests.bank_transfer"
    gives_back_to_account = True

    def __init__(self) -> None:
        self.provider = BankTransfer()

    @property
    def ledger(self) -> Ledger:
        return self.provider.ledger

    def agree(self, order_id: str, amount_krw: int) -> str:
        return self.ledger.agree(order_id, amount_krw)

    def pay(self, order_id: str) -> None:
        self.ledger.note_deposit(order_id)

    def come_back(self, order_id: str) -> None:
        self.ledger.come_back(order_id)

    @contextmanager
    def away(self) -> Iterator[None]:
        self.ledger.is_away = True
        yield
        self.ledger.is_away = False


class TestToss(GatewayContract):
    @pytest.fixture
    def house(self, sandbox: PrivateSandbox, settings: Settings) -> House:
        return TossHouse(sandbox, settings)


class TestTossByDeposit(DepositContract, ReceiptContract, GatewayContract):
    @pytest.fixture
    def house(self, sandbox: PrivateSandbox, settings: Settings) -> House:
        return TossDepositHouse(sandbox, settings)


class TestBankTransfer(DepositContract, ReceiptContract, GatewayContract):
    @pytest.fixture
    def house(self) -> House:
        return BankTransferHouse()

    def test_a_confirmation_opens_an_account_of_the_house(self, house: House) -> None:
        key = house.agree("C-AAAAAAAA", 1_000)

        payment = house.provider.gateway().confirm(key, order_id="C-AAAAAAAA", amount_krw=1_000, idempotency_key="k")

        assert payment.state is PaymentState.AWAITING_DEPOSIT
        assert bank_transfer.PROVIDER.name == payment.provider
