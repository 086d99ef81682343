"""One person's way: to the line, through it, and inside as often as they come back."""

from __future__ import annotations

import asyncio

import msgspec

from apps.rehearsal.on_sale.behaviours import Behaviour
from apps.rehearsal.on_sale.buying import Buyer
from apps.rehearsal.on_sale.client import Caller, Client
from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.looks import Looks
from apps.rehearsal.on_sale.sale import Outcome, Phase, Sale
from apps.rehearsal.on_sale.sockets import Sockets, Watch

OK = 200
LATER = frozenset({0, 429, 500, 502, 503, 504})
INSIDE = frozenset({"ADMITTED", "OPEN"})
STAYS_SHARE = 0.5  # of those who read that all seats are taken look once more
SHORTEST_RETRY_SECONDS = 1.0


class _Position(msgspec.Struct):
    status: str
    number: int | None
    eta_seconds: int | None
    poll_after_seconds: float
    seats_left: int | None
    place: str | None


_read_position = msgspec.json.Decoder(_Position)


class Person:
    """Plays a behaviour, and notes in the sale how it ended.

    `line` is for the calls of those who wait, who share few connections; inside everybody has one of their own.
    """

    __slots__ = (
        "_behaviour",
        "_inside",
        "_line",
        "_looks",
        "_number",
        "_place",
        "_sale",
        "_sockets",
        "_watch",
        "_window",
        "phase",
        "token",
        "user_id",
    )

    def __init__(
        self,
        sale: Sale,
        behaviour: Behaviour,
        *,
        user_id: int,
        token: str,
        line: Caller,
        inside: Client,
        window: Caller,
        sockets: Sockets,
        looks: Looks,
    ) -> None:
        self.user_id = user_id
        self.token = token
        self.phase = Phase.AWAY
        self._sale = sale
        self._behaviour = behaviour
        self._line = line
        self._inside = inside
        self._window = window
        self._sockets = sockets
        self._looks = looks
        self._number: int | None = None
        self._place: str | None = None
        self._watch: Watch | None = None

    @property
    def is_waiting(self) -> bool:
        return self.phase in {Phase.AWAY, Phase.WAITING}

    async def play(self) -> None:
        """Come when it is time, and go on to the end."""
        sale = self._sale
        try:
            await sale.clock.sleep(max(0.0, self._behaviour.arrives_at - sale.at))
            outcome = await self._wait_and_buy()
            if outcome is Outcome.CANCELLED and self._behaviour.returns and not sale.is_over:
                outcome = await self._wait_and_buy(comes_back=True)
        except asyncio.CancelledError:
            outcome = Outcome.END if self.is_waiting else Outcome.CUT_SHORT
        sale.outcomes[outcome] += 1
        self._move(Phase.BOUGHT if outcome is Outcome.TICKETS else Phase.GONE)

    async def _wait_and_buy(self, *, comes_back: bool = False) -> Outcome:
        self._move(Phase.WAITING)
        refusal = await self._wait_in_line()
        if refusal is not None:
            return refusal
        self._move(Phase.INSIDE)
        self._sale.admitted += 1
        shop = self._line.over(self._inside)
        buyer = Buyer(self._sale, self._behaviour, user_id=self.user_id, shop=shop, window=self._window)
        news = self._sockets.watch_seats(self.token)
        try:
            return await buyer.buy(news, keeps=comes_back)
        finally:
            if news is not None:
                news.watch.stop()

    async def _wait_in_line(self) -> Outcome | None:
        """Wait until let in: None then, or why not. A share of those who wait watches the line as well."""
        try:
            return await self._ask_where_one_stands()
        finally:
            if self._watch is not None:
                self._watch.stop()
                self._watch = None

    async def _ask_where_one_stands(self) -> Outcome | None:
        """Join, and ask as often as the server says, or once the own number is seen served; None once let in."""
        sale, behaviour, line = self._sale, self._behaviour, self._line
        self._number, has_to_join, refreshes = None, True, behaviour.refreshes
        while True:
            if has_to_join:
                body = msgspec.json.encode({"place": self._place}) if self._place else b"{}"
                answer = await line.send("join", b"POST", sale.join_path, body)
            else:
                answer = await line.get("status", sale.status_path)
            if answer.status != OK:
                refusal = self._refused(answer)
                if refusal is not None:
                    return refusal
                await sale.clock.sleep(max(SHORTEST_RETRY_SECONDS, answer.retry_after) * behaviour.draw.uniform(1, 2))
                continue
            place = _read_position.decode(answer.body)
            if place.status in INSIDE:
                return None
            refusal = self._follow_up(place)
            if refusal is not None:
                return refusal
            has_to_join, refreshes = refreshes, False
            self._place = place.place if has_to_join else None
            await self._looks.pause(place.poll_after_seconds, place, line=line, draw=behaviour.draw)

    def _refused(self, answer: Answer) -> Outcome | None:
        if answer.status in LATER:
            return None
        return Outcome.NOT_LET_IN if self._number is None else Outcome.LOST_PLACE

    def _follow_up(self, place: _Position) -> Outcome | None:
        """What follows from where one stands: None to wait on."""
        if place.status == "CLOSED":
            return Outcome.NOT_LET_IN
        if self._number is None:
            self._number = place.number
            self._watch = self._sockets.watch_line(self.token)
        elif place.number != self._number:
            return Outcome.LOST_PLACE
        if place.seats_left == 0 and self._behaviour.draw.random() >= STAYS_SHARE:
            if self._behaviour.leaves_openly:
                self._line.send("leave", b"POST", self._sale.leave_path)
            return Outcome.SOLD_OUT
        return None

    def _move(self, after: Phase) -> None:
        self._sale.move(self.phase, after)
        self.phase = after
