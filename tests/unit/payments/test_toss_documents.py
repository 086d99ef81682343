from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from apps.payments.gateway.port import OutcomeUnknown, PaymentState
from apps.payments.gateway.toss import documents
from apps.payments.gateway.toss.errors import classify

DONE: dict[str, Any] = {
    "paymentKey": "key",
    "orderId": "order",
    "status": "DONE",
    "method": "카드",
    "totalAmount": 1000,
    "balanceAmount": 1000,
    "approvedAt": "2026-11-23T15:00:00+09:00",
}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, PaymentState.CAPTURED),
        ({"status": "READY", "approvedAt": None}, PaymentState.OPEN),
        ({"status": "IN_PROGRESS", "approvedAt": None}, PaymentState.OPEN),
        ({"status": "WAITING_FOR_DEPOSIT", "approvedAt": None}, PaymentState.AWAITING_DEPOSIT),
        ({"status": "PARTIAL_CANCELED", "balanceAmount": 1}, PaymentState.PARTLY_REFUNDED),
        ({"status": "PARTIAL_CANCELED", "balanceAmount": 0}, PaymentState.REFUNDED),
        ({"status": "CANCELED", "balanceAmount": 0}, PaymentState.REFUNDED),
        ({"status": "CANCELED", "balanceAmount": 0, "approvedAt": None}, PaymentState.DEAD),
        ({"status": "ABORTED", "approvedAt": None}, PaymentState.DEAD),
        ({"status": "EXPIRED", "approvedAt": None}, PaymentState.DEAD),
    ],
)
def test_a_status_is_read_with_balance_and_approval(changes: dict[str, Any], state: PaymentState) -> None:
    assert documents.payment(DONE | changes).state is state


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        "DONE",
        DONE | {"status": "NEW_STATUS"},
        DONE | {"totalAmount": "many"},
        DONE | {"totalAmount": 1000.5},
        DONE | {"approvedAt": "yesterday"},
        {name: value for name, value in DONE.items() if name != "orderId"},
    ],
)
def test_an_answer_that_cannot_be_read_proves_nothing(document: Any) -> None:
    with pytest.raises(OutcomeUnknown):
        documents.payment(document)


def test_times_are_korean_with_or_without_an_offset() -> None:
    account = {"bankCode": "20", "accountNumber": "1", "customerName": "홍길동", "dueDate": "2026-11-24T00:00:00"}
    payment = documents.payment(DONE | {"virtualAccount": account})
    assert payment.approved_at == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert payment.virtual_account is not None
    assert payment.virtual_account.due_at == datetime(2026, 11, 23, 15, tzinfo=UTC)
    assert documents.local_time(datetime(2026, 11, 23, 15, tzinfo=UTC)) == "2026-11-24T00:00:00"


def test_only_an_answer_that_a_repeat_would_get_again_is_final() -> None:
    final = {code for code in ("PROVIDER_ERROR", "ALREADY_PROCESSED_PAYMENT", "X") if _is_final(400, code)}
    assert final == {"PROVIDER_ERROR", "ALREADY_PROCESSED_PAYMENT"}
    assert not any(_is_final(status, "PROVIDER_ERROR") for status in (408, 409, 425, 429, 500, 503))


def _is_final(status: int, code: str) -> bool:
    error = classify(status, code, "")
    assert isinstance(error, OutcomeUnknown)
    return error.is_final
