"""What people are told of payments that did not go through: by the platform's own codes, then by the provider's."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.payments.deposits.messages import REFUSALS
from apps.payments.gateway.registry import current_provider
from apps.payments.gateway.texts import PaymentMessage

OWN_MESSAGES: dict[str, PaymentMessage] = {
    "amount_mismatch": PaymentMessage(
        _("The amount was not that of your order"),
        _("Nothing was charged. Open the payment window again from here; its amount is set by us."),
    ),
    "payment_key_used": PaymentMessage(
        _("This payment belongs to another order"),
        _("Nothing was charged for this order. Open the payment window again from here."),
    ),
    "access_pass_required": PaymentMessage(
        _("Your time inside has ended"),
        _("Nothing was charged. Go through the waiting room again to choose seats."),
    ),
    "too_many_attempts": PaymentMessage(
        _("This order has been tried too often"),
        _("Nothing was charged. Its seats are free again when its time is over; then choose seats again."),
    ),
    "incomplete": PaymentMessage(
        _("The payment window sent no complete answer"),
        _("Nothing was charged. Open it again from here."),
    ),
}
"""The platform's own refusals of a confirmation that leave the order as it was."""


def payment_message(code: str) -> PaymentMessage:
    """Say why a payment did not go through; a code that nobody has heard of gets words that fit all."""
    return OWN_MESSAGES.get(code) or REFUSALS.get(code) or current_provider().texts.of_payment(code)
