"""The job that follows the calling off of a performance: end what is open, give the money back, tell everybody.

Rows are the truth of how far it has come: a run that is killed leaves nothing that the next one does not see.
"""

from __future__ import annotations

import logging
import math
import time
from datetime import timedelta

from django.conf import settings
from django.db.models import Q
from django.db.models.functions import Now

from apps.concerts.models import Performance
from apps.orders.models import Order
from apps.payments.calling_off import notices, refunds
from apps.payments.calling_off.lease import Lease, leased
from apps.payments.calling_off.models import CallOff
from apps.payments.calling_off.pace import Pace
from apps.payments.calling_off.unsold import end_open_orders, end_waiting_order, list_waiting
from apps.payments.calling_off.workers import Work, Workers, Workload, all_of
from apps.payments.models import Refund
from apps.payments.states import OPEN_REFUNDS

logger = logging.getLogger(__name__)

RUN_SECONDS = 25.0
LOOK_SECONDS = 0.5
UNDER_WAY = (
    Order.Status.PENDING,
    Order.Status.RESERVED,
    Order.Status.CONFIRMING,
    Order.Status.WAITING_FOR_DEPOSIT,
)


def carry_on_all(*, run_seconds: float = RUN_SECONDS) -> int:
    """Carry on with every performance that is being called off, one after the other; return how many were."""
    running = CallOff.objects.filter(Q(paused_until=None) | Q(paused_until__lte=Now()), status=CallOff.Status.RUNNING)
    return sum(carry_on(pk, run_seconds=run_seconds) for pk in running.order_by("pk").values_list("pk", flat=True))


def carry_on(call_off_id: int, *, run_seconds: float = RUN_SECONDS) -> bool:
    """Do as much as the time allows; tell whether it was this process' turn.

    1. Note whom to tell, and end the orders that nobody has paid for.
    2. Some threads close accounts that await a deposit, and carry refunds out, those that an earlier run has left open
       first; they slow down with the provider. Meanwhile everybody is told, by mail.
    3. Once nothing is left that the job can do it is DONE. What was refused, or waits for a customer's bank account,
       is what `report` lists.
    """
    with leased(call_off_id) as lease:
        if lease is None:
            return False
        call_off = CallOff.objects.get(pk=call_off_id)
        _run(call_off, lease, until=time.monotonic() + run_seconds)
    return True


def _run(call_off: CallOff, lease: Lease, *, until: float) -> None:
    performance = Performance.objects.select_related("concert", "venue").get(pk=call_off.performance_id)
    notices.note_holders(call_off)
    end_open_orders(performance.pk)
    pace = Pace(settings.CALL_OFF_CALLS_AT_ONCE, pause_seconds=float(call_off.pause_seconds))
    workers = Workers(settings.CALL_OFF_CALLS_AT_ONCE, _workload(call_off), pace)

    def may_go_on() -> bool:
        is_ours = lease.renew()
        if not is_ours or time.monotonic() > until:
            pace.close()
        return is_ours

    try:
        tells = True
        while workers.are_at_it(within_seconds=0.0 if tells else LOOK_SECONDS) and may_go_on():
            tells = tells and _tell(call_off, performance, may_go_on)
    finally:
        pace.close()
        while workers.are_at_it(within_seconds=LOOK_SECONDS):
            lease.renew()
    _keep_pause(call_off, pace, workers.trouble)
    notices.note_holders(call_off)  # those whose money came meanwhile
    while may_go_on() and time.monotonic() < until and _tell(call_off, performance, may_go_on):
        pass
    _finish(call_off)


def _workload(call_off: CallOff) -> Workload:
    performance_id = call_off.performance_id
    skip: set[str] = set()

    def end_waiting(order_id: str) -> str:
        end_waiting_order(order_id)
        return ""

    def more() -> list[Work]:
        return all_of(refunds.carry_out, refunds.promise_refunds(performance_id, skip))

    first = [
        *all_of(end_waiting, list_waiting(performance_id)),
        *all_of(refunds.carry_out, refunds.list_open(performance_id)),
        *all_of(refunds.carry_out_again, refunds.list_refused(call_off)),
    ]
    return Workload(first, more=more)


def _tell(call_off: CallOff, performance: Performance, go_on: object) -> bool:
    """Tell some; False where nobody is left to tell, or the mail server is away."""
    try:
        return bool(notices.tell_some(call_off, performance, go_on=go_on))  # type: ignore[arg-type]
    except (OSError, notices.SMTPException) as error:
        logger.warning("performance %s is called off, and the mail server is away: %s", performance.pk, error)
        return False


def _keep_pause(call_off: CallOff, pace: Pace, trouble: str) -> None:
    """Let the next run, by whichever process, begin where this one has slowed down to."""
    seconds = math.ceil(pace.pause_seconds)
    until = Now() + timedelta(seconds=seconds) if seconds else None
    CallOff.objects.filter(pk=call_off.pk).update(
        pause_seconds=seconds, paused_until=until, trouble=trouble if seconds else ""
    )


def _finish(call_off: CallOff) -> None:
    performance_id = call_off.performance_id
    # Also those that buyers asked for before: where the provider refuses one, its tickets go back in full.
    open_refunds = Refund.objects.filter(order__performance=performance_id, status__in=OPEN_REFUNDS)
    still_open = open_refunds.exclude(refunds.needing_account())
    if (
        Order.objects.filter(performance=performance_id, status__in=UNDER_WAY).exists()
        or refunds.unrefunded(performance_id).exists()
        or still_open.exists()
        or refunds.list_refused(call_off)
        or notices.count_unsent(call_off)
    ):
        return
    same = CallOff.objects.filter(pk=call_off.pk, status=CallOff.Status.RUNNING, tried_again_at=call_off.tried_again_at)
    if same.update(status=CallOff.Status.DONE, finished_at=Now()):
        logger.info("performance %s is called off, and all that could be done is done", performance_id)
