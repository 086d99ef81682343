"""Toss's codes and what they mean to people (docs.tosspayments.com/reference/error-codes), its methods and banks."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.payments.gateway.texts import (
    ABORTED,
    ACCOUNT,
    AUTHENTICATION,
    CARD_BLOCKED,
    CARD_DATA,
    CLOSED,
    LIMIT,
    OUR_FAULT,
    REJECTED,
    TOO_LATE,
    PaymentMessage,
    PaymentMethod,
    ProviderTexts,
)
from apps.payments.gateway.toss.banks import BANKS

CARD, VIRTUAL_ACCOUNT, TRANSFER, MOBILE_PHONE = "카드", "가상계좌", "계좌이체", "휴대폰"

METHOD_NAMES: dict[str, Promise] = {
    CARD: _("Card"),
    "간편결제": _("Easy pay"),
    VIRTUAL_ACCOUNT: _("Virtual account"),
    TRANSFER: _("Bank transfer"),
    MOBILE_PHONE: _("Mobile phone"),
}

METHODS = (
    PaymentMethod("CARD", _("Card or easy pay"), CARD),
    PaymentMethod("TRANSFER", _("Bank transfer"), TRANSFER, has_receipt=True),
    PaymentMethod(
        "VIRTUAL_ACCOUNT", _("Virtual account (bank deposit)"), VIRTUAL_ACCOUNT, is_deposit=True, has_receipt=True
    ),
    PaymentMethod("MOBILE_PHONE", _("Mobile phone bill"), MOBILE_PHONE),
)

PAYMENT_MESSAGES: dict[str, PaymentMessage] = {
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
}

BY_PREFIX: dict[str, PaymentMessage] = {"INVALID_CARD_": CARD_DATA, "EXCEED_": LIMIT, "REJECT_": REJECTED}

REFUND_MESSAGES: dict[str, Promise] = {
    "INVALID_REFUND_ACCOUNT_INFO": _("The bank account was not accepted. Check bank, number and holder."),
    "INVALID_REFUND_ACCOUNT_NUMBER": _("The account's number was not accepted. Check it."),
    "INVALID_BANK": _("The bank was not accepted. Choose another account."),
    "EXCEED_MAX_REFUND_DUE": _("The time in which this payment can be refunded automatically is over."),
    "NOT_CANCELABLE_PAYMENT": _("This payment cannot be refunded automatically."),
    "NOT_ALLOWED_PARTIAL_REFUND": _("This payment can only be refunded as a whole."),
}

TEXTS = ProviderTexts(
    methods=METHODS,
    method_names=METHOD_NAMES,
    payments=PAYMENT_MESSAGES,
    payment_prefixes=BY_PREFIX,
    refunds=REFUND_MESSAGES,
    banks=BANKS,
)
