"""Carry a promised refund out at the provider, once, however often this runs."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Now

from apps.concerts.errors import PerformanceCalledOff
from apps.concerts.show_state import is_called_off
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
from apps.payments.models import REFUND_MOVES, Refund
from apps.payments.services.refund_lines import bind_lines_again
from apps.payments.services.refund_outcomes import fail, finish, note_given, settle
from apps.payments.services.request_refund import (
    adopt_foreign_refunds,
    given_at_the_desk,
    more_than_is_left,
    set_aside,
)
from apps.payments.services.settle_each import settle_each

Status = Refund.Status
LOOK_AGAIN = timedelta(minutes=30)  # at what the bank has to pay: it takes days


def execute_refund(refund_id: int) -> Refund:
    """Ask the provider for a refund and write down what came of it; answer the refund as it is then.

    1. The first request goes out at once. After an unknown outcome the payment is looked at first:
       a refund there that bears our reference has been made.
    2. A repeat goes out under the same key, which the provider answers as the first time. A new key
       follows only an answer that would be repeated for ever, and only with the balance just seen as
       a condition, so that an earlier request which comes late cannot make a second refund of it.
    3. A certain refund is DONE: balance, tickets, order, and the seats free after the commit. A definite
       refusal is FAILED: the money is set free again, and the tickets stay. Else the refund stays open.
    4. What the provider has taken on and the bank has still to pay is SENT: tickets and seats as in 3, and the
       customer's account is kept until the bank has paid. Where it does not, the refund is RETURNED and waits for
       another account (`name_account`) or for staff (`settle_by_hand`).
    """
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.status == Status.SENT:
        _look(refund)
    elif refund.status not in states.OPEN_REFUNDS or needs_account(refund):
        return refund
    elif refund.amount_krw == 0:
        settle(refund, partial(finish, refund, transaction_key=""))
    else:
        _ask(refund)
    return Refund.objects.select_related("payment").get(pk=refund_id)


def settle_refunds() -> int:
    """Carry out every refund that is open; return how many were settled. Look at what the bank has to pay, too."""
    were_open = Refund.objects.filter(status__in=states.OPEN_REFUNDS)
    open_before = were_open.count()
    to_look_at = Q(looked_at=None) | Q(looked_at__lt=Now() - LOOK_AGAIN)
    settle_each(lambda refund: execute_refund(refund.pk), Refund.objects.filter(to_look_at, status=Status.SENT))
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
        PerformanceCalledOff: it keeps a fee, and nobody pays one any more; nothing has changed.
    """
    refund = Refund.objects.get(pk=refund_id)
    reopened: list[int] = []

    def open_it() -> None:
        if reopen(refund, reason="tried again", actor=actor):
            reopened.append(refund_id)

    settle(refund, open_it)
    return bool(reopened)


def reopen(refund: Refund, *, reason: str, actor: str, to_status: str = Status.REQUESTED) -> bool:
    """Promise a FAILED refund again, under the locks of `settle`; tell whether it was one. Raises as `retry_refund`.

    What the provider's own desk has given back meanwhile is taken off it: so much is not owed any more.
    """
    if refund.fee_krw and is_called_off(refund.order.performance_id):
        raise PerformanceCalledOff("The show is called off: these tickets go back in full, by trying that again.")
    owed = refund.amount_krw + refund.given_before_krw
    amount = max(0, owed - given_at_the_desk(refund.payment))  # in which a refused refund counts for nothing
    changes: dict[str, Any] = {"amount_krw": amount, "given_before_krw": owed - amount}
    if to_status == Status.REQUESTED:
        changes |= {"tries": F("tries") + 1, "settled_at": None}
    if not REFUND_MOVES.move(refund.pk, {Status.FAILED}, to_status, reason=reason, actor=actor, changes=changes):
        return False
    bind_lines_again(refund)
    if not set_aside(refund.payment, amount_krw=amount):
        raise more_than_is_left(refund.payment)
    return True


def _ask(refund: Refund) -> None:
    is_first = refund.status == Status.REQUESTED and refund.tries == 0
    seen: ProviderPayment | None = None
    try:
        if not is_first:
            seen = get_gateway(refund.payment.provider).find_by_key(refund.payment.payment_key)
            if seen is None or note_given(refund, seen):
                return
            if seen.balance_krw < refund.amount_krw:
                raise Refused(BALANCE_TOO_SMALL)
        _write(refund, _request(refund, seen))
    except TryAgain as later:
        _use_new_key(refund, later.provider_code)
    except Refused as refusal:
        _refuse(refund, refusal.provider_code)
        _take_over_what_was_given(refund)
    except OutcomeUnknown as unknown:
        REFUND_MOVES.move(
            refund.pk, {Status.REQUESTED}, Status.UNKNOWN, reason="no certain answer",
            changes={"provider_code": unknown.provider_code},
        )  # fmt: skip
        if unknown.is_final:
            _use_new_key(refund, unknown.provider_code)


def _look(refund: Refund) -> None:
    """See whether the bank has paid what the provider has taken on."""
    Refund.objects.filter(pk=refund.pk).update(looked_at=Now())
    seen = get_gateway(refund.payment.provider).find_by_key(refund.payment.payment_key)
    if seen is not None:
        note_given(refund, seen)


def _take_over_what_was_given(refund: Refund) -> None:
    """Write down what the provider's own desk has given back while the money was promised to a refund of ours.

    It could not be then, and may be why ours was refused. Where the provider cannot tell now the journal does.
    """
    with suppress(OutcomeUnknown):
        seen = get_gateway(refund.payment.provider).find_by_key(refund.payment.payment_key)
        if seen is not None and seen.refunds:
            settle(refund, lambda: adopt_foreign_refunds(refund.order, refund.payment, seen))


def _refuse(refund: Refund, provider_code: str) -> None:
    """Write down a refusal: of what was sent before, that it is still owed; of anything else, that it failed."""
    if not refund.sendings:
        settle(refund, partial(fail, refund, provider_code=provider_code))
        return
    changes = {"provider_code": provider_code, "settled_at": Now()}
    REFUND_MOVES.move(
        refund.pk, states.OPEN_REFUNDS, Status.RETURNED, reason="refused by the provider", changes=changes,
        details={"provider_code": provider_code},
    )  # fmt: skip


def _request(refund: Refund, seen: ProviderPayment | None) -> ProviderPayment:
    payment = refund.payment
    is_whole = not payment.is_partly_refundable and refund.amount_krw == payment.balance_krw
    return get_gateway(payment.provider).refund(
        payment.payment_key,
        amount_krw=None if is_whole else refund.amount_krw,
        reason=f"{refund.reason} {refund.reference}",
        idempotency_key=refund.provider_key,
        expected_balance_krw=seen.balance_krw if seen is not None else None,
        account=RefundAccount(**refund.account) if refund.account else None,
    )


def _write(refund: Refund, answer: ProviderPayment) -> None:
    if not note_given(refund, answer):
        raise OutcomeUnknown("REFUND_NOT_LISTED", f"{refund.reference} is not among the payment's refunds")


def _use_new_key(refund: Refund, provider_code: str) -> None:
    """Count a try, once for all who saw the same answer."""
    same = Refund.objects.filter(pk=refund.pk, tries=refund.tries)
    same.update(tries=F("tries") + 1, provider_code=provider_code)
