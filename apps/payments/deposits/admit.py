"""Decide whether an order may wait for a deposit: under locks that everybody takes who would open one."""

from __future__ import annotations

from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.orders.models import Order
from apps.payments.deposits.counts import count_open
from apps.payments.deposits.rules import Why, rules_of, why_not_more, why_not_now
from apps.payments.models import DepositGate


def why_not_admitted(order: Order) -> Why | None:
    """Say why an order may not wait for a deposit, in the caller's transaction, which has locked it; None: it may.

    Locks the gates of the buyer and of the show, in this order, until the caller's commit: of two orders at the same
    moment the second sees what the first has opened. Orders are paid in any other way without them.
    """
    performance = Performance.objects.select_related("concert__deposit_policy", "venue").get(pk=order.performance_id)
    rules, now = rules_of(performance.concert), database_now()
    why = why_not_now(performance, rules, now=now)
    if why is None:
        _lock(f"person:{order.user_id}")
        _lock(f"show:{order.performance_id}")
        why = why_not_more(rules, count_open(order, performance, rules, now=now))
    return why


def _lock(name: str) -> None:
    """Wait for a gate, and keep it to the end of the transaction; make it where it is needed for the first time."""
    gate = DepositGate.objects.filter(pk=name)
    if not gate.update(passed_at=Now()):
        DepositGate.objects.bulk_create([DepositGate(name=name, passed_at=database_now())], ignore_conflicts=True)
        gate.update(passed_at=Now())
