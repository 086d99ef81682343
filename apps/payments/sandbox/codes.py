"""Toss's error codes: the HTTP status of each, and the words of those that customers meet."""

from __future__ import annotations

_BY_STATUS = {
    400: """
        ALREADY_CANCELED_PAYMENT ALREADY_PROCESSED_PAYMENT ALREADY_REFUND_PAYMENT BELOW_MINIMUM_AMOUNT
        CARD_PROCESSING_ERROR DUPLICATED_ORDER_ID EXCEED_MAX_AMOUNT EXCEED_MAX_DAILY_PAYMENT_COUNT
        EXCEED_MAX_PAYMENT_AMOUNT INVALID_API_KEY INVALID_AUTHORIZE_AUTH INVALID_BANK
        INVALID_CARD_EXPIRATION INVALID_CARD_INSTALLMENT_PLAN INVALID_CARD_LOST_OR_STOLEN INVALID_CARD_NUMBER
        INVALID_IDEMPOTENCY_KEY INVALID_REFUND_ACCOUNT_INFO INVALID_REFUND_ACCOUNT_NUMBER INVALID_REJECT_CARD
        INVALID_REQUEST INVALID_STOPPED_CARD NOT_ALLOWED_POINT_USE NOT_AVAILABLE_PAYMENT NOT_FOUND_TERMINAL_ID
        NOT_MATCHES_REFUNDABLE_AMOUNT PROVIDER_ERROR REFUND_REJECTED UNAPPROVED_ORDER_ID
    """,
    401: "UNAUTHORIZED_KEY",
    403: """
        EXCEED_CANCEL_LIMIT EXCEED_MAX_AUTH_COUNT EXCEED_MAX_ONE_DAY_AMOUNT EXCEED_MAX_REFUND_DUE FDS_ERROR
        FORBIDDEN_CONSECUTIVE_REQUEST FORBIDDEN_REQUEST INCORRECT_BASIC_AUTH_FORMAT INVALID_PASSWORD
        NOT_ALLOWED_PARTIAL_REFUND NOT_ALLOWED_PARTIAL_REFUND_WAITING_DEPOSIT NOT_AVAILABLE_BANK
        NOT_CANCELABLE_AMOUNT NOT_CANCELABLE_PAYMENT REJECT_ACCOUNT_PAYMENT REJECT_CARD_COMPANY REJECT_CARD_PAYMENT
    """,
    404: "NOT_FOUND NOT_FOUND_PAYMENT NOT_FOUND_PAYMENT_SESSION",
    405: "NOT_SUPPORTED_METHOD",
    409: "IDEMPOTENT_REQUEST_PROCESSING",
    429: "TOO_MANY_REQUESTS",
    500: """
        COMMON_ERROR FAILED_INTERNAL_SYSTEM_PROCESSING FAILED_PARTIAL_REFUND
        FAILED_PAYMENT_INTERNAL_SYSTEM_PROCESSING FAILED_REFUND_PROCESS UNKNOWN_PAYMENT_ERROR
    """,
}

STATUS_OF = {code: status for status, codes in _BY_STATUS.items() for code in codes.split()}

_KOREAN = {
    "ALREADY_CANCELED_PAYMENT": "이미 취소된 결제 입니다.",
    "ALREADY_PROCESSED_PAYMENT": "이미 처리된 결제 입니다.",
    "FORBIDDEN_CONSECUTIVE_REQUEST": "반복적인 요청은 허용되지 않습니다. 잠시 후 다시 시도해주세요.",
    "IDEMPOTENT_REQUEST_PROCESSING": "이전 멱등 요청이 처리중입니다.",
    "INVALID_REQUEST": "잘못된 요청입니다.",
    "NOT_CANCELABLE_AMOUNT": "취소 할 수 없는 금액 입니다.",
    "NOT_FOUND_PAYMENT": "존재하지 않는 결제 정보 입니다.",
    "NOT_FOUND_PAYMENT_SESSION": "결제 시간이 만료되어 결제 진행 데이터가 존재하지 않습니다.",
    "PAY_PROCESS_CANCELED": "사용자에 의해 결제가 취소되었습니다.",
    "REJECT_CARD_COMPANY": "결제 승인이 거절되었습니다.",
    "REJECT_CARD_PAYMENT": "한도초과 혹은 잔액부족으로 결제에 실패했습니다.",
    "UNAUTHORIZED_KEY": "인증되지 않은 시크릿 키 혹은 클라이언트 키 입니다.",
}
_ENGLISH = {
    "ALREADY_CANCELED_PAYMENT": "This payment has already been cancelled.",
    "ALREADY_PROCESSED_PAYMENT": "This payment has already been processed.",
    "NOT_FOUND_PAYMENT": "There is no such payment.",
    "NOT_FOUND_PAYMENT_SESSION": "The payment has run out of time.",
    "REJECT_CARD_COMPANY": "The card company declined the payment.",
    "UNAUTHORIZED_KEY": "The secret key or client key is not known.",
}


class Refusal(Exception):
    """An error answer of Toss's: `{code, message}` with the code's status."""

    def __init__(self, code: str, message: str = "", *, status: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.status = status or STATUS_OF.get(code, 400)

    def document(self, *, english: bool = False) -> dict[str, str]:
        return {"code": self.code, "message": self.message or message_of(self.code, english=english)}


def message_of(code: str, *, english: bool = False) -> str:
    """Say a code in Korean, or in English for `Accept-Language: en-US`."""
    if english:
        return _ENGLISH.get(code, f"The request was refused ({code}).")
    return _KOREAN.get(code, f"요청을 처리할 수 없습니다. ({code})")
