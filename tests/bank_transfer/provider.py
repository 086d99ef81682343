"""The provider, as the platform is set up for it."""

from __future__ import annotations

from typing import Any

from apps.payments.gateway.adapter import Checkout, PaymentWindow
from apps.payments.gateway.port import AsyncPaymentGateway, PaymentGateway
from apps.payments.gateway.texts import CLOSED, OTHERWISE, PaymentMethod, ProviderTexts
from tests.bank_transfer.gateway import AsyncBankTransferGateway, BankTransferGateway
from tests.bank_transfer.ledger import METHOD, NAME, Ledger

TEXTS = ProviderTexts(
    methods=(PaymentMethod(METHOD, "Transfer to our account", METHOD, is_deposit=True, has_receipt=True),),
    method_names={METHOD: "Bank transfer"},
    payments={"CLOSED": CLOSED, "NOT_AGREED": OTHERWISE},
    refunds={"ACCOUNT_MISSING": "Say to which account the money goes back."},
    banks={"004": "Bank of the house", "088": "Another bank"},
)


class BankTransfer:
    """See `PaymentProvider`."""

    name = NAME
    texts = TEXTS
    webhooks = None

    def __init__(self) -> None:
        self.ledger = Ledger()

    def gateway(self) -> PaymentGateway:
        return BankTransferGateway(self.ledger)

    def async_gateway(self, *, connections: int) -> AsyncPaymentGateway:
        return AsyncBankTransferGateway(self.ledger)

    def call_seconds(self) -> float:
        return 1.0

    def moves_money(self) -> bool:
        return True

    def window(self) -> PaymentWindow:
        return PaymentWindow(page_data={}, policy={}, is_sandbox=False, is_test=False)

    def window_request(self, checkout: Checkout) -> dict[str, Any]:
        """There is no window: the page goes on at once with the key of what the customer has agreed to."""
        key = self.ledger.agree(checkout.order_id, checkout.amount_krw)
        back = {"paymentKey": key, "orderId": checkout.order_id, "amount": checkout.amount_krw}
        return {"page": checkout.success_page, "back": back}

    def refuse_rehearsal(self, sandbox_url: str) -> str:
        return "Nobody reads the bank's statement for a rehearsal."

    def sandbox_url(self) -> str:
        return ""
