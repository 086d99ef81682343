"""What all people of a rehearsal share: the clock, the calls' addresses, what they were promised, who is where."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from apps.rehearsal.on_sale.behaviours import Pauses
from apps.rehearsal.on_sale.clock import Clock
from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.figures import Figures, outcome_of
from apps.rehearsal.on_sale.seats import SeenByAll

FAULTS_KEPT = 200
TOO_MANY_REQUESTS = 429


class Phase(StrEnum):
    """Where somebody is."""

    AWAY = "not there yet"
    WAITING = "waiting"
    INSIDE = "inside"
    BOUGHT = "have tickets"
    GONE = "gone without"


class Outcome(StrEnum):
    """How it ended for somebody."""

    TICKETS = "went home with tickets"
    CANCELLED = "cancelled the tickets"
    LOOKED = "only looked"
    GAVE_UP = "gave up before the payment"
    NO_LUCK = "found no seat"
    SOLD_OUT = "left the line, as all was sold"
    END = "was still waiting at the end"
    CUT_SHORT = "was still inside at the end"
    NOT_LET_IN = "was refused by the line"
    LOST_PLACE = "lost the place in line"
    PUT_OUT = "was put out while inside"
    BROKE_OFF = "met an answer that nobody can go on from"


@dataclass(frozen=True, slots=True)
class PromisedTicket:
    """A ticket that somebody was told to have."""

    order_id: str
    user_id: int
    seat_id: int
    code: str


@dataclass(frozen=True, slots=True)
class PromisedRefund:
    """Money, in KRW, that somebody was told to get back; the fee is what is kept of it."""

    order_id: str
    amount_krw: int
    fee_krw: int


@dataclass(frozen=True, slots=True)
class Fault:
    """An answer that nobody inside should have got. `at` is in seconds from the opening."""

    at: float
    kind: str
    outcome: str


@dataclass
class Promises:
    """What people were told, to be held against what the platform stores."""

    tickets: dict[str, list[PromisedTicket]] = field(default_factory=dict)  # by order
    cancelled: set[str] = field(default_factory=set)  # orders of which the tickets were given back
    refunds: list[PromisedRefund] = field(default_factory=list)
    unknown: set[str] = field(default_factory=set)  # orders whose payment or cancellation got no clear answer

    @property
    def live(self) -> list[PromisedTicket]:
        return [ticket for order, tickets in self.tickets.items() if order not in self.cancelled for ticket in tickets]


class Sale:
    """The sale as the crowd lives through it. Times are of the monotonic clock, `at` seconds from the opening."""

    def __init__(self, *, performance_id: int, seats: int, figures: Figures, pauses: Pauses) -> None:
        self.performance_id = performance_id
        self.seats = seats
        self.figures = figures
        self.pauses = pauses
        self.clock = Clock()
        self.seen = SeenByAll()
        self.promises = Promises()
        self.phases: Counter[Phase] = Counter()
        self.outcomes: Counter[Outcome] = Counter()
        self.faults: list[Fault] = []
        self.fault_count = 0
        self.surprises: Counter[str] = Counter()
        self.tickets = 0  # live ones, of which people know
        self.tickets_to_cancel = 0  # those of them that will be given back in a moment
        self.sold_out_at: float | None = None
        self.admitted = 0
        self.lost_races = 0
        self.opened_at = 0.0
        self.sold_out = asyncio.Event()
        self.is_over = False
        room, performance = b"/api/waiting-room/%d" % performance_id, b"/api/performances/%d" % performance_id
        self.join_path, self.status_path, self.leave_path = room + b"/join", room + b"/status", room + b"/leave"
        self.now_path = room + b"/now"
        self.plan_path, self.seats_path = performance + b"/layout/columns", performance + b"/seats"

    @property
    def at(self) -> float:
        return time.monotonic() - self.opened_at

    def move(self, before: Phase, after: Phase) -> None:
        self.phases[before] -= 1
        self.phases[after] += 1

    def note_inside(self, kind: str, answer: Answer) -> None:
        """Keep what somebody inside should not have got: no answer, a fault, or being told to come later."""
        if answer.is_fault or answer.status == TOO_MANY_REQUESTS:
            self.fault_count += 1
            if len(self.faults) < FAULTS_KEPT:
                self.faults.append(Fault(self.at, kind, outcome_of(answer.status, answer.body)))

    def note_surprise(self, answer: Answer) -> None:
        """Keep an answer that is no fault, and that nobody inside can go on from all the same."""
        self.surprises[outcome_of(answer.status, answer.body)] += 1

    def add_tickets(self, tickets: list[PromisedTicket], *, to_cancel: bool) -> None:
        self.promises.tickets[tickets[0].order_id] = tickets
        self.tickets += len(tickets)
        self.tickets_to_cancel += len(tickets) * to_cancel
        if self.tickets - self.tickets_to_cancel >= self.seats and self.sold_out_at is None:
            self.sold_out_at = self.at
            self.sold_out.set()

    def take_back(self, order_id: str) -> None:
        """The tickets of an order were cancelled."""
        count = len(self.promises.tickets[order_id])
        self.promises.cancelled.add(order_id)
        self.tickets -= count
        self.tickets_to_cancel -= count
