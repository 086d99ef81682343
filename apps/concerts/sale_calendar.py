"""The opening of a sale as an iCalendar object (RFC 5545), with an alarm some minutes before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from apps.common.calendars import calendar_of
from apps.concerts.models import Performance

ALARM_BEFORE = timedelta(minutes=10)
LASTS = timedelta(minutes=30)  # as calendars show it


def sale_calendar(performance: Performance, *, page: str, now: datetime) -> bytes:
    """Write the entry, which begins in the second in which the sale opens.

    Args:
        page: the address of the concert's page, where the button is.
    """
    from icalendar import Alarm, Event  # noqa: PLC0415 - see apps.common.calendars

    title = _("Tickets for %(title)s go on sale") % {"title": performance.concert.title}
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", -ALARM_BEFORE)
    event = Event()
    event.add("uid", f"sale-{performance.pk}@ticket-live")
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", performance.sale_opens_at.astimezone(UTC))
    event.add("dtend", (performance.sale_opens_at + LASTS).astimezone(UTC))
    event.add("summary", title)
    event.add("description", page)
    event.add("url", page)
    event.add("transp", "TRANSPARENT")
    event.add_component(alarm)
    return calendar_of(event, product="Sales")
