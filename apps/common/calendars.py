"""iCalendar objects (RFC 5545) of one entry, as people add them to their calendars."""

from __future__ import annotations

from functools import cache

from icalendar import Calendar, Event, Timezone


def calendar_of(event: Event, *, product: str) -> bytes:
    """Write a calendar with one event; the zones that its times are in come with it."""
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
    return Timezone.from_tzid(name)
