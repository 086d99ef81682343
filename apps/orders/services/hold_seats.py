"""Hold the seats of an order: granted by Redis, and told to nobody before the database has it."""

from __future__ import annotations

from functools import partial

from django.conf import settings

from apps.common.budgets import SpenderArgs, is_ours, seconds_spent, spenders
from apps.common.database.joined_commits import JoinedCommits, OutcomeUnknown
from apps.common.errors import ServiceUnavailable
from apps.concerts.errors import LineNotReady, SeatStateNotReady
from apps.orders.seat_holds import store
from apps.orders.seat_holds.answers import Held
from apps.orders.services.bring_back import with_booking_state
from apps.orders.services.reserve_seats import WonHold, record_holds

reserving = JoinedCommits(record_holds, name="record holds")


async def hold_seats(order_id: str, *, performance_id: int, user_id: int, network: str | None = None) -> Held:
    """Hold every seat of an order, or none. The same order again gets the same hold.

    1. One script decides: pass, owner, state, limit, all seats free, the budgets of the account and its `network`: how
       many holds they take, and for how long the account holds seats.
    2. The order is RESERVED in the database; where that fails the hold is taken back.

    Raises:
        NotFound, AccessPassRequired, NotOnSale, SeatsUnavailable, SeatLimitExceeded, OrderExpired,
        OrderStateConflict, TooManyRequests, ServiceUnavailable: this call has left no hold.
    """
    rates = settings.SALE_RATES
    who = spenders(rates["holds"], account=user_id, network=network)
    spent = who + seconds_spent(f"h:{user_id}", rates["held_seconds"]["account"], settings.HOLD_SECONDS)
    try:
        held = await store.areserve(order_id, performance_id=performance_id, user_id=user_id, who=spent)
    except (SeatStateNotReady, LineNotReady):
        again = partial(store.areserve, order_id, performance_id=performance_id, user_id=user_id, who=spent)
        held = await with_booking_state(performance_id, again)
    await _record(order_id, user_id, held, who)
    return held


async def _record(order_id: str, user_id: int, held: Held, who: SpenderArgs) -> None:
    """Store a hold, or take it back where that fails: nobody is told of a hold that does not last."""
    hold = WonHold(order_id, user_id, held.version, held.expires_at, held.pass_id)
    try:
        try:
            await reserving.submit(hold)
        except OutcomeUnknown:
            await reserving.submit(hold)  # the same statement again tells what became of the first
    except Exception as error:
        if not held.already:
            await store.release_hold.arun(order_id, version=held.version)
            if is_ours(error):
                await store.agive_hold_back(order_id, who)
        raise
    if held.already and not await store.ais_held(order_id, version=held.version):
        raise ServiceUnavailable  # the call that took the hold has failed meanwhile and taken it back
