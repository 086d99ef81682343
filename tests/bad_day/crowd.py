"""The people of the day: each buys in some show in one way, and does something with it afterwards."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.rehearsal.client import Answer, CrowdClient
from apps.rehearsal.tally import Tally
from tests.bad_day.patience import PAUSE_SECONDS, in_a_thread
from tests.bad_day.stage import LIMIT, SHOWS, Stage
from tests.paid_orders import access_token
from tests.waiting import LONGEST_SECONDS

OK = 200
ACCEPTED = 202
CREATED = 201
DECLINED = 402
BUSY = 503
AT_ONCE = 24
WAYS = {"카드": 6, "가상계좌": 5, "간편결제": 1, "휴대폰": 1}
BANK_ACCOUNT = {"bank": "20", "account_number": "110123456789", "holder_name": "홍길동"}
MISTYPED = {**BANK_ACCOUNT, "account_number": "999123456789"}  # to the bank no such account
NO_ACCOUNT = {**BANK_ACCOUNT, "account_number": "000123456789"}  # refused by the provider at once

Job = Callable[[], Awaitable[None]]


@dataclass
class Person:
    """Who buys what, how, and what they know of it."""

    user_id: int
    token: str
    show: str
    rng: random.Random
    order_id: str = ""
    amount: int = 0
    key: str = ""
    is_paid: bool = False
    waits: bool = False


@dataclass
class Promises:
    """What the platform has acknowledged: it is held to all of it at the end of the day."""

    sold: set[str] = field(default_factory=set)
    refunds: list[tuple[str, int, int]] = field(default_factory=list)  # order, its refund's number, KRW


class Crowd:
    """Does the jobs of the day, some at once; what people do later goes to the end of the line.

    Args:
        urls: of the web processes; who gets no answer from the one asks the other.
        rng: decides what everybody does; the same seed plays the same people.
    """

    def __init__(self, stage: Stage, urls: Sequence[str], sandbox_url: str, rng: random.Random) -> None:
        self.stage = stage
        self.tally = Tally()
        self.promises = Promises()
        self.faults: list[str] = []
        self.busy: Counter[str] = Counter()
        self.people: list[Person] = []
        self._urls = urls
        self._sandbox = sandbox_url
        self._rng = rng
        self._jobs: deque[Job] = deque()
        self._done = 0
        self._moved_on = asyncio.Condition()
        self._clients: list[CrowdClient] = []

    async def play(self) -> None:
        """Let everybody do what they do, to the last of them."""
        for user_id in self.stage.people:
            show = self._rng.choice(SHOWS)
            person = Person(user_id, str(access_token(user_id)), show, random.Random(self._rng.random()))
            self.people.append(person)
            self._later(lambda one=person: self._buy(one))  # type: ignore[misc]
        self._clients = [CrowdClient(url, connections=AT_ONCE, tally=self.tally) for url in self._urls]
        for client in self._clients:
            await client.__aenter__()
        await asyncio.gather(*(self._work() for _ in range(AT_ONCE)))

    async def leave(self) -> None:
        for client in self._clients:
            await client.__aexit__(None, None, None)

    async def until(self, share: float) -> None:
        """Wait until such a share of the first jobs is done: everybody's purchase is one of them."""
        wanted = share * 2 * len(self.stage.people)
        async with self._moved_on:
            await self._moved_on.wait_for(lambda: self._done >= wanted or not self._jobs)

    @property
    def outcomes(self) -> dict[str, Counter[str]]:
        return {step: tally.outcomes for step, tally in self.tally.steps.items()}

    def _later(self, job: Job) -> None:
        self._jobs.append(job)

    async def _work(self) -> None:
        while self._jobs:
            await self._jobs.popleft()()
            async with self._moved_on:
                self._done += 1
                self._moved_on.notify_all()

    async def _buy(self, person: Person) -> None:
        if person.show == "off" and not await self._wait_in_line(person):
            return
        if not await self._order(person):
            return
        if person.rng.random() < 0.05:
            return  # only looked
        held = await self.call(person, "reserve", "POST", f"/api/orders/{person.order_id}/reserve")
        if held.status != OK:
            return
        if person.rng.random() < 0.08:  # gives up
            if person.rng.random() < 0.5:
                await self.call(person, "give up", "POST", f"/api/orders/{person.order_id}/cancel", {})
            return
        await self._pay(person)

    async def _wait_in_line(self, person: Person) -> bool:
        path = f"/api/waiting-room/{self.stage.shows[person.show]}"
        answer = await self.call(person, "join", "POST", f"{path}/join", {})
        while answer.body.get("status") in {"WAITING", "PAUSED"}:
            await asyncio.sleep(min(1.0, float(answer.body["poll_after_seconds"])))
            answer = await self.call(person, "status", "GET", f"{path}/status")
        return answer.body.get("status") in {"ADMITTED", "OPEN"}

    async def _order(self, person: Person) -> bool:
        """Choose neighbouring seats, others where they are gone; a show that is not public yet is asked for again."""
        for _ in range(6):
            seats = self.stage.seats[person.show]
            count = person.rng.randint(1, LIMIT)
            first = person.rng.randrange(len(seats) - count + 1)
            body = {"performance_id": self.stage.shows[person.show], "seat_ids": seats[first : first + count]}
            placed = await self.call(person, "order", "POST", "/api/orders", body)
            if placed.status == CREATED:
                person.order_id, person.amount = placed.body["id"], int(placed.body["amount"])
                return True
            if placed.code == "validation_error":  # it was moved: the other hall's seats have other names
                await in_a_thread(self.stage.look_at_seats, person.show)
            if placed.code == "not_found":  # not public yet: later
                self._later(lambda: self._buy(person))
                return False
        return False

    async def _pay(self, person: Person) -> None:
        way = person.rng.choices(list(WAYS), list(WAYS.values()))[0]
        window = {"orderId": person.order_id, "amount": person.amount, "method": way, "validHours": 24}
        agreed = await self._clients[0].call("window", "POST", f"{self._sandbox}/sandbox/authenticate", body=window)
        person.key = str(agreed.body["paymentKey"])
        if person.rng.random() < 0.06:
            return  # closes the window
        answer = await self.confirm(person)
        if answer.code == "deposit_refused" or (answer.status == DECLINED and person.rng.random() < 0.7):
            agreed = await self._clients[0].call(
                "window", "POST", f"{self._sandbox}/sandbox/authenticate", body={**window, "method": "카드"}
            )
            person.key = str(agreed.body["paymentKey"])
            answer = await self.confirm(person)
        if answer.status == OK:
            self._note_sale(person, answer)
        self._choose_what_follows(person)

    async def confirm(self, person: Person) -> Answer:
        body = {"paymentKey": person.key, "orderId": person.order_id, "amount": person.amount}
        return await self.call(person, "confirm", "POST", "/api/payments/confirm", body)

    def _note_sale(self, person: Person, answer: Answer) -> None:
        person.is_paid = answer.body["status"] == "PAID"
        person.waits = answer.body["status"] == "WAITING_FOR_DEPOSIT"
        if person.is_paid:
            self.promises.sold.add(person.order_id)

    def _choose_what_follows(self, person: Person) -> None:
        follows: list[Callable[[Person], Awaitable[None]]]
        if person.waits:
            follows = [self._deposit, self._deposit, self._deposit, self._cancel, self._do_nothing, self._deposit_twice]
        else:
            follows = [self._do_nothing, self._do_nothing, self._cancel, self._cancel_part, self._confirm_again]
        then = person.rng.choice(follows)
        self._later(lambda: then(person))

    async def _do_nothing(self, person: Person) -> None:
        await self.call(person, "order page", "GET", f"/api/orders/{person.order_id}")

    async def _confirm_again(self, person: Person) -> None:
        answer = await self.confirm(person)
        if answer.status == OK:
            self._note_sale(person, answer)
        self._later(lambda: self._cancel(person))

    async def _deposit(self, person: Person) -> None:
        await self.transfer(person)
        if person.rng.random() < 0.5:
            self._later(lambda: self._cancel(person))

    async def _deposit_twice(self, person: Person) -> None:
        """Transfer at the moment of changing one's mind."""
        await asyncio.gather(self.transfer(person), self._cancel(person))
        self._later(lambda: self._cancel(person))

    async def transfer(self, person: Person) -> None:
        await self._transfer(person.order_id)

    def deposit_late(self, order_id: str) -> None:
        """Have somebody transfer what an order waits for, as the next thing that happens."""
        self._jobs.appendleft(lambda: self._transfer(order_id))

    async def _transfer(self, order_id: str) -> None:
        url = f"{self._sandbox}/sandbox/deposit"
        await self._clients[0].call("deposit", "POST", url, body={"orderId": order_id})

    async def _cancel_part(self, person: Person) -> None:
        await self._cancel(person, line_ids=[1])
        if person.rng.random() < 0.5:
            self._later(lambda: self._cancel(person))

    async def _cancel(self, person: Person, **body: Any) -> None:
        """Look at what it costs, agree to that, and press the button twice now and then."""
        path = f"/api/orders/{person.order_id}/cancel"
        shown = await self.call(person, "preview", "POST", f"{path}?preview=1", body)
        if shown.status != OK:
            return
        refund = shown.body.get("refund") or {}
        asked = {**body, **({"agreed_refund": refund["amount"]} if "amount" in refund else {})}
        if person.rng.random() < 0.8:
            asked["refund_account"] = person.rng.choice([BANK_ACCOUNT, BANK_ACCOUNT, MISTYPED, NO_ACCOUNT])
        times = 2 if person.rng.random() < 0.3 else 1
        answers = await asyncio.gather(*(self.call(person, "cancel", "POST", path, asked) for _ in range(times)))
        for answer in answers:
            self._note_refund(person, answer)

    def _note_refund(self, person: Person, answer: Answer) -> None:
        refund = answer.body.get("refund")
        if answer.status in (OK, ACCEPTED) and refund:
            self.promises.refunds.append((person.order_id, int(refund["id"]), int(refund["amount"])))

    async def call(self, person: Person, step: str, method: str, path: str, body: Any = None) -> Answer:
        """Ask one web process, and after no answer or a 503 the other, until somebody knows."""
        first = person.rng.randrange(len(self._clients))
        async with asyncio.timeout(LONGEST_SECONDS):
            for number in itertools.count(first):
                client = self._clients[number % len(self._clients)]
                answer = await client.call(step, method, path, token=person.token, body=body)
                if answer.status not in (0, BUSY):
                    break
                if answer.status == BUSY:
                    self.busy[f"{step} {person.show}: {answer.body.get('detail')}"] += 1
                await asyncio.sleep(PAUSE_SECONDS)
        if answer.status >= 500:
            self.faults.append(f"{step} {path}: {answer.status} {answer.body}")
        return answer
