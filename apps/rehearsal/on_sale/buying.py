"""What a person does inside, in the order of calls in which the site's own pages make them."""

from __future__ import annotations

import asyncio
import secrets

import msgspec

from apps.rehearsal.on_sale.behaviours import Behaviour, Ending
from apps.rehearsal.on_sale.client import Caller
from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.paying import Payer
from apps.rehearsal.on_sale.sale import Outcome, Sale
from apps.rehearsal.on_sale.seats import View, read_changes
from apps.rehearsal.on_sale.sockets import SeatNews
from apps.rehearsal.on_sale.visit import Stuck, Visit

GZIP = b"\r\nAccept-Encoding: gzip"
OK, CREATED, CONFLICT = 200, 201, 409
EMPTY_LOOKS = 3  # with nothing free before somebody goes home


class _Order(msgspec.Struct):
    id: str
    amount: int


class _Refusal(msgspec.Struct):
    code: str = ""
    seat_ids: list[int] = []


_read_order = msgspec.json.Decoder(_Order)
_read_refusal = msgspec.json.Decoder(_Refusal)


class Buyer:
    """One visit: look at the map, choose, order, reserve, and pay or not."""

    def __init__(self, sale: Sale, behaviour: Behaviour, *, user_id: int, shop: Caller, window: Caller) -> None:
        self._sale = sale
        self._behaviour = behaviour
        self._shop = shop
        self._visit = Visit(sale)
        self._payer = Payer(sale, behaviour, self._visit, user_id=user_id, shop=shop, window=window)

    async def buy(self, news: SeatNews | None, *, keeps: bool = False) -> Outcome:
        """Return how it ended; whoever goes without tickets gives the place inside back.

        With `keeps` the tickets are not cancelled this time. `news` are live news of the seats, where they are watched.
        """
        try:
            outcome = await self._look_and_buy(news, keeps=keeps)
        except Stuck as stuck:
            outcome = stuck.outcome
        if outcome not in {Outcome.TICKETS, Outcome.CANCELLED, Outcome.PUT_OUT}:
            answer = await self._shop.send("leave", b"POST", self._sale.leave_path)
            self._sale.note_inside("leave", answer)
        return outcome

    async def _look_and_buy(self, news: SeatNews | None, *, keeps: bool) -> Outcome:
        behaviour, pauses = self._behaviour, self._sale.pauses
        view = await self._open_map()
        for _ in range(behaviour.looks):
            await asyncio.sleep(behaviour.pause(pauses.look))
            await self._catch_up(view, news)
        if behaviour.ending is Ending.LOOKS_ONLY:
            return Outcome.LOOKED
        order = await self._choose_and_hold(view, news)
        if order is None:
            return Outcome.NO_LUCK
        return await self._payer.pay(order.id, order.amount, keeps=keeps)

    async def _open_map(self) -> View:
        """The plan, the seats' states, and how long one may stay."""
        sale, shop, seen = self._sale, self._shop, self._sale.seen
        answer = await self._visit.ask("plan", lambda: shop.get("plan", sale.plan_path, GZIP))
        self._visit.expect(answer, OK)
        seen.read_plan(answer)
        answer = await self._visit.ask("seats", lambda: shop.get("seats", sale.seats_path + b"/columns", GZIP))
        self._visit.expect(answer, OK)
        view = seen.read_statuses(answer)
        await self._visit.ask("status inside", lambda: shop.get("status inside", sale.status_path))
        return view

    async def _choose_and_hold(self, view: View, news: SeatNews | None) -> _Order | None:
        """Choose seats that look free until some are held, or patience or seats come to an end."""
        behaviour = self._behaviour
        empty_looks = 0
        for _ in range(behaviour.tries):
            await asyncio.sleep(behaviour.pause(self._sale.pauses.choose))
            if news is not None:
                news.bring_up_to_date(view)
            seat_ids = view.choose(behaviour.party, behaviour.draw, from_front=behaviour.goes_for_front)
            if not seat_ids:
                empty_looks += 1
                if empty_looks == EMPTY_LOOKS or self._sale.sold_out.is_set():
                    return None
                await self._catch_up(view, news)
                continue
            order = await self._hold(view, seat_ids)
            if order is not None:
                return order
            await self._catch_up(view, news)
        return None

    async def _hold(self, view: View, seat_ids: list[int]) -> _Order | None:
        """Order and reserve; None where somebody else was quicker, of whom the map knows then."""
        sale, shop = self._sale, self._shop
        body = msgspec.json.encode({"performance_id": sale.performance_id, "seat_ids": seat_ids})
        key = b"\r\nIdempotency-Key: " + secrets.token_hex(16).encode()
        answer = await self._visit.ask("order", lambda: shop.send("order", b"POST", b"/api/orders", body, extra=key))
        if self._is_lost(answer, view, seat_ids):
            return None
        self._visit.expect(answer, CREATED)
        order = _read_order.decode(answer.body)
        path = b"/api/orders/" + order.id.encode()
        answer = await self._visit.ask("reserve", lambda: shop.send("reserve", b"POST", path + b"/reserve"))
        if self._is_lost(answer, view, seat_ids):
            await self._visit.ask("drop", lambda: shop.send("drop", b"POST", path + b"/cancel", b"{}"))
            return None
        self._visit.expect(answer, OK)
        return order

    def _is_lost(self, answer: Answer, view: View, seat_ids: list[int]) -> bool:
        if answer.status != CONFLICT:
            return False
        refusal = _read_refusal.decode(answer.body)
        if refusal.code != "seats_unavailable":
            return False
        self._sale.lost_races += 1
        view.lose(refusal.seat_ids or seat_ids)
        return True

    async def _catch_up(self, view: View, news: SeatNews | None) -> None:
        """Learn what has changed: from the live news, or by asking."""
        if news is not None and news.bring_up_to_date(view):
            return
        sale, shop = self._sale, self._shop
        path = sale.seats_path + b"/columns?since=%d" % view.version
        answer = await self._visit.ask("changes", lambda: shop.get("changes", path, GZIP))
        self._visit.expect(answer, OK)
        if answer.etag is not None:  # all statuses, which are the same for many; changes have none
            view.replace(sale.seen.read_statuses(answer))
            return
        changes = read_changes.decode(answer.body)
        view.apply(changes.changed or (), changes.version)
