"""Note that a refund which the provider cannot make was paid in another way."""

from __future__ import annotations

from django.db.models.functions import Now

from apps.common.errors import ValidationFailed
from apps.payments.errors import RefundUnderWay
from apps.payments.models import REFUND_MOVES, Refund
from apps.payments.services.execute_refund import needs_account, reopen
from apps.payments.services.receipts import promise_cancelling
from apps.payments.services.refund_outcomes import settle
from apps.payments.services.request_refund import end_lines
from apps.payments.states import OPEN_REFUNDS, STUCK_REFUNDS

Status = Refund.Status
LONGEST_REFERENCE = 120
REASON = "settled by hand"


def may_be_settled_by_hand(refund: Refund) -> bool:
    """Tell whether neither the provider nor the bank can make a refund as it stands."""
    return refund.status in STUCK_REFUNDS or (refund.status in OPEN_REFUNDS and needs_account(refund))


def settle_by_hand(refund_id: int, *, reference: str, actor: str) -> Refund:
    """Note that staff have paid a refund themselves; its tickets are dead then, and their seats free.

    `reference` is what the payment is found by: a bank's number, a receipt. What the provider still holds of the money
    is not given back by it any more: it stays in the balance, and is promised to nobody.

    Raises:
        ValidationFailed: no reference.
        RefundUnderWay: the provider or the bank may still make it, or it is done.
        AlreadyRefunded, MoreThanIsLeft: as `retry_refund`. Nothing has changed in any of these.
    """
    if not reference.strip():
        raise ValidationFailed(errors={"reference": ["Say what the payment is found by."]})
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    settle(refund, lambda: _note(refund, reference.strip()[:LONGEST_REFERENCE], actor=actor))
    refund.refresh_from_db()
    return refund


def _note(refund: Refund, reference: str, *, actor: str) -> None:
    refund.refresh_from_db(fields=["status", "account", "tries"])
    was = refund.status
    if not may_be_settled_by_hand(refund):
        raise RefundUnderWay(refund={"id": refund.number, "status": was})
    if was == Status.FAILED:
        reopen(refund, reason=REASON, actor=actor, to_status=Status.DONE)
    else:
        REFUND_MOVES.move(refund.pk, {was}, Status.DONE, reason=REASON, actor=actor, details={"reference": reference})
    Refund.objects.filter(pk=refund.pk).update(
        hand_reference=reference, account=None, settled_at=Now(), provider_code=""
    )
    if was != Status.RETURNED:
        end_lines(refund.order, list(refund.lines.all()), reason=REASON, actor=actor)
        promise_cancelling(refund)
