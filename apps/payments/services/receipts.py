"""Cash receipts: wanted at the checkout, issued for money that has come, cancelled as far as it goes back."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from apps.common.database import outbox
from apps.common.database.transactions import in_transaction
from apps.orders.models import Order
from apps.payments import states
from apps.payments.gateway.port import ProviderPayment, ProviderReceipt, ReceiptKind, Refused, TryAgain
from apps.payments.gateway.provider import get_gateway
from apps.payments.gateway.registry import texts_of
from apps.payments.models import CashReceipt, Payment, Refund

logger = logging.getLogger(__name__)

ISSUE_RECEIPT = "payments.issue_receipt"
CANCEL_RECEIPT = "payments.cancel_receipt"
KEPT_UNUSED = timedelta(days=1)  # the identity of an order that ended without money
SHOWN_DIGITS = 4
Status = CashReceipt.Status
ISSUED = (Status.ISSUED, Status.PART)


class ReceiptUnderWay(Exception):
    """The receipt's own issue is not settled yet; the outbox comes back to it."""


def want_receipt(order_id: str, *, kind: ReceiptKind | None, identity: str = "") -> None:
    """Keep what the buyer wants at the checkout, in place of what was wanted before; nothing where `kind` is None."""
    unused = CashReceipt.objects.filter(order=order_id, status=Status.WANTED)
    if kind is None:
        unused.delete()
        return
    CashReceipt.objects.get_or_create(
        order_id=order_id,
        defaults={"kind": kind, "identity": identity, "masked_identity": masked(identity), "wanted_at": Now()},
    )
    unused.update(kind=kind, identity=identity, masked_identity=masked(identity))


def masked(identity: str) -> str:
    """Return a phone or business number of which only the last digits can be read."""
    return "*" * (len(identity) - SHOWN_DIGITS) + identity[-SHOWN_DIGITS:]


def takes_receipt(provider: str, method: str) -> bool:
    """Tell whether there may be a cash receipt of money that came by this method."""
    return texts_of(provider).has_receipt(method)


def promise_receipt(order: Order, payment: Payment, answer: ProviderPayment) -> None:
    """Promise the receipt that is wanted of money that has come, in the caller's transaction.

    One that the provider has issued with the payment is taken over; nobody has two.
    """
    wanted = CashReceipt.objects.filter(order=order, status=Status.WANTED)
    if answer.receipt is not None:
        note_issued(wanted, answer.receipt, is_by_provider=True)
    elif wanted.exists() and takes_receipt(payment.provider, payment.method):
        outbox.enqueue(ISSUE_RECEIPT, order_id=order.pk)


def promise_cancelling(refund: Refund) -> None:
    """Promise that a receipt follows a refund which the provider has taken on, in the caller's transaction."""
    if refund.amount_krw and CashReceipt.objects.filter(order=refund.order_id).exists():
        outbox.enqueue(CANCEL_RECEIPT, order_id=refund.order_id, number=refund.number)


@outbox.handles(ISSUE_RECEIPT)
def issue_receipt(order_id: str) -> None:
    """Have the receipt issued for what has been paid and not gone back; the outbox repeats it until that is certain.

    Raises:
        OutcomeUnknown, TryAgain: it is asked again later, under the same key.
    """
    receipt = in_transaction(lambda: _begin(order_id))
    if receipt is None:
        return
    payment = Payment.objects.get(order=order_id)
    try:
        answer = get_gateway(payment.provider).issue_receipt(
            order_id=order_id,
            order_name=receipt.order.performance.concert.title,
            amount_krw=receipt.amount_krw,
            kind=ReceiptKind(receipt.kind),
            identity=receipt.identity,
            idempotency_key=f"receipt:{order_id}",
        )
    except TryAgain:
        raise
    except Refused as refusal:
        _asked(receipt).update(status=Status.REFUSED, provider_code=refusal.provider_code, identity="")
        logger.error("the cash receipt of %s was refused: %s", order_id, refusal.provider_code)
    else:
        note_issued(_asked(receipt), answer)


@outbox.handles(CANCEL_RECEIPT)
def cancel_receipt(order_id: str, number: int) -> None:
    """Take a refund off the receipt of its order, once; the fee that is kept stays in it.

    Raises:
        ReceiptUnderWay, OutcomeUnknown, TryAgain: it is tried again later.
    """
    refund = Refund.objects.select_related("payment").get(order=order_id, number=number)
    receipt = CashReceipt.objects.filter(order=order_id).first()
    if receipt is None or number in receipt.covered or receipt.status == Status.WANTED:
        return
    if receipt.status == Status.ASKED:
        raise ReceiptUnderWay(receipt.order_id)
    if receipt.status not in ISSUED:
        return
    try:
        if not receipt.is_by_provider:
            get_gateway(refund.payment.provider).cancel_receipt(
                receipt.receipt_key,
                amount_krw=min(refund.amount_krw, receipt.amount_krw),
                idempotency_key=_cancelling_key(receipt, number),
            )
    except TryAgain:
        raise
    except Refused as refusal:
        code = refusal.provider_code
        in_transaction(lambda: _note_refused(receipt.pk, number, code))
        logger.error("the cash receipt %s stays as it is: %s", receipt, code)
        return
    in_transaction(lambda: _take_off(receipt.pk, refund))


def refused_cancellations() -> Q:
    """Say which receipts say too much: the provider has refused to take a refund off them (`promise_another_try`)."""
    return Q(status__in=ISSUED) & ~Q(provider_code="")


def uncovered_refunds(receipt: CashReceipt) -> list[Refund]:
    """Return the refunds that were given and that the receipt does not take into account."""
    given = Refund.objects.filter(order=receipt.order_id, status__in=states.GIVEN_REFUNDS, amount_krw__gt=0)
    return list(given.exclude(number__in=receipt.covered).order_by("number"))


def promise_another_try(receipt: CashReceipt) -> bool:
    """Have the worker ask once more to take off what was refused, in the caller's transaction; tell whether it will."""
    if not CashReceipt.objects.filter(refused_cancellations(), pk=receipt.pk).exists():
        return False
    numbers = [refund.number for refund in uncovered_refunds(receipt)]
    for number in numbers:
        outbox.promise(CANCEL_RECEIPT, order_id=receipt.order_id, number=number)
    return bool(numbers)


def forget_unused() -> int:
    """Forget for whom a receipt was wanted of orders that ended without money; return how many there were."""
    ended = Q(order__status__in=(Order.Status.CANCELLED, Order.Status.EXPIRED), wanted_at__lt=Now() - KEPT_UNUSED)
    rows = CashReceipt.objects.filter(ended, status=Status.WANTED)
    return rows.delete()[0]


def note_issued(rows: QuerySet[CashReceipt], answer: ProviderReceipt, *, is_by_provider: bool = False) -> None:
    """Write down a receipt that the provider has issued, and forget the identity."""
    rows.update(
        status=Status.ISSUED,
        amount_krw=answer.amount_krw,
        receipt_key=answer.key,
        issue_number=answer.issue_number,
        url=answer.url,
        identity="",
        is_by_provider=is_by_provider,
        provider_code="",
        issued_at=Now(),
    )


def _begin(order_id: str) -> CashReceipt | None:
    """Fix what is asked for before the provider is asked, so that a repeat asks for the same; None for nothing."""
    receipt = CashReceipt.objects.select_for_update().filter(order=order_id).first()
    if receipt is None or receipt.status == Status.ASKED:
        return receipt
    if receipt.status != Status.WANTED:
        return None
    payment = Payment.objects.get(order=order_id)
    given = payment.refunds.filter(status__in=states.GIVEN_REFUNDS)
    receipt.covered = list(given.values_list("number", flat=True))
    receipt.amount_krw = payment.amount_krw - sum(given.values_list("amount_krw", flat=True))
    receipt.status = Status.ASKED if receipt.amount_krw else Status.CANCELLED
    receipt.identity = receipt.identity if receipt.amount_krw else ""
    receipt.save(update_fields=["covered", "amount_krw", "status", "identity"])
    return receipt if receipt.amount_krw else None


def _asked(receipt: CashReceipt) -> QuerySet[CashReceipt]:
    return CashReceipt.objects.filter(pk=receipt.pk, status=Status.ASKED)


def _take_off(receipt_id: int, refund: Refund) -> None:
    receipt = CashReceipt.objects.select_for_update().get(pk=receipt_id)
    if refund.number in receipt.covered:
        return
    receipt.covered = [*receipt.covered, refund.number]
    receipt.amount_krw = max(0, receipt.amount_krw - refund.amount_krw)
    receipt.status = Status.PART if receipt.amount_krw else Status.CANCELLED
    if not uncovered_refunds(receipt):
        receipt.provider_code = ""
    receipt.save(update_fields=["covered", "amount_krw", "status", "provider_code"])


def _note_refused(receipt_id: int, number: int, provider_code: str) -> None:
    receipt = CashReceipt.objects.select_for_update().get(pk=receipt_id)
    if number in receipt.covered:
        return
    receipt.provider_code = provider_code
    receipt.refused = {**(receipt.refused or {}), str(number): _refusals(receipt, number) + 1}
    receipt.save(update_fields=["provider_code", "refused"])


def _cancelling_key(receipt: CashReceipt, number: int) -> str:
    """Return the key of one request: the provider repeats its answer to a key for ever, be it a refusal."""
    refusals = _refusals(receipt, number)
    return f"receipt:{receipt.order_id}:{number}" + (f":{refusals}" if refusals else "")


def _refusals(receipt: CashReceipt, number: int) -> int:
    return int((receipt.refused or {}).get(str(number), 0))
