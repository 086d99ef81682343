"""What the beat has done again and again, and how often."""

from __future__ import annotations

from typing import Any


def every(task: str, *, seconds: float) -> dict[str, Any]:
    """A beat entry whose runs do not pile up behind a busy worker."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds * 0.9}}


BEAT = {
    "tick waiting rooms": every("concerts.tick_waiting_rooms", seconds=1.0),
    "ensure seat states": every("orders.ensure_seat_states", seconds=1.0),
    "sweep seats": every("orders.sweep_seats", seconds=60.0),
    "expire orders": every("orders.expire_orders", seconds=3.0),
    "tell holders of moved shows": every("orders.tell_moved", seconds=5.0),
    "relay outbox": every("common.relay_outbox", seconds=5.0),
    "settle unknown payments": every("payments.settle_unknown_payments", seconds=10.0),
    "keep holds": every("payments.keep_holds", seconds=10.0),
    "settle refunds": every("payments.settle_refunds", seconds=10.0),
    "carry on calling off": every("payments.carry_on_calling_off", seconds=5.0),
    "reconcile journal": every("payments.reconcile_journal", seconds=86_400.0),
    "sweep routing": every("counseling.sweep_routing", seconds=1.0),
    "find forgotten sessions": every("counseling.find_forgotten", seconds=15.0),
    "refresh counseling figures": every("counseling.refresh_kpis", seconds=5.0),
    "end idle sessions": every("counseling.end_idle_sessions", seconds=60.0),
    "purge log-in sessions": every("accounts.purge_login_sessions", seconds=86_400.0),
}
