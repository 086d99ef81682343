"""What people are told of payments: methods, and why one did not go through."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

METHODS: dict[str, Promise] = {
    "카드": _("Card"),
    "간편결제": _("Easy pay"),
    "가상계좌": _("Virtual account"),
    "계좌이체": _("Bank transfer"),
    "휴대폰": _("Mobile phone"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A heading that says what happened, and a sentence that says what to do."""

    title: Promise
    text: Promise


CLOSED = Words(
    _("You closed the payment window"),
    _("Nothing was charged. Your seats stay held for the time that is left."),
)
REJECTED = Words(
    _("The card company declined the payment"),
    _("Nothing was charged. Try another card, or ask the card company for the reason."),
)
LIMIT = Words(
    _("The payment exceeds a limit or the balance"),
    _("Nothing was charged. Raise the limit, or pay by another card or method."),
)
CARD_DATA = Words(
    _("The card's data were not accepted"),
    _("Nothing was charged. Check the number, the expiry date and the instalments, or take another card."),
)
CARD_BLOCKED = Words(
    _("This card cannot be used"),
    _("Nothing was charged. It is stopped, lost or not allowed here: take another card."),
)
ACCOUNT = Words(
    _("The bank declined the payment"),
    _("Nothing was charged. Check the balance and the bank's service hours, or pay by another method."),
)
AUTHENTICATION = Words(
    _("You could not be verified"),
    _("Nothing was charged. Check the password or the verification, and try again."),
)
TOO_LATE = Words(
    _("The payment window had run out of time"),
    _("Nothing was charged. Open it again and pay within the time that your seats are held."),
)
OUR_FAULT = Words(
    _("The payment could not be started"),
    _("Nothing was charged, and it is not your fault. Try again; if it happens again, ask us for help."),
)
ABORTED = Words(
    _("The payment was interrupted"),
    _("Nothing was charged. Try again, perhaps by another method."),
)
OTHERWISE = Words(
    _("The payment did not go through"),
    _("Nothing was charged. Try again, or pay by another card or method."),
)

PAYMENT_WORDS: dict[str, Words] = {
    "PAY_PROCESS_CANCELED": CLOSED,
    "USER_CANCEL": CLOSED,
    "PAY_PROCESS_ABORTED": ABORTED,
    "REJECT_CARD_COMPANY": REJECTED,
    "CARD_PROCESSING_ERROR": REJECTED,
    "FDS_ERROR": REJECTED,
    "REJECT_CARD_PAYMENT": LIMIT,
    "NOT_ALLOWED_POINT_USE": LIMIT,
    "BELOW_MINIMUM_AMOUNT": LIMIT,
    "INVALID_REJECT_CARD": CARD_BLOCKED,
    "INVALID_STOPPED_CARD": CARD_BLOCKED,
    "INVALID_CARD_LOST_OR_STOLEN": CARD_BLOCKED,
    "REJECT_ACCOUNT_PAYMENT": ACCOUNT,
    "NOT_AVAILABLE_BANK": ACCOUNT,
    "NOT_AVAILABLE_PAYMENT": ACCOUNT,
    "INVALID_PASSWORD": AUTHENTICATION,
    "INVALID_AUTHORIZE_AUTH": AUTHENTICATION,
    "EXCEED_MAX_AUTH_COUNT": AUTHENTICATION,
    "NOT_FOUND_PAYMENT_SESSION": TOO_LATE,
    "NOT_FOUND_PAYMENT": TOO_LATE,
    "UNAUTHORIZED_KEY": OUR_FAULT,
    "INVALID_API_KEY": OUR_FAULT,
    "INVALID_REQUEST": OUR_FAULT,
    "FORBIDDEN_REQUEST": OUR_FAULT,
    "NOT_FOUND_TERMINAL_ID": OUR_FAULT,
    "DUPLICATED_ORDER_ID": OUR_FAULT,
    "UNAPPROVED_ORDER_ID": OUR_FAULT,
    # The platform's own refusals of a confirmation that leave the order as it was
    "amount_mismatch": Words(
        _("The amount was not that of your order"),
        _("Nothing was charged. Open the payment window again from here; its amount is set by us."),
    ),
    "payment_key_used": Words(
        _("This payment belongs to another order"),
        _("Nothing was charged for this order. Open the payment window again from here."),
    ),
    "access_pass_required": Words(
        _("Your time inside has ended"),
        _("Nothing was charged. Go through the waiting room again to choose seats."),
    ),
    "incomplete": Words(
        _("The payment window sent no complete answer"),
        _("Nothing was charged. Open it again from here."),
    ),
}
BY_PREFIX: dict[str, Words] = {"INVALID_CARD_": CARD_DATA, "EXCEED_": LIMIT, "REJECT_": REJECTED}

REFUND_WORDS: dict[str, Promise] = {
    "INVALID_REFUND_ACCOUNT_INFO": _("The bank account was not accepted. Check bank, number and holder."),
    "INVALID_REFUND_ACCOUNT_NUMBER": _("The account's number was not accepted. Check it."),
    "INVALID_BANK": _("The bank was not accepted. Choose another account."),
    "EXCEED_MAX_REFUND_DUE": _("The time in which this payment can be refunded automatically is over."),
    "NOT_CANCELABLE_PAYMENT": _("This payment cannot be refunded automatically."),
    "NOT_ALLOWED_PARTIAL_REFUND": _("This payment can only be refunded as a whole."),
}
REFUND_OTHERWISE = _("The payment company refused the refund.")


def words_of_payment(code: str) -> Words:
    """Say why a payment did not go through; a code that nobody has heard of gets words that fit all."""
    found = PAYMENT_WORDS.get(code)
    if found is None:
        found = next((words for prefix, words in BY_PREFIX.items() if code.startswith(prefix)), OTHERWISE)
    return found


def words_of_refund(code: str) -> str:
    """Say why a refund was refused."""
    return str(REFUND_WORDS.get(code, REFUND_OTHERWISE))


def method_name(method: str) -> str:
    """A payment method in the reader's language; one that Toss has added since, as Toss calls it."""
    return str(METHODS.get(method, method))
