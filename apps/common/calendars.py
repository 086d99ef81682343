"""iCalendar objects (RFC 5545) of one entry, as people add them to their calendars."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from icalendar import Event, Timezone


def calendar_of(event: Event, *, product: str) -> bytes:
    """Write a calendar with one event; the zones that its times are in come with it."""
    from icalendar import Calendar  # noqa: PLC0415 - a tenth of a process's start, and few ever write an entry

    calendar = Calendar()
    calendar.add("prodid", f"-//Ticket-Live//{product}//KO")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    for name in sorted(calendar.get_missing_tzids()):
        calendar.subcomponents.insert(0, _zone(name))
    return bytes(calendar.to_ical())


@cache
def _zone(name: str) -> Timezone:
    """Return a zone's rules; working them out takes ten times as long as writing an entry."""
    from icalendar import Timezone  # noqa: PLC0415 - as above

    return Timezone.from_tzid(name)
