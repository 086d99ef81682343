"""What a counselor does with a customer's order from the conversation; each act is audited with the conversation."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F
from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database import outbox
from apps.common.database.transactions import in_transaction, retried_transaction
from apps.common.errors import DomainError, NotFound, PermissionRefused, ServiceUnavailable
from apps.concerts.errors import SeatsUnavailable
from apps.counseling.access import ACT_ON_ORDERS, Member, require
from apps.counseling.errors import HoldAlreadyExtended
from apps.counseling.models import CounselorAct
from apps.counseling.states import SenderRole, SessionStatus
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.models import Order
from apps.orders.services import send_tickets
from apps.payments.causes import CUSTOMER, RefundCause, noted
from apps.payments.gateway.port import RefundAccount
from apps.payments.services.cancel_order import Cancellation, cancel_order, preview_cancellation
from apps.payments.services.keep_hold import HOLD_TO_ROW, hold_as_long_as_row

logger = logging.getLogger(__name__)

Kind = CounselorAct.Kind


def extend_hold_once(member: Member, order_id: str, *, actor_id: int) -> Order:
    """Let a customer's hold last HOLD_SECONDS longer, once an order: the audit's row is the only one there can be.

    1. One transaction: the act, the order's row, and the promise that the hold follows it.
    2. Redis makes the hold as long as the row. A process that dies before, or finds Redis away, leaves that to the
       outbox: the row is what counts.
    3. Where the seats are gone the row is as it was, and the act says so and may be done again.

    Raises:
        PermissionRefused, NotFound, OrderStateConflict, OrderExpired
        HoldAlreadyExtended: a second time.
        SeatsUnavailable: the hold is lost; nothing has changed.
    """
    order = _order_of(member, order_id, actor_id)
    before = order.expires_at
    try:
        act, work_id = in_transaction(lambda: _lengthen(member, order, actor_id))
    except IntegrityError as error:
        raise HoldAlreadyExtended from error
    try:
        hold_as_long_as_row(order)
    except SeatsUnavailable:
        in_transaction(lambda: _shorten_again(order, before, act))
        outbox.forget([work_id])
        raise
    except ServiceUnavailable as away:
        logger.warning("the hold of order %s follows its row later: %s", order.pk, away)
    else:
        outbox.forget([work_id])
    order.refresh_from_db()
    return order


def _lengthen(member: Member, order: Order, actor_id: int) -> tuple[CounselorAct, int]:
    """Note the act and lengthen the row of a hold that still runs; return the act, and the work that is promised.

    Raises:
        IntegrityError: it was done before.
        OrderStateConflict, OrderExpired
    """
    remaining = max(0, int((order.expires_at - database_now()).total_seconds()))
    act = _note(member, order, actor_id, Kind.EXTEND_HOLD, once=True, details={"had_seconds": remaining})
    running = Order.objects.filter(pk=order.pk, status=Order.Status.RESERVED, expires_at__gt=Now())
    is_longer = running.update(expires_at=F("expires_at") + timedelta(seconds=settings.HOLD_SECONDS))
    order.refresh_from_db()
    if not is_longer:
        is_held = order.status == Order.Status.RESERVED
        raise OrderExpired if is_held else OrderStateConflict(order_status=order.status)
    _note_outcome(act, {"had_seconds": remaining, "expires_at": order.expires_at.isoformat()})
    return act, outbox.promise(HOLD_TO_ROW, order_id=order.pk)


def _shorten_again(order: Order, before: datetime, act: CounselorAct) -> None:
    """Undo `_lengthen` in the caller's transaction, unless the order has moved on; the act says that it was refused."""
    same = Order.objects.filter(pk=order.pk, status=Order.Status.RESERVED, expires_at=order.expires_at)
    same.update(expires_at=before)
    CounselorAct.objects.filter(pk=act.pk).update(once=None, details={"refused": SeatsUnavailable.code})


@retried_transaction
def resend_tickets(member: Member, order_id: str, *, actor_id: int) -> None:
    """Send an order's live tickets by e-mail again, at once, or as soon as the mail server takes them.

    Raises:
        PermissionRefused, NotFound
        OrderStateConflict: there is no live ticket.
    """
    order = _order_of(member, order_id, actor_id)
    tickets = send_tickets.resend_tickets(order)
    _note(member, order, actor_id, Kind.RESEND_TICKETS, details={"tickets": tickets})


def preview_customer_cancellation(
    member: Member,
    order_id: str,
    *,
    actor_id: int,
    line_numbers: Sequence[int] | None = None,
    cause: RefundCause = CUSTOMER,
) -> Cancellation:
    """Price what `cancel_customer_order` would do, for who may do it; nothing changes and nothing is audited.

    Raises PermissionRefused, NotFound, and what `preview_cancellation` does.
    """
    order = _order_of(member, order_id, actor_id)
    _require_permission_for(cause, actor_id)
    return preview_cancellation(order.pk, user_id=order.user_id, line_numbers=line_numbers, cause=cause)


def cancel_customer_order(
    member: Member,
    order_id: str,
    *,
    actor_id: int,
    line_numbers: Sequence[int] | None = None,
    account: RefundAccount | None = None,
    agreed_refund_krw: int | None = None,
    cause: RefundCause = CUSTOMER,
) -> Cancellation:
    """Cancel a customer's order, or some seats of it, as the customer's own button does, at the fee of the `cause`.

    The act is noted before it is done, so that a process that dies within it leaves its trace, and what came of it
    afterwards, be it a refusal. `agreed_refund_krw` is what the customer was told: at another refund nothing happens.
    Raises PermissionRefused, NotFound, and what `cancel_order` does.
    """
    order = _order_of(member, order_id, actor_id)
    _require_permission_for(cause, actor_id)
    asked = {"line_ids": None if line_numbers is None else list(line_numbers), **noted(cause)}
    act = _note(member, order, actor_id, Kind.CANCEL_ORDER, details=asked)
    try:
        cancellation = cancel_order(
            order.pk,
            user_id=order.user_id,
            line_numbers=line_numbers,
            account=account,
            agreed_refund_krw=agreed_refund_krw,
            cause=cause,
        )
    except DomainError as refusal:
        _note_outcome(act, {**asked, "refused": refusal.code})
        raise
    refund = cancellation.refund
    outcome: dict[str, Any] = {"cancelled": True}
    if refund is not None:
        outcome |= {"refund_krw": refund.amount_krw, "fee_krw": refund.fee_krw, "refund_status": refund.status}
    _note_outcome(act, {**asked, **outcome})
    return cancellation


def _order_of(member: Member, order_id: str, actor_id: int) -> Order:
    """Return an order of the conversation's customer, for whoever may act on it."""
    if member.role == SenderRole.CUSTOMER:
        raise NotFound
    require(actor_id, ACT_ON_ORDERS)
    if not member.may_write or member.session.status != SessionStatus.IN_PROGRESS:
        raise PermissionRefused("Only who takes part in a conversation that goes on acts for its customer")
    orders = Order.objects.select_related("performance__concert", "user")
    order = orders.filter(pk=order_id, user=member.session.customer_id).first()
    if order is None:
        raise NotFound
    return order


def _require_permission_for(cause: RefundCause, actor_id: int) -> None:
    if cause.permission:
        require(actor_id, cause.permission)


def _note(
    member: Member,
    order: Order,
    actor_id: int,
    kind: CounselorAct.Kind,
    *,
    details: dict[str, Any],
    once: bool | None = None,
) -> CounselorAct:
    return CounselorAct.objects.create(
        session=member.session,
        actor_id=actor_id,
        kind=kind,
        order=order,
        once=once,
        details=details,
        happened_at=database_now(),
    )


def _note_outcome(act: CounselorAct, details: dict[str, Any]) -> None:
    CounselorAct.objects.filter(pk=act.pk).update(details=details)
