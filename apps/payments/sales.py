"""What was sold, given back and kept in a range of days: a dozen queries, whatever was sold (docs/sales.md).

Hours are cut in UTC, in which the database and Python agree without the database's time zones, and are put
into the operator's days here: exact wherever a zone's offset is whole hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncHour

from apps.common.clock import database_now
from apps.common.days import DayRange, day_of, operator_zone
from apps.concerts.models import BlockedSeat, Performance, SectionGrade, of_the_house
from apps.orders.models import Order, OrderLine, Ticket
from apps.orders.states import HOLDING
from apps.payments.models import Payment, Refund
from apps.payments.states import OPEN_REFUNDS, STUCK_REFUNDS

TOP = 10
HOURLY_DAYS = 3  # a range of so many days is drawn by the hour, a longer one by the day


@dataclass(frozen=True, slots=True)
class Totals:
    """Money in won. `sold` counts tickets issued in the range, whatever became of them; `cancelled` those that ended.

    `revenue_krw` is what came in less what went back: fees that were kept are in it.
    """

    sold: int
    sold_krw: int
    cancelled: int
    cancelled_krw: int
    payments: int
    paid_krw: int
    refunds: int
    refunded_krw: int
    fees_krw: int
    refunds_open: int
    refunds_failed: int

    @property
    def revenue_krw(self) -> int:
        return self.paid_krw - self.refunded_krw


@dataclass(frozen=True, slots=True)
class Funnel:
    """Orders that were placed in the range, how many of them held seats, and how many of these were paid so far."""

    placed: int
    held: int
    paid: int
    undecided: int

    @property
    def conversion(self) -> float | None:
        """Of the holds that have ended, the share that was paid."""
        ended = self.held - self.undecided
        return self.paid / ended if ended > 0 else None


@dataclass(frozen=True, slots=True)
class GradeSales:
    """A grade's sales in the range. Grades of the same name count together where no performance is chosen."""

    name: str
    sold: int
    sold_krw: int
    cancelled: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was sold within an hour, or a day, that begins at `start`: tickets by grade, and their price together."""

    start: datetime
    by_grade: dict[str, int]
    sold_krw: int

    @property
    def sold(self) -> int:
        return sum(self.by_grade.values())


@dataclass(frozen=True, slots=True)
class Seats:
    """The seats of a performance, or of one of its grades, as they are now."""

    for_sale: int = 0
    sold: int = 0
    held: int = 0
    blocked: int = 0

    @property
    def left(self) -> int:
        return max(0, self.for_sale - self.sold - self.held - self.blocked)

    @property
    def sold_share(self) -> float | None:
        return self.sold / self.for_sale if self.for_sale else None

    def __add__(self, other: Seats) -> Seats:
        return Seats(
            self.for_sale + other.for_sale,
            self.sold + other.sold,
            self.held + other.held,
            self.blocked + other.blocked,
        )


@dataclass(frozen=True, slots=True)
class PerformanceSales:
    performance: Performance
    sold: int
    sold_krw: int
    seats: Seats


@dataclass(frozen=True, slots=True)
class Sales:
    totals: Totals
    funnel: Funnel
    grades: list[GradeSales]
    buckets: list[Bucket]
    by_hour_of_day: list[int]
    top: list[PerformanceSales]
    grade_seats: dict[str, Seats]
    """Of the chosen performance; empty where none is chosen."""


def get_sales(days: DayRange, *, performance: Performance | None = None) -> Sales:
    """Read the sales of a range of days: of one performance, or of all of the house's, where `top` names those that
    sold most."""
    start, end = days.instants()
    tickets = _of(Ticket.objects.all(), performance)
    issued = tickets.filter(issued_at__gte=start, issued_at__lt=end)
    hours = _hours(issued)
    cancelled = _cancelled(tickets.filter(cancelled_at__gte=start, cancelled_at__lt=end))
    best = [(performance, *_sum(hours))] if performance else _best(issued)
    seats = _seats([one.pk for one, _, _ in best])
    return Sales(
        totals=_totals(performance, start, end, hours, cancelled),
        funnel=_funnel(_of(Order.objects.all(), performance).filter(created_at__gte=start, created_at__lt=end)),
        grades=_grades(hours, cancelled),
        buckets=_buckets(hours, days),
        by_hour_of_day=_by_hour_of_day(hours),
        top=[
            PerformanceSales(one, sold, krw, sum(seats.get(one.pk, {}).values(), start=Seats()))
            for one, sold, krw in best
        ],
        grade_seats=seats.get(performance.pk, {}) if performance else {},
    )


@dataclass(frozen=True, slots=True)
class _Hour:
    start: datetime
    grade: str
    sold: int
    krw: int


def _of(rows: QuerySet[Any], performance: Performance | None, *, path: str = "performance") -> QuerySet[Any]:
    return rows.filter(**{path: performance}) if performance else of_the_house(rows, concert=f"{path}__concert")


def _hours(issued: QuerySet[Ticket]) -> list[_Hour]:
    rows = (
        issued.order_by()
        .values(hour=TruncHour("issued_at", tzinfo=UTC), grade=F("line__grade_name"))
        .annotate(sold=Count("pk"), krw=Sum("line__price_krw"))
    )
    return [_Hour(row["hour"], row["grade"], row["sold"], row["krw"]) for row in rows]


def _cancelled(ended: QuerySet[Ticket]) -> dict[str, tuple[int, int]]:
    """Return {grade: (tickets, their price)}."""
    rows = ended.order_by().values(grade=F("line__grade_name")).annotate(count=Count("pk"), krw=Sum("line__price_krw"))
    return {row["grade"]: (row["count"], row["krw"]) for row in rows}


def _totals(
    performance: Performance | None,
    start: datetime,
    end: datetime,
    hours: Sequence[_Hour],
    cancelled: dict[str, tuple[int, int]],
) -> Totals:
    paid = (
        _of(Payment.objects.all(), performance, path="order__performance")
        .filter(approved_at__gte=start, approved_at__lt=end)
        .aggregate(payments=Count("pk"), paid_krw=Sum("amount_krw", default=0))
    )
    settled = Q(status=Refund.Status.DONE, settled_at__gte=start, settled_at__lt=end)
    given_back = _of(Refund.objects.all(), performance, path="order__performance").aggregate(
        refunds=Count("pk", filter=settled),
        refunded_krw=Sum("amount_krw", filter=settled, default=0),
        fees_krw=Sum("fee_krw", filter=settled, default=0),
        refunds_open=Count("pk", filter=Q(status__in=(*OPEN_REFUNDS, Refund.Status.SENT))),
        refunds_failed=Count("pk", filter=Q(status__in=STUCK_REFUNDS)),
    )
    sold, sold_krw = _sum(hours)
    return Totals(
        sold=sold,
        sold_krw=sold_krw,
        cancelled=sum(count for count, _ in cancelled.values()),
        cancelled_krw=sum(krw for _, krw in cancelled.values()),
        **paid,
        **given_back,
    )


def _sum(hours: Sequence[_Hour]) -> tuple[int, int]:
    return sum(hour.sold for hour in hours), sum(hour.krw for hour in hours)


def _funnel(orders: QuerySet[Order]) -> Funnel:
    was_held = Q(hold_version__isnull=False)
    return Funnel(
        **orders.aggregate(
            placed=Count("pk"),
            held=Count("pk", filter=was_held),
            paid=Count("pk", filter=was_held & Q(paid_at__isnull=False)),
            undecided=Count("pk", filter=was_held & Q(status__in=HOLDING, paid_at=None)),
        )
    )


def _grades(hours: Sequence[_Hour], cancelled: dict[str, tuple[int, int]]) -> list[GradeSales]:
    """The grades by what they brought in, the most first."""
    sold: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for hour in hours:
        sold[hour.grade][0] += hour.sold
        sold[hour.grade][1] += hour.krw
    names = sorted({*sold, *cancelled}, key=lambda name: (-sold[name][1], name))
    return [
        GradeSales(name, sold=sold[name][0], sold_krw=sold[name][1], cancelled=cancelled.get(name, (0, 0))[0])
        for name in names
    ]


def _buckets(hours: Sequence[_Hour], days: DayRange) -> list[Bucket]:
    """Every hour of a short range, every day of a longer one, those without a sale included."""
    hourly = len(days) <= HOURLY_DAYS
    first, end = days.instants()
    starts = _each_hour(first, end) if hourly else [DayRange(day, day).instants()[0] for day in days]
    buckets = {start: Bucket(start, {}, 0) for start in starts}
    zone = operator_zone()
    of_day: dict[date, datetime] = {start.astimezone(zone).date(): start for start in reversed(starts)}
    for hour in hours:
        key = hour.start if hourly else of_day.get(day_of(hour.start), starts[0])
        bucket = buckets.setdefault(key, Bucket(key, {}, 0))
        by_grade = {**bucket.by_grade, hour.grade: bucket.by_grade.get(hour.grade, 0) + hour.sold}
        buckets[key] = Bucket(key, by_grade, bucket.sold_krw + hour.krw)
    return [bucket for _, bucket in sorted(buckets.items())]


def _each_hour(start: datetime, end: datetime) -> list[datetime]:
    count = int((end - start) / timedelta(hours=1))
    return [start + number * timedelta(hours=1) for number in range(count)]


def _by_hour_of_day(hours: Iterable[_Hour]) -> list[int]:
    zone = operator_zone()
    sold = [0] * 24
    for hour in hours:
        sold[hour.start.astimezone(zone).hour] += hour.sold
    return sold


def _best(issued: QuerySet[Ticket]) -> list[tuple[Performance, int, int]]:
    rows = (
        issued.order_by()
        .values("performance")
        .annotate(sold=Count("pk"), krw=Sum("line__price_krw"))
        .order_by("-krw", "performance")[:TOP]
    )
    found = {row["performance"]: (row["sold"], row["krw"]) for row in rows}
    performances = Performance.objects.select_related("concert", "venue").in_bulk(list(found))
    return [(performances[pk], *figures) for pk, figures in found.items()]


def _seats(performance_ids: Sequence[int]) -> dict[int, dict[str, Seats]]:
    """Return {performance: {grade: its seats now}}, in four queries; a seat counts in one of sold, held, blocked."""
    within = {"performance__in": performance_ids}
    sections = (
        SectionGrade.objects.filter(**within)
        .values_list("performance", "section", "grade__name")
        .annotate(seats=Count("section__seats"))
        .order_by("performance", "grade__position", "section")
    )
    sold = _by_section(Ticket.objects.filter(**within, live=True), "performance", "seat__section")
    blocked = _by_section(BlockedSeat.objects.filter(**within), "performance", "seat__section")
    has_time = ~Q(order__status=Order.Status.RESERVED) | Q(order__expires_at__gt=database_now())
    holds = OrderLine.objects.filter(has_time, order__performance__in=performance_ids, order__status__in=HOLDING)
    held = _by_section(holds, "order__performance", "seat__section")
    found: dict[int, dict[str, Seats]] = {pk: {} for pk in performance_ids}
    for performance_id, section_id, grade, seats in sections:
        where = (performance_id, section_id)
        of_section = Seats(seats, sold.get(where, 0), held.get(where, 0), blocked.get(where, 0))
        grades = found[performance_id]
        grades[grade] = grades.get(grade, Seats()) + of_section
    return found


def _by_section(rows: QuerySet[Any], performance: str, section: str) -> dict[tuple[int, int], int]:
    counted = rows.order_by().values_list(performance, section).annotate(count=Count("pk"))
    return {(performance_id, section_id): count for performance_id, section_id, count in counted}
