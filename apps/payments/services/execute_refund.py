"""Carry a promised refund out at the provider, once, however often this runs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from django.db.models import F
from django.db.models.functions import Now

from apps.common.database.transactions import in_transaction
from apps.orders.models import Order
from apps.payments import states
from apps.payments.gateway.port import (
    BALANCE_TOO_SMALL,
    OutcomeUnknown,
    ProviderPayment,
    RefundAccount,
    Refused,
    TryAgain,
)
from apps.payments.gateway.provider import get_gateway
from apps.payments.models import REFUND_MOVES, Payment, Refund
from apps.payments.services.refund_lines import bind_lines_again, let_lines_go
from apps.payments.services.request_refund import end_lines, more_than_is_left, set_aside, settle_balance
from apps.payments.services.settle_each import settle_each

logger = logging.getLogger(__name__)

Status = Refund.Status


def execute_refund(refund_id: int) -> Refund:
    """Ask the provider for a refund and write down what came of it; answer the refund as it is then.

    1. The first request goes out at once. After an unknown outcome the payment is looked at first:
       a refund there that bears our reference has been made.
    2. A repeat goes out under the same key, which the provider answers as the first time. A new key
       follows only an answer that would be repeated for ever, and only with the balance just seen as
       a condition, so that an earlier request which comes late cannot make a second refund of it.
    3. A certain refund is DONE: balance, tickets, order, and the seats free after the commit. A definite
       refusal is FAILED: the money is set free again, and the tickets stay. Else the refund stays open.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status not in states.OPEN_REFUNDS or needs_account(refund):
        return refund
    if refund.amount_krw == 0:
        _settle(refund, partial(_finish, refund, transaction_key=""))
    else:
        _ask(refund)
    return Refund.objects.select_related("payment").get(pk=refund_id)


def settle_refunds() -> int:
    """Carry out every refund that is still open; return how many were settled."""
    were_open = Refund.objects.filter(status__in=states.OPEN_REFUNDS)
    open_before = were_open.count()
    settle_each(lambda refund: execute_refund(refund.pk), were_open)
    return max(0, open_before - were_open.count())


def needs_account(refund: Refund) -> bool:
    """Tell whether the refund waits for the customer to name a bank account."""
    return refund.payment.has_virtual_account and refund.amount_krw > 0 and not refund.account


def retry_refund(refund_id: int, *, actor: str) -> bool:
    """Open a FAILED refund again; the task carries it out. Tell whether it was one.

    Raises:
        AlreadyRefunded: its lines have another refund by now; nothing has changed.
        MoreThanIsLeft: its money has gone back otherwise; nothing has changed.
    """
    refund = Refund.objects.get(pk=refund_id)
    reopened: list[int] = []

    def reopen() -> None:
        if not REFUND_MOVES.move(
            refund_id,
            {Status.FAILED},
            Status.REQUESTED,
            reason="tried again",
            actor=actor,
            changes={"tries": F("tries") + 1, "settled_at": None},
        ):
            return
        bind_lines_again(refund)
        if not set_aside(refund.payment, amount_krw=refund.amount_krw):
            raise more_than_is_left(refund.payment)
        reopened.append(refund_id)

    _settle(refund, reopen)
    return bool(reopened)


def _ask(refund: Refund) -> None:
    is_first = refund.status == Status.REQUESTED and refund.tries == 0
    seen: ProviderPayment | None = None
    try:
        if not is_first:
            seen = get_gateway(refund.payment.provider).find_by_key(refund.payment.payment_key)
            if seen is None or _was_made(refund, seen):
                return
            if seen.balance_krw < refund.amount_krw:
                raise Refused(BALANCE_TOO_SMALL)
        _write(refund, _request(refund, seen))
    except TryAgain as later:
        _use_new_key(refund, later.provider_code)
    except Refused as refusal:
        _settle(refund, partial(_fail, refund, provider_code=refusal.provider_code))
    except OutcomeUnknown as unknown:
        REFUND_MOVES.move(
            refund.pk, {Status.REQUESTED}, Status.UNKNOWN, reason="no certain answer",
            changes={"provider_code": unknown.provider_code},
        )  # fmt: skip
        if unknown.is_final:
            _use_new_key(refund, unknown.provider_code)


def _request(refund: Refund, seen: ProviderPayment | None) -> ProviderPayment:
    return get_gateway(refund.payment.provider).refund(
        refund.payment.payment_key,
        amount_krw=refund.amount_krw,
        reason=f"{refund.reason} {refund.reference}",
        idempotency_key=refund.provider_key,
        expected_balance_krw=seen.balance_krw if seen is not None else None,
        account=RefundAccount(**refund.account) if refund.account else None,
    )


def _was_made(refund: Refund, answer: ProviderPayment) -> bool:
    """Write down a refund that the provider has made; tell whether it has."""
    for given in answer.refunds:
        if given.reason.endswith(refund.reference):
            _settle(refund, partial(_finish, refund, transaction_key=given.transaction_key))
            return True
    return False


def _write(refund: Refund, answer: ProviderPayment) -> None:
    if not _was_made(refund, answer):
        raise OutcomeUnknown("REFUND_NOT_LISTED", f"{refund.reference} is not among the payment's refunds")


def _use_new_key(refund: Refund, provider_code: str) -> None:
    """Count a try, once for all who saw the same answer."""
    same = Refund.objects.filter(pk=refund.pk, tries=refund.tries)
    same.update(tries=F("tries") + 1, provider_code=provider_code)


def _settle(refund: Refund, end: Callable[[], None]) -> None:
    """Run the last step under the locks that every step takes: the order's row, then the payment's."""

    def settle() -> None:
        refund.order = Order.objects.select_for_update().get(pk=refund.order_id)
        refund.payment = Payment.objects.select_for_update().get(pk=refund.payment_id)
        end()

    in_transaction(settle)


def _finish(refund: Refund, *, transaction_key: str) -> None:
    done = REFUND_MOVES.move(
        refund.pk,
        states.OPEN_REFUNDS,
        Status.DONE,
        reason="refunded",
        changes={
            "transaction_key": transaction_key,
            "settled_at": Now(),
            "account": None,
            "provider_code": "",
        },
    )
    if done:
        settle_balance(refund.payment, given_krw=refund.amount_krw)
        end_lines(refund.order, list(refund.lines.all()), reason="cancelled")


def _fail(refund: Refund, *, provider_code: str) -> None:
    failed = REFUND_MOVES.move(
        refund.pk,
        states.OPEN_REFUNDS,
        Status.FAILED,
        reason="refused by the provider",
        changes={"provider_code": provider_code, "settled_at": Now()},
        details={"provider_code": provider_code},
    )
    if failed:
        let_lines_go(refund)
        Payment.objects.filter(pk=refund.payment_id).update(refundable_krw=F("refundable_krw") + refund.amount_krw)
        logger.error("refund %s of %s KRW was refused: %s", refund.reference, refund.amount_krw, provider_code)
