"""What the catalogue's pages show of concerts and performances at one moment, without a query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from apps.concerts.models import Concert, Grade, Performance, SaleStatus, Venue, WaitingRoomMode
from apps.concerts.pages.changes import is_news_of_a_move, is_news_of_calling_off
from apps.concerts.seat_map.free_seats import free_seats
from apps.concerts.selectors import concert_sale_status

FIRST_COUNTS_A_PAGE = 3  # of performances that the process has not counted before; the next page counts others
MOST_COUNTED = 4  # performances of a concert in a list; with more on sale something is left
MODES_WITH_A_LINE = (WaitingRoomMode.QUEUE, WaitingRoomMode.PAUSED)


class Phase(StrEnum):
    """How near to booking a performance is. `static/concerts/phases.js` moves from one to the next by itself."""

    UPCOMING = "upcoming"
    LINE = "line"  # the sale is to come, but one may line up
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SeatCounts:
    """How many seats can be had, asked by one page: it waits for little, and not for what cannot be told."""

    def __init__(self) -> None:
        self._is_available = True
        self._first_counts = 0

    def of(self, performance: Performance) -> int | None:
        """Return how many seats of a performance on sale are left; None where that cannot be told now."""
        if not self._is_available or not self._may_count(performance):
            return None
        left = free_seats().count(performance.pk)
        self._is_available = left is not None
        return left

    def _may_count(self, performance: Performance) -> bool:
        if free_seats().is_known(performance.pk):
            return True
        self._first_counts += 1
        return self._first_counts <= FIRST_COUNTS_A_PAGE

    def are_gone(self, performances: Sequence[Performance]) -> bool:
        """Whether of none of these a seat is left just now."""
        return 0 < len(performances) <= MOST_COUNTED and all(self.of(one) == 0 for one in performances)


@dataclass(frozen=True, slots=True)
class Countdown:
    """What is left until a moment, in the units that people count in."""

    until: datetime
    days: int
    hours: int
    minutes: int
    seconds: int

    @classmethod
    def of(cls, until: datetime, *, now: datetime) -> Countdown:
        """Count whole seconds, rounded up, so that it reads zero only when the moment has come."""
        left = max(until - now, timedelta())
        total = -(-left // timedelta(seconds=1))
        minutes, seconds = divmod(total, 60)
        hours, minutes = divmod(minutes, 60)
        days, hours = divmod(hours, 24)
        return cls(until, days, hours, minutes, seconds)


@dataclass(frozen=True, slots=True)
class Showing:
    """A performance as its row shows it."""

    performance: Performance
    phase: Phase
    countdown: Countdown | None  # to the opening of the sale, while that is to come
    seats_left: int | None = None  # while it is on sale, and where that can be told

    @classmethod
    def of(cls, performance: Performance, *, now: datetime) -> Showing:
        phase = phase_of(performance, now=now)
        is_to_come = phase in (Phase.UPCOMING, Phase.LINE)
        return cls(performance, phase, Countdown.of(performance.sale_opens_at, now=now) if is_to_come else None)

    def counted(self, counts: SeatCounts) -> Showing:
        """The same, with what is left of it while it is on sale."""
        return replace(self, seats_left=counts.of(self.performance)) if self.phase == Phase.OPEN else self

    @property
    def line_opens_at(self) -> datetime:
        """From when on there is something to enter: the line where there is one, else the sale."""
        return line_opens_at(self.performance)

    @property
    def has_line(self) -> bool:
        return self.performance.waiting_room_mode in MODES_WITH_A_LINE

    @property
    def is_paused(self) -> bool:
        return self.performance.waiting_room_mode == WaitingRoomMode.PAUSED

    @property
    def is_shut(self) -> bool:
        return self.performance.waiting_room_mode == WaitingRoomMode.CLOSED

    @property
    def is_sold_out(self) -> bool:
        """Whether nothing can be had just now; seats may come back while others' time to pay runs out."""
        return self.seats_left == 0

    @property
    def is_over(self) -> bool:
        return self.phase in (Phase.CLOSED, Phase.CANCELLED)


@dataclass(frozen=True, slots=True)
class Card:
    """A concert in a list."""

    concert: Concert
    status: SaleStatus
    first: Performance | None
    last: Performance | None
    venues: Sequence[Venue]
    opening: Countdown | None  # of the next sale to open
    is_sold_out: bool
    is_called_off: bool  # all of it
    has_called_off: bool  # some of its dates, others not
    has_moved: bool

    @classmethod
    def of(cls, concert: Concert, *, now: datetime, counts: SeatCounts) -> Card:
        performances = list(concert.performances.all())
        statuses = {performance.pk: performance.sale_status(now) for performance in performances}
        shown = [one for one in performances if statuses[one.pk] != SaleStatus.CLOSED] or performances
        is_off = is_wholly_called_off(concert)
        upcoming = [one.sale_opens_at for one in performances if statuses[one.pk] == SaleStatus.UPCOMING]
        return cls(
            concert=concert,
            status=concert_sale_status(concert, now),
            first=shown[0] if shown else None,
            last=shown[-1] if len(shown) > 1 else None,
            venues=list({one.venue_id: one.venue for one in shown}.values()),
            opening=Countdown.of(min(upcoming), now=now) if upcoming else None,
            is_sold_out=counts.are_gone([one for one in performances if statuses[one.pk] == SaleStatus.ON_SALE]),
            is_called_off=is_off,
            has_called_off=not is_off and any(is_news_of_calling_off(one, now=now) for one in performances),
            has_moved=any(is_news_of_a_move(one, now=now) for one in performances),
        )


@dataclass(frozen=True, slots=True)
class PriceList:
    """What the grades cost in one performance, or in several alike."""

    grades: Sequence[Grade]
    performances: Sequence[Performance]


def phase_of(performance: Performance, *, now: datetime) -> Phase:
    """Return how near to booking a performance is at `now`."""
    if performance.status == Performance.Status.CANCELLED:
        return Phase.CANCELLED
    match performance.sale_status(now):
        case SaleStatus.CLOSED:
            return Phase.CLOSED
        case SaleStatus.ON_SALE:
            return Phase.OPEN
    return Phase.LINE if now >= line_opens_at(performance) else Phase.UPCOMING


def is_wholly_called_off(concert: Concert) -> bool:
    """Whether of its performances, which are fetched, none takes place."""
    performances = concert.performances.all()
    return bool(performances) and all(one.is_called_off for one in performances)


def line_opens_at(performance: Performance) -> datetime:
    """Return from when on there is something to enter: the line where there is one, else the sale."""
    if performance.waiting_room_mode in MODES_WITH_A_LINE:
        return performance.waiting_room_opens_at
    return performance.sale_opens_at


def are_alike(showings: Iterable[Showing]) -> bool:
    """Whether performances differ by their times only, so that a row need not repeat the hall and the limit."""
    return len({(one.performance.venue_id, one.performance.limit_per_person) for one in showings}) == 1


def price_lists(performances: Iterable[Performance]) -> list[PriceList]:
    """Group performances whose prices are the same, in the order of their first."""
    groups: dict[tuple[tuple[str, int, str], ...], list[Performance]] = {}
    for performance in performances:
        prices = tuple((grade.name, grade.price_krw, grade.color) for grade in performance.grades.all())
        if prices:
            groups.setdefault(prices, []).append(performance)
    return [PriceList(list(alike[0].grades.all()), alike) for alike in groups.values()]
