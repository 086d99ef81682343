"""Begin the payments of one moment in one transaction; each is told before the provider hears of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from apps.common.clock import as_utc, database_now, now_sql
from apps.common.database import plain_sql
from apps.common.database.states import Moving, all_moved
from apps.common.errors import DomainError, NotFound
from apps.concerts.show_state import (
    SeenMove,
    State,
    moved_at_column,
    moved_at_of,
    refusal_of,
    require_seen,
    state_column,
)
from apps.orders.models import ORDER_MOVES, Order
from apps.payments.gateway.registry import current_provider
from apps.payments.models import PaymentAttempt
from apps.payments.services.attempts import idempotency_key, is_repeat_of, next_attempt, why_not_payable
from apps.payments.services.keep_hold import provider_seconds, whole_second

Status = Order.Status
Attempt = PaymentAttempt.Status


@dataclass(frozen=True, slots=True)
class ConfirmRequest:
    """What a customer asks for; the call has them as paymentKey, orderId, amount and, where it says so, movedAt."""

    payment_key: str
    order_id: str
    amount_krw: int
    user_id: int
    seen: SeenMove | None = None


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """An order as the transaction has it."""

    id: str
    user_id: int
    performance_id: int
    status: str
    amount_krw: int
    hold_version: int | None
    expires_at: datetime
    show: State
    """Its performance's, which is locked shared."""
    moved_at: datetime | None
    """The performance's too."""

    @classmethod
    def read(cls, row: Sequence[Any]) -> LockedOrder:
        """Make one of a row of `_locking`."""
        pk, user_id, performance_id, status, amount_krw, hold_version, expires_at, show, moved_at, _now = row
        until = as_utc(expires_at)
        moved = moved_at_of(moved_at)
        return cls(pk, user_id, performance_id, status, amount_krw, hold_version, until, State(show), moved)


@dataclass(frozen=True, slots=True)
class BegunAttempt:
    """An attempt that is committed; `is_new` unless an earlier request with this payment key began it."""

    request: ConfirmRequest
    provider: str
    idempotency_key: str
    order: LockedOrder
    is_new: bool


@dataclass(frozen=True, slots=True)
class _KnownAttempt:
    payment_key: str
    order_id: str
    provider: str
    number: int
    status: str


def begin_attempts(requests: Sequence[ConfirmRequest]) -> list[BegunAttempt | Exception]:
    """Do what `begin_attempt` does for each request, in the caller's transaction; it locks the orders in key order.

    The row of an order that would end during the provider's call is made to last for it, before its hold in Redis is.

    Answers a `BegunAttempt` each, or NotFound, AmountMismatch, PaymentKeyUsed, OrderExpired, OrderStateConflict,
    TooManyAttempts, PerformanceCalledOff, BeingMoved, ShowMoved.

    Raises:
        IntegrityError: another transaction was first with one of the keys; nothing was stored.
    """
    batch = _Batch(requests)
    answers: list[BegunAttempt | Exception] = []
    for request in requests:
        try:
            answers.append(batch.begin(request))
        except DomainError as refusal:
            answers.append(refusal)
    batch.store()
    return answers


class _Batch:
    """The orders and attempts that the requests of one transaction are about, as they change in it."""

    def __init__(self, requests: Sequence[ConfirmRequest]) -> None:
        ids = sorted({request.order_id for request in requests})
        keys = sorted({request.payment_key for request in requests})
        locked, known = plain_sql.run([_locking(ids), _attempts_of(ids, keys)])
        self._orders = {row[0]: LockedOrder.read(row) for row in locked.rows}
        self._now = as_utc(locked.rows[0][-1]) if locked.rows else database_now()
        attempts = [_KnownAttempt(*row) for row in known.rows]
        self._attempts = {attempt.payment_key: attempt for attempt in attempts}
        self._numbers: dict[str, int] = {}
        for attempt in attempts:
            self._numbers[attempt.order_id] = max(attempt.number, self._numbers.get(attempt.order_id, 0))
        self._begun: list[ConfirmRequest] = []
        self._again: list[str] = []
        self._longer: dict[str, datetime] = {}

    def begin(self, request: ConfirmRequest) -> BegunAttempt:
        """Decide one request, and note what is to be stored for it."""
        order = self._orders.get(request.order_id)
        if order is None or order.user_id != request.user_id:
            raise NotFound
        known = self._attempts.get(request.payment_key)
        if is_repeat_of(known, order, amount_krw=request.amount_krw) and known is not None:
            return self._begun_as(known, request, order, is_new=False)
        if order.status != Status.RESERVED or order.expires_at <= self._now:
            raise why_not_payable(order)
        if (refusal := refusal_of(order.show)) is not None:
            raise refusal
        require_seen(order.moved_at, request.seen)
        attempt = self._start(request, known)
        order = self._lasting(order)
        self._orders[order.id] = replace(order, status=Status.CONFIRMING.value)
        self._begun.append(request)
        return self._begun_as(attempt, request, order, is_new=True)

    def _lasting(self, order: LockedOrder) -> LockedOrder:
        """Return the order with an end that is not before the provider has answered; note one that is a new end."""
        wanted = whole_second(self._now + timedelta(seconds=provider_seconds()))
        if wanted <= order.expires_at:
            return order
        self._longer[order.id] = wanted
        return replace(order, expires_at=wanted)

    def store(self) -> None:
        """Move the orders and store the attempts.

        Raises:
            NotMoved, IntegrityError
        """
        rows = [
            Moving(request.order_id, f"user:{request.user_id}", {"payment_key": request.payment_key})
            for request in self._begun
        ]
        if not rows:
            return
        moving = ORDER_MOVES.moving_together(
            rows, Status.RESERVED, Status.CONFIRMING, reason="payment started", happened_at=self._now
        )
        all_moved(plain_sql.run([*moving, *self._storing(), *self._lengthening()])[0], rows)

    def _lengthening(self) -> list[plain_sql.Statement]:
        """Return what makes rows last longer; no statement where none would end too soon."""
        if not self._longer:
            return []
        whens = " ".join(["WHEN %s THEN %s"] * len(self._longer))
        ends = [part for order_id, end in self._longer.items() for part in (order_id, plain_sql.moment(end))]
        sql = f"UPDATE {plain_sql.table(Order)} SET expires_at = CASE id {whens} END "  # noqa: S608 - our own names
        return [plain_sql.Statement(f"{sql}WHERE id IN ({plain_sql.marks(self._longer)})", [*ends, *self._longer])]

    def _storing(self) -> list[plain_sql.Statement]:
        """Return what stores the new attempts, and starts those again that were withdrawn."""
        again = sorted(set(self._again))
        restart = plain_sql.Statement(
            f"UPDATE {plain_sql.table(PaymentAttempt)} SET status = %s, started_at = %s, settled_at = NULL "  # noqa: S608
            f"WHERE payment_key IN ({plain_sql.marks(again)})",
            [Attempt.STARTED.value, plain_sql.moment(self._now), *again],
        )
        started = [self._attempts[request.payment_key] for request in self._begun if request.payment_key not in again]
        insert = plain_sql.inserting(
            PaymentAttempt,
            (
                "order_id", "number", "provider", "payment_key", "amount_krw", "idempotency_key", "status",
                "provider_code", "provider_message", "started_at",
            ),
            [
                (
                    attempt.order_id, attempt.number, attempt.provider, attempt.payment_key,
                    self._orders[attempt.order_id].amount_krw, idempotency_key(attempt.order_id, attempt.number),
                    Attempt.STARTED.value, "", "", plain_sql.moment(self._now),
                )
                for attempt in started
            ],
        )  # fmt: skip
        return [*insert, *([restart] if again else [])]

    @staticmethod
    def _begun_as(attempt: _KnownAttempt, request: ConfirmRequest, order: LockedOrder, *, is_new: bool) -> BegunAttempt:
        key = idempotency_key(order.id, attempt.number)
        return BegunAttempt(request, attempt.provider, key, order, is_new=is_new)

    def _start(self, request: ConfirmRequest, withdrawn: _KnownAttempt | None) -> _KnownAttempt:
        if withdrawn is not None:
            self._again.append(request.payment_key)
            attempt = replace(withdrawn, status=Attempt.STARTED.value)
        else:
            number = next_attempt(self._numbers.get(request.order_id, 0))
            attempt = _KnownAttempt(
                request.payment_key, request.order_id, current_provider().name, number, Attempt.STARTED.value
            )
        self._numbers[request.order_id] = max(attempt.number, self._numbers.get(request.order_id, 0))
        self._attempts[request.payment_key] = attempt
        return attempt


def _locking(ids: Sequence[str]) -> plain_sql.Statement:
    """Return what locks the orders in key order, and reads them, their shows' states and the database's time."""
    return plain_sql.Statement(
        "SELECT id, user_id, performance_id, status, amount_krw, hold_version, expires_at, "  # noqa: S608
        f"{state_column('performance_id')}, {moved_at_column('performance_id')}, {now_sql()} "
        f"FROM {plain_sql.table(Order)} "
        f"WHERE id IN ({plain_sql.marks(ids)}) ORDER BY id" + plain_sql.for_update(),
        ids,
    )


def _attempts_of(order_ids: Sequence[str], payment_keys: Sequence[str]) -> plain_sql.Statement:
    """Return what reads the attempts of these orders, and those with one of these keys."""
    columns = f"SELECT payment_key, order_id, provider, number, status FROM {plain_sql.table(PaymentAttempt)} WHERE"  # noqa: S608
    return plain_sql.Statement(
        f"{columns} order_id IN ({plain_sql.marks(order_ids)}) UNION "
        f"{columns} payment_key IN ({plain_sql.marks(payment_keys)})",
        [*order_ids, *payment_keys],
    )
