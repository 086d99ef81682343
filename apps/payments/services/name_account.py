"""The bank account that a deposit goes back to: named, or corrected where the bank or the provider did not take it."""

from __future__ import annotations

from typing import Any

from django.db.models import F

from apps.common.errors import NotFound, ValidationFailed
from apps.payments.errors import NothingToCancel
from apps.payments.gateway.port import RefundAccount
from apps.payments.gateway.provider import provider_slot
from apps.payments.gateway.registry import texts_of
from apps.payments.models import REFUND_MOVES, Payment, Refund
from apps.payments.services.execute_refund import execute_refund, needs_account, reopen
from apps.payments.services.refund_outcomes import settle
from apps.payments.states import OPEN_REFUNDS

Status = Refund.Status


def waits_for_account(refund: Refund) -> bool:
    """Tell whether a refund goes on once its account is named, or another one is.

    A refused refund of seats does not: their tickets are valid, and cancelling them again asks for the account.
    """
    if not refund.payment.has_virtual_account or not refund.amount_krw:
        return False
    if refund.status in OPEN_REFUNDS:
        return needs_account(refund)
    return refund.status == Status.RETURNED or (refund.status == Status.FAILED and not refund.lines.all())


def may_name_account(refund: Refund) -> bool:
    """Tell whether staff may name a refund's account: also that of a refused one of seats."""
    is_refused = refund.status == Status.FAILED and refund.payment.has_virtual_account
    return waits_for_account(refund) or is_refused


def find_waiting(order_id: str) -> Refund | None:
    """Return the first refund of an order that waits for an account, if there is one."""
    refunds = Refund.objects.select_related("payment").prefetch_related("lines").filter(order=order_id)
    return next((refund for refund in refunds if waits_for_account(refund)), None)


def name_account_of(order_id: str, number: int, *, user_id: int, account: RefundAccount) -> Refund:
    """Name, or correct, the account of the buyer's own refund. Raises NotFound, and what `name_account` raises."""
    refund = Refund.objects.filter(order=order_id, order__user=user_id, number=number).first()
    if refund is None:
        raise NotFound
    return name_account(refund.pk, account=account, actor=f"user:{user_id}")


def name_account(refund_id: int, *, account: RefundAccount, actor: str, staff: bool = False) -> Refund:
    """Keep the account, and ask the provider at once; answer the refund as it is then.

    A refund that the bank did not pay goes out again with a reference and a key of its own, so that neither the
    provider nor we take it for the one before. With `staff` that goes for a refused one of seats, too.

    Raises:
        ValidationFailed: the provider knows no such bank; nothing has changed.
        NothingToCancel: it waits for no account; nothing has changed.
        AlreadyRefunded, MoreThanIsLeft, ServiceUnavailable: nothing has changed.
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    with provider_slot():
        settle(refund, lambda: _keep(refund, account, actor=actor, staff=staff))
        return execute_refund(refund_id)


def _keep(refund: Refund, account: RefundAccount, *, actor: str, staff: bool) -> None:
    refund.refresh_from_db(fields=["status", "account"])
    if not (may_name_account(refund) if staff else waits_for_account(refund)):
        raise NothingToCancel("No refund waits for a bank account.")
    require_known_bank(account, refund.payment)
    if refund.status == Status.RETURNED:
        changes: dict[str, Any] = {"tries": F("tries") + 1, "sendings": F("sendings") + 1, "settled_at": None}
        REFUND_MOVES.move(
            refund.pk, {Status.RETURNED}, Status.REQUESTED, reason="another account", actor=actor, changes=changes
        )
    elif refund.status == Status.FAILED:
        reopen(refund, reason="another account", actor=actor)
    Refund.objects.filter(pk=refund.pk).update(account=as_json(account), provider_code="")


def require_known_bank(account: RefundAccount, payment: Payment, *, within: str = "") -> None:
    """Hold an account to the banks that the payment's provider can pay into; `within` is the account's field in a call.

    Raises:
        ValidationFailed
    """
    if not texts_of(payment.provider).knows_bank(account.bank):
        errors: dict[str, Any] = {"bank": ["No bank has this code."]}
        raise ValidationFailed(errors={within: errors} if within else errors)


def as_json(account: RefundAccount) -> dict[str, str]:
    """Return an account as a refund's row keeps it."""
    return {
        "bank": account.bank,
        "account_number": account.account_number,
        "holder_name": account.holder_name,
    }
