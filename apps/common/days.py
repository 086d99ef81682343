"""Days as the operator counts them (settings.TIME_ZONE); one is 23 or 25 hours long where clocks are changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

ONE_DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)  # of those that anybody asks about
MAX_DAYS = 92  # of a range whose figures somebody asks for at once


@dataclass(frozen=True, slots=True)
class DayRange:
    """Some days in a row, the first and the last included."""

    first: date
    last: date

    def __len__(self) -> int:
        return (self.last - self.first).days + 1

    def __iter__(self) -> Iterator[date]:
        return days_from_to(self.first, self.last)

    def instants(self) -> tuple[datetime, datetime]:
        """Return the first instant of the range and the first one after it, in UTC."""
        return bounds(self.first)[0], bounds(self.last)[1]


def operator_zone() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def day_of(instant: datetime) -> date:
    """Return the operator's day that an instant lies in; midnight belongs to the day that it begins."""
    return instant.astimezone(operator_zone()).date()


def bounds(day: date) -> tuple[datetime, datetime]:
    """Return the first instant of a day and that of the next, in UTC."""
    zone = operator_zone()
    start, end = (datetime.combine(one, time.min, tzinfo=zone) for one in (day, day + ONE_DAY))
    return start.astimezone(UTC), end.astimezone(UTC)


def days_from_to(first: date, last: date) -> Iterator[date]:
    """Yield every day from `first` to `last`, both included."""
    for number in range((last - first).days + 1):
        yield first + number * ONE_DAY


def days_touched(start: datetime, end: datetime) -> Iterator[date]:
    """Yield every day that something which lasted from `start` to `end` lies in or ends in."""
    return days_from_to(day_of(start), day_of(end))
