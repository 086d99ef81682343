"""What staff do with an order in the admin: each act calls the service that the API calls, and is noted.

The note is committed before the act is done, so that a process that dies within it leaves its trace; what came
of it, be it a refusal, is added afterwards. Who may act is the page's question: it asks for the permission.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from apps.common.clock import database_now
from apps.common.database.transactions import in_transaction
from apps.common.errors import DomainError, NotFound, ValidationFailed
from apps.orders.models import Order
from apps.orders.services.send_tickets import resend_tickets
from apps.payments.causes import CUSTOMER, RefundCause, noted
from apps.payments.errors import PaymentUnknown
from apps.payments.gateway.port import GatewayError, RefundAccount
from apps.payments.gateway.provider import provider_slot
from apps.payments.models import CashReceipt, Refund, StaffAct
from apps.payments.services.cancel_order import Cancellation, cancel_order
from apps.payments.services.execute_refund import execute_refund, retry_refund
from apps.payments.services.name_account import name_account
from apps.payments.services.receipts import promise_another_try
from apps.payments.services.settle_by_hand import settle_by_hand
from apps.payments.services.settle_payments import settle_order

Kind = StaffAct.Kind
Outcome = dict[str, Any]


def cancel_by_staff(
    order_id: str,
    *,
    staff_id: int,
    line_numbers: Sequence[int] | None = None,
    account: RefundAccount | None = None,
    agreed_refund_krw: int | None = None,
    cause: RefundCause = CUSTOMER,
    reason: str = "",
) -> Cancellation:
    """Cancel a customer's order, or some lines of it, by the policy, or without its fee where the cause says so.

    Raises:
        ValidationFailed: a waived fee needs a reason.
        NotFound, and what `cancel_order` raises.
    """
    if cause.waives_fee and not reason.strip():
        raise ValidationFailed(errors={"reason": ["Say why nothing is kept."]})
    order = _order(order_id)
    asked: Outcome = {"line_ids": None if line_numbers is None else list(line_numbers), **noted(cause)}
    with _noted(order, Kind.CANCEL, staff_id=staff_id, reason=reason, asked=asked) as outcome:
        cancellation = cancel_order(
            order.pk,
            user_id=order.user_id,
            line_numbers=line_numbers,
            account=account,
            agreed_refund_krw=agreed_refund_krw,
            staff_id=staff_id,
            cause=cause,
        )
        refund = cancellation.refund
        if refund is not None:
            outcome |= {"refund_krw": refund.amount_krw, "fee_krw": refund.fee_krw, "refund_status": refund.status}
    return cancellation


def resend_by_staff(order_id: str, *, staff_id: int) -> int:
    """Send an order's live tickets again; return how many. Raises NotFound and OrderStateConflict."""
    order = _order(order_id)
    with _noted(order, Kind.RESEND_TICKETS, staff_id=staff_id) as outcome:
        outcome["tickets"] = in_transaction(lambda: resend_tickets(order))
    return int(outcome["tickets"])


def retry_refund_by_staff(refund_id: int, *, staff_id: int, ask_now: bool = True) -> Refund:
    """Open a refused refund again, or go on with one that is open, and ask the provider now.

    Answers the refund as it is then; one that is done stays as it is. Without `ask_now` the worker asks.

    Raises:
        NotFound
        ServiceUnavailable: too many calls are on their way; the worker goes on with it.
    """
    refund = _refund(refund_id)
    asked: Outcome = {"refund": refund.number, "was": refund.status}
    with _noted(refund.order, Kind.RETRY_REFUND, staff_id=staff_id, asked=asked) as outcome:
        retry_refund(refund.pk, actor=f"staff:{staff_id}")
        if ask_now:
            with provider_slot():
                refund = execute_refund(refund.pk)
        else:
            refund.refresh_from_db()
        outcome |= {"refund_status": refund.status, "provider_code": refund.provider_code}
    return refund


def name_account_by_staff(refund_id: int, *, staff_id: int, account: RefundAccount) -> Refund:
    """Name the bank account that a deposit's refund waits for, or correct it; the refund goes out at once.

    The account itself is not noted. Answers the refund as it is then.

    Raises:
        NotFound, and what `name_account` raises.
    """
    refund = _refund(refund_id)
    asked: Outcome = {"refund": refund.number, "was": refund.status}
    with _noted(refund.order, Kind.NAME_ACCOUNT, staff_id=staff_id, asked=asked) as outcome:
        refund = name_account(refund.pk, account=account, actor=f"staff:{staff_id}", staff=True)
        outcome |= {"refund_status": refund.status, "provider_code": refund.provider_code}
    return refund


def settle_by_hand_by_staff(refund_id: int, *, staff_id: int, reference: str, reason: str) -> Refund:
    """Note that staff have paid a refund in another way: who, when, why, and what the payment is found by.

    Raises:
        ValidationFailed: no reason, or no reference.
        NotFound, and what `settle_by_hand` raises.
    """
    if not reason.strip():
        raise ValidationFailed(errors={"reason": ["Say how it was paid, and why."]})
    refund = _refund(refund_id)
    asked: Outcome = {"refund": refund.number, "was": refund.status, "reference": reference.strip()}
    with _noted(refund.order, Kind.SETTLE_BY_HAND, staff_id=staff_id, reason=reason, asked=asked) as outcome:
        refund = settle_by_hand(refund.pk, reference=reference, actor=f"staff:{staff_id}")
        outcome |= {"refund_krw": refund.amount_krw, "refund_status": refund.status}
    return refund


def retry_receipt_by_staff(receipt_id: int, *, staff_id: int) -> bool:
    """Have the worker ask once more to cancel a cash receipt as far as was refused; tell whether there is any.

    Raises:
        NotFound
    """
    receipt = CashReceipt.objects.select_related("order").filter(pk=receipt_id).first()
    if receipt is None:
        raise NotFound
    asked: Outcome = {"amount_krw": receipt.amount_krw}
    with _noted(receipt.order, Kind.RETRY_RECEIPT, staff_id=staff_id, asked=asked) as outcome:
        outcome["promised"] = in_transaction(lambda: promise_another_try(receipt))
    return bool(outcome["promised"])


def ask_provider_by_staff(order_id: str, *, staff_id: int) -> str:
    """Ask the provider about an order and act upon the answer, as the worker does; say what was done.

    Raises:
        NotFound
        PaymentUnknown, ServiceUnavailable: the provider cannot be asked, or cannot tell, now.
    """
    order = _order(order_id)
    with _noted(order, Kind.ASK_PROVIDER, staff_id=staff_id) as outcome, provider_slot():
        try:
            outcome["answer"] = settle_order(order.pk)
        except GatewayError as error:
            raise PaymentUnknown("The provider cannot tell now; the worker asks again by itself.") from error
    return str(outcome["answer"])


def _refund(refund_id: int) -> Refund:
    refund = Refund.objects.select_related("order", "payment").filter(pk=refund_id).first()
    if refund is None:
        raise NotFound
    return refund


def _order(order_id: str) -> Order:
    order = Order.objects.select_related("performance__concert", "user").filter(pk=order_id).first()
    if order is None:
        raise NotFound
    return order


@contextmanager
def _noted(
    order: Order, kind: Kind, *, staff_id: int, reason: str = "", asked: Outcome | None = None
) -> Iterator[Outcome]:
    """Note an act before it is done; what the block puts into the yielded dict is noted as its outcome."""
    act = StaffAct.objects.create(
        actor_id=staff_id,
        kind=kind,
        order=order,
        reason=reason.strip(),
        details=asked or {},
        happened_at=database_now(),
    )
    outcome: Outcome = {}
    try:
        yield outcome
    except DomainError as refusal:
        _add(act, {"refused": refusal.code})
        raise
    _add(act, {"done": True, **outcome})


def _add(act: StaffAct, outcome: Outcome) -> None:
    StaffAct.objects.filter(pk=act.pk).update(details={**act.details, **outcome})
