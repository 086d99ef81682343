"""Call a performance off: the decision, by one person or by two, and what counts from that moment on.

Whoever may do so is the page's and the command's question: they ask for the permission `MAY_CALL_OFF`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now
from kombu.exceptions import OperationalError

from apps.common.clock import database_now
from apps.common.database.transactions import retried_transaction
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.errors import BeingMoved, SecondPersonNeeded
from apps.concerts.models import Performance
from apps.concerts.services.close_performance import close_performance
from apps.payments.calling_off.models import MOST_EXTRA_PERCENT, CallOff, CallOffAct
from apps.payments.errors import AlreadyCalledOff, NothingProposed, PerformanceOver
from apps.payments.models import CashReceipt
from apps.payments.services.receipts import promise_another_try, refused_cancellations

logger = logging.getLogger(__name__)

MAY_CALL_OFF = "payments.call_off_performance"
CARRY_ON_TASK = "payments.carry_on_calling_off"
LONGEST_REASON = 500
NOTHING: Mapping[str, Any] = {}

Status = CallOff.Status
Kind = CallOffAct.Kind


def confirmation_of(performance: Performance) -> str:
    """Return what has to be typed: when the performance begins, in its venue's zone, by which evenings differ."""
    return f"{performance.starts_there:%Y-%m-%d %H:%M}"


@retried_transaction
def call_off_performance(
    performance_id: int, *, actor_id: int | None, reason: str, typed: str, extra_percent: int = 0
) -> CallOff:
    """Call a performance off; where the setting asks for two people, only propose it (`confirm_call_off`).

    From the commit on nothing of it is sold, paid for or delivered, and money that comes goes back in full: whoever
    decides about money asks for the performance's state in their own transaction. What was sold is refunded by the
    job (`carry_on`), which a worker begins at once.

    Args:
        actor_id: who does it; None for the server's shell.
        reason: what customers read.
        typed: has to be `confirmation_of` the performance.
        extra_percent: the share of each ticket's price that the organiser owes beyond the refund. No provider pays out
            more than was paid, so it is listed as owed (`report`), and not transferred by the platform.

    Raises:
        NotFound
        ValidationFailed: no reason, something else typed, no such share.
        AlreadyCalledOff, PerformanceOver: nothing has changed.
        BeingMoved: the same, until the move that is under way has ended.
    """
    performance = _locked(performance_id)
    call_off = CallOff.objects.select_for_update().filter(performance=performance).first()
    if call_off is not None and call_off.status != Status.WITHDRAWN:
        raise AlreadyCalledOff(call_off_status=call_off.status)
    _require_it_can_be(performance)
    _check(performance, reason, typed, extra_percent)
    call_off = call_off or CallOff(performance=performance)
    call_off.reason, call_off.extra_percent = reason.strip(), extra_percent
    call_off.status = Status.PROPOSED
    call_off.save()
    asked = {"reason": call_off.reason, "extra_percent": extra_percent}
    if settings.CALL_OFF_NEEDS_TWO:
        _note(call_off, Kind.PROPOSED, actor_id, asked)
    else:
        _put_in_force(call_off, actor_id, asked)
    return call_off


@retried_transaction
def confirm_call_off(performance_id: int, *, actor_id: int | None, typed: str) -> CallOff:
    """Call off what somebody else has proposed; see `call_off_performance`.

    Raises:
        NotFound, ValidationFailed, PerformanceOver, BeingMoved
        NothingProposed: there is no proposal, or not any more.
        SecondPersonNeeded: it is the proposer's own.
    """
    performance = _locked(performance_id)
    call_off = _proposed(performance)
    if actor_id is None or proposer_of(call_off) == actor_id:
        raise SecondPersonNeeded("Somebody else has to confirm what you have proposed.")
    _require_it_can_be(performance)
    _check(performance, call_off.reason, typed, call_off.extra_percent)
    _put_in_force(call_off, actor_id, {"reason": call_off.reason, "extra_percent": call_off.extra_percent})
    return call_off


@retried_transaction
def withdraw_proposal(performance_id: int, *, actor_id: int | None) -> CallOff:
    """Take a proposal back; nothing was called off.

    Raises:
        NotFound, NothingProposed
    """
    call_off = _proposed(_locked(performance_id))
    call_off.status = Status.WITHDRAWN
    call_off.save(update_fields=["status"])
    _note(call_off, Kind.WITHDRAWN, actor_id)
    return call_off


@retried_transaction
def try_again(performance_id: int, *, actor_id: int | None) -> CallOff:
    """Have tried once more what was refused, be it by the provider or by a mail server.

    Refunds and mails are the job's; the cancelling of cash receipts is the outbox's.

    Raises:
        NotFound
        NothingProposed: the performance is not called off.
    """
    call_off = CallOff.objects.select_for_update().filter(performance=_locked(performance_id)).first()
    if call_off is None or not call_off.is_in_force:
        raise NothingProposed("This performance is not called off.")
    CallOff.objects.filter(pk=call_off.pk).update(
        status=Status.RUNNING, tried_again_at=Now(), finished_at=None, paused_until=None
    )
    call_off.notices.filter(sent_at=None).update(tries=0)
    for receipt in CashReceipt.objects.filter(refused_cancellations(), order__performance=performance_id):
        promise_another_try(receipt)
    _note(call_off, Kind.TRIED_AGAIN, actor_id)
    transaction.on_commit(start_job, robust=True)
    call_off.refresh_from_db()
    return call_off


def start_job() -> None:
    """Have a worker begin; without a queue the regular run does within seconds."""
    try:
        current_app.send_task(CARRY_ON_TASK, retry=False)
    except OperationalError as error:
        logger.warning("calling off waits for the regular run: %s", error)


def _put_in_force(call_off: CallOff, actor_id: int | None, asked: Mapping[str, Any]) -> None:
    close_performance(call_off.performance_id, reason=call_off.reason)
    CallOff.objects.filter(pk=call_off.pk).update(status=Status.RUNNING, called_off_at=Now())
    call_off.refresh_from_db()
    _note(call_off, Kind.DECIDED, actor_id, asked)
    transaction.on_commit(start_job, robust=True)


def _locked(performance_id: int) -> Performance:
    performance = Performance.objects.select_for_update().filter(pk=performance_id).first()
    if performance is None:
        raise NotFound
    return performance


def _proposed(performance: Performance) -> CallOff:
    call_off = CallOff.objects.select_for_update().filter(performance=performance, status=Status.PROPOSED).first()
    if call_off is None:
        raise NothingProposed
    return call_off


def proposer_of(call_off: CallOff) -> int | None:
    """Return the account that has proposed it last; None for the server's shell."""
    proposal = call_off.acts.filter(kind=Kind.PROPOSED).order_by("-pk").first()
    return proposal.actor_id if proposal is not None else None


def _require_it_can_be(performance: Performance) -> None:
    """A performance can be called off after it has begun, as long as it has not ended; not while it is being moved."""
    if performance.moving_since is not None:
        raise BeingMoved("It is being moved; try again in a moment.")
    ends_at = performance.starts_at + timedelta(minutes=performance.concert.running_minutes)
    if ends_at <= database_now():
        raise PerformanceOver


def _check(performance: Performance, reason: str, typed: str, extra_percent: int) -> None:
    errors: dict[str, list[str]] = {}
    if not reason.strip():
        errors["reason"] = ["Say why: customers read it."]
    elif len(reason.strip()) > LONGEST_REASON:
        errors["reason"] = [f"At most {LONGEST_REASON} characters."]
    if not 0 <= extra_percent <= MOST_EXTRA_PERCENT:
        errors["extra_percent"] = [f"A share from 0 to {MOST_EXTRA_PERCENT} percent."]
    if typed.strip() != confirmation_of(performance):
        errors["typed"] = [f"Type {confirmation_of(performance)}."]
    if errors:
        raise ValidationFailed(errors=errors)


def _note(call_off: CallOff, kind: CallOffAct.Kind, actor_id: int | None, asked: Mapping[str, Any] = NOTHING) -> None:
    CallOffAct.objects.create(
        call_off=call_off, kind=kind, actor_id=actor_id, details=dict(asked), happened_at=database_now()
    )
