"""What people are told of a payment, a refund, a method or a bank, by the provider's own table.

A code that a table does not have gets words that fit all; most codes mean one of the reasons below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.payments.gateway.port import DEPOSIT_TAKEN_BACK, NEVER_HEARD_OF


@dataclass(frozen=True, slots=True)
class PaymentMessage:
    """A heading that says what happened, and a sentence that says what to do."""

    title: Promise
    text: Promise


CLOSED = PaymentMessage(
    _("You closed the payment window"),
    _("Nothing was charged. Your seats stay held for the time that is left."),
)
REJECTED = PaymentMessage(
    _("The card company declined the payment"),
    _("Nothing was charged. Try another card, or ask the card company for the reason."),
)
LIMIT = PaymentMessage(
    _("The payment exceeds a limit or the balance"),
    _("Nothing was charged. Raise the limit, or pay by another card or method."),
)
CARD_DATA = PaymentMessage(
    _("The card's data were not accepted"),
    _("Nothing was charged. Check the number, the expiry date and the instalments, or take another card."),
)
CARD_BLOCKED = PaymentMessage(
    _("This card cannot be used"),
    _("Nothing was charged. It is stopped, lost or not allowed here: take another card."),
)
ACCOUNT = PaymentMessage(
    _("The bank declined the payment"),
    _("Nothing was charged. Check the balance and the bank's service hours, or pay by another method."),
)
AUTHENTICATION = PaymentMessage(
    _("You could not be verified"),
    _("Nothing was charged. Check the password or the verification, and try again."),
)
TOO_LATE = PaymentMessage(
    _("The payment window had run out of time"),
    _("Nothing was charged. Open it again and pay within the time that your seats are held."),
)
OUR_FAULT = PaymentMessage(
    _("The payment could not be started"),
    _("Nothing was charged, and it is not your fault. Try again; if it happens again, ask us for help."),
)
ABORTED = PaymentMessage(
    _("The payment was interrupted"),
    _("Nothing was charged. Try again, perhaps by another method."),
)
OTHERWISE = PaymentMessage(
    _("The payment did not go through"),
    _("Nothing was charged. Try again, or pay by another card or method."),
)

REFUND_OTHERWISE = _("The payment company refused the refund.")
OWN_REFUND_CODES: dict[str, Promise] = {
    DEPOSIT_TAKEN_BACK: _("The bank has taken the deposit back: there is nothing to refund."),
}


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A way to pay that the checkout offers: `code` is what the payment window is opened with, `provider_name` what the
    provider's answers call it. A deposit comes after the order: it is offered only while there is time for it.
    `has_receipt`: the buyer may have a cash receipt of it.
    """

    code: str
    label: Promise
    provider_name: str
    is_deposit: bool = False
    has_receipt: bool = False


@dataclass(frozen=True, slots=True)
class ProviderTexts:
    """A provider's codes and what they mean to people.

    `methods` are offered at the checkout, the first one as chosen. `method_names` are by what the provider's answers
    call a method. A code of a payment that is not in `payments` is looked for in `payment_prefixes`, in their order.
    `banks` are the codes that a refund of a deposit can name.
    """

    methods: tuple[PaymentMethod, ...]
    method_names: Mapping[str, Promise]
    payments: Mapping[str, PaymentMessage]
    payment_prefixes: Mapping[str, PaymentMessage] = field(default_factory=dict)
    refunds: Mapping[str, Promise] = field(default_factory=dict)
    banks: Mapping[str, Promise] = field(default_factory=dict)

    def of_payment(self, code: str) -> PaymentMessage:
        """Say why a payment did not go through; a code that nobody has heard of gets words that fit all."""
        found = self.payments.get(code) or OWN_PAYMENTS.get(code)
        if found is None:
            prefixes = self.payment_prefixes.items()
            found = next((words for prefix, words in prefixes if code.startswith(prefix)), OTHERWISE)
        return found

    def of_refund(self, code: str) -> str:
        """Say why a refund was refused."""
        return str(OWN_REFUND_CODES.get(code) or self.refunds.get(code, REFUND_OTHERWISE))

    def of_method(self, method: str) -> str:
        """Name a payment method; one that the provider has added since, as the provider calls it."""
        return str(self.method_names.get(method, method))

    def has_receipt(self, method: str) -> bool:
        """Tell whether there may be a cash receipt of a payment by this method, as the provider's answers call it."""
        return any(one.has_receipt for one in self.methods if one.provider_name == method)

    def knows_bank(self, code: str) -> bool:
        """Tell whether a refund can name this bank; of a provider that lists none, any."""
        return not self.banks or code in self.banks

    def of_bank(self, code: str) -> str:
        """Name a bank; one that is not known here by its code."""
        return str(self.banks.get(code, code))


NO_TEXTS = ProviderTexts(methods=(), method_names={}, payments={})
"""Of a provider that the platform is not set up for any more: codes as they are, and words that fit all."""

OWN_PAYMENTS: Mapping[str, PaymentMessage] = {NEVER_HEARD_OF: TOO_LATE}
"""By the codes that the platform gives in place of a provider's."""
