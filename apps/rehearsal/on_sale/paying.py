"""The checkout, the payment window, and what comes after: from a held order to tickets, or back."""

from __future__ import annotations

import asyncio
from urllib.parse import urlencode

import msgspec

from apps.rehearsal.on_sale.behaviours import Behaviour, Ending
from apps.rehearsal.on_sale.client import Caller
from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.sale import Outcome, PromisedRefund, PromisedTicket, Sale
from apps.rehearsal.on_sale.visit import Stuck, Visit

OK, ACCEPTED, DECLINED = 200, 202, 402
CLOSED_AGAIN = "https://shop.example.invalid/closed"  # where the window would lead the browser back to
LOOK_SECONDS = (2.0, 2.0, 3.0, 5.0)  # as the confirming page has them
MOST_LOOKS = 12


class _Agreed(msgspec.Struct, rename="camel"):
    payment_key: str


class _Ticket(msgspec.Struct):
    seat_id: int
    code: str


class _Confirmed(msgspec.Struct):
    status: str
    tickets: list[_Ticket]


class _Refund(msgspec.Struct):
    status: str | None
    amount: int
    fee: int


class _Cancelled(msgspec.Struct):
    status: str
    refund: _Refund | None = None


_read_agreed = msgspec.json.Decoder(_Agreed)
_read_confirmed = msgspec.json.Decoder(_Confirmed)
_read_cancelled = msgspec.json.Decoder(_Cancelled)


class Payer:
    """Brings one person's held orders to an end."""

    def __init__(
        self, sale: Sale, behaviour: Behaviour, visit: Visit, *, user_id: int, shop: Caller, window: Caller
    ) -> None:
        self._sale = sale
        self._behaviour = behaviour
        self._visit = visit
        self._user_id = user_id
        self._shop = shop
        self._window = window

    async def pay(self, order_id: str, amount_krw: int, *, keeps: bool) -> Outcome:
        """Do with a held order what the behaviour has it. `keeps`: tickets are not cancelled this time."""
        behaviour, pauses = self._behaviour, self._sale.pauses
        path = b"/api/orders/" + order_id.encode()
        if behaviour.changes_delivery:
            await self._store_choices(path)
        await asyncio.sleep(behaviour.pause(pauses.pay))
        match behaviour.ending:
            case Ending.LEAVES_ORDER:
                return await self._give_up(path)
            case Ending.NEVER_PAYS:
                await self._open_window(order_id, amount_krw)
                await asyncio.sleep(behaviour.pause(pauses.away))
                return await self._give_up(path)
            case Ending.CLOSES_WINDOW:
                await self._open_window(order_id, amount_krw)
                await asyncio.sleep(behaviour.pause(pauses.away))
            case Ending.IS_DECLINED:
                await self._be_declined(order_id, amount_krw)
                await asyncio.sleep(behaviour.pause(pauses.pay))
            case _:
                pass
        cancels = not keeps and behaviour.cancels
        await self._confirm(order_id, amount_krw, path, to_cancel=cancels)
        if behaviour.looks_at_order:
            await self._look(path)
        return await self._cancel(order_id, path) if cancels else Outcome.TICKETS

    async def _store_choices(self, path: bytes) -> None:
        answer = await self._visit.ask(
            "choices", lambda: self._shop.send("choices", b"PATCH", path, b'{"delivery":"ON_SITE"}')
        )
        self._visit.expect(answer, OK)

    async def _give_up(self, path: bytes) -> Outcome:
        answer = await self._visit.ask("give up", lambda: self._shop.send("give up", b"POST", path + b"/cancel", b"{}"))
        self._visit.expect(answer, OK)
        return Outcome.GAVE_UP

    async def _open_window(self, order_id: str, amount_krw: int) -> bytes:
        """Open the payment window; return the path of its page, whose last part is the payment key."""
        query = urlencode(
            {"orderId": order_id, "amount": amount_krw, "successUrl": CLOSED_AGAIN, "failUrl": CLOSED_AGAIN}
        )
        path = b"/sandbox/window?" + query.encode()
        answer = await self._visit.ask("window", lambda: self._window.get("window", path))
        if answer.location is None:
            raise Stuck(Outcome.BROKE_OFF)
        return answer.location

    async def _be_declined(self, order_id: str, amount_krw: int) -> None:
        """The card's company says no in the window, and the confirmation of such a payment is refused too."""
        page = await self._open_window(order_id, amount_krw)
        await self._visit.ask("window", lambda: self._window.submit("window", page, b"choice=decline"))
        body = _confirmation(page.rpartition(b"/")[2].decode(), order_id, amount_krw)
        answer = await self._visit.ask(
            "confirm", lambda: self._shop.send("confirm", b"POST", b"/api/payments/confirm", body)
        )
        self._visit.expect(answer, DECLINED)

    async def _agree(self, order_id: str, amount_krw: int) -> str:
        body = msgspec.json.encode({"orderId": order_id, "amount": amount_krw})
        answer = await self._visit.ask(
            "window", lambda: self._window.send("window", b"POST", b"/sandbox/authenticate", body)
        )
        self._visit.expect(answer, OK)
        return _read_agreed.decode(answer.body).payment_key

    async def _confirm(self, order_id: str, amount_krw: int, path: bytes, *, to_cancel: bool) -> None:
        """Have the payment confirmed, and keep the tickets that were promised. Raises Stuck where there are none."""
        body = _confirmation(await self._agree(order_id, amount_krw), order_id, amount_krw)
        self._sale.promises.unknown.add(order_id)
        for seconds in (*LOOK_SECONDS, *[LOOK_SECONDS[-1]] * MOST_LOOKS):
            answer = await self._visit.ask(
                "confirm", lambda: self._shop.send("confirm", b"POST", b"/api/payments/confirm", body)
            )
            if answer.status != ACCEPTED:
                break
            await asyncio.sleep(seconds)  # the provider has not told yet: look at the order, then ask again
            await self._look(path)
        self._visit.expect(answer, OK)
        confirmed = _read_confirmed.decode(answer.body)
        if not confirmed.tickets:
            raise Stuck(Outcome.BROKE_OFF)
        self._sale.promises.unknown.discard(order_id)
        tickets = [PromisedTicket(order_id, self._user_id, one.seat_id, one.code) for one in confirmed.tickets]
        self._sale.add_tickets(tickets, to_cancel=to_cancel)

    async def _look(self, path: bytes) -> Answer:
        answer = await self._visit.ask("order page", lambda: self._shop.get("order page", path))
        self._visit.expect(answer, OK)
        return answer

    async def _cancel(self, order_id: str, path: bytes) -> Outcome:
        """Give the tickets back for the money, less the fee."""
        self._sale.promises.unknown.add(order_id)
        answer = await self._visit.ask("cancel", lambda: self._shop.send("cancel", b"POST", path + b"/cancel", b"{}"))
        if answer.status not in {OK, ACCEPTED}:
            raise Stuck(Outcome.BROKE_OFF)
        cancelled = _read_cancelled.decode(answer.body)
        if cancelled.refund is None:
            raise Stuck(Outcome.BROKE_OFF)
        self._sale.promises.unknown.discard(order_id)
        self._sale.promises.refunds.append(PromisedRefund(order_id, cancelled.refund.amount, cancelled.refund.fee))
        self._sale.take_back(order_id)
        return Outcome.CANCELLED


def _confirmation(payment_key: str, order_id: str, amount_krw: int) -> bytes:
    return msgspec.json.encode({"paymentKey": payment_key, "orderId": order_id, "amount": amount_krw})
