"""iCalendar objects (RFC 5545) of one entry, as people add them to their calendars."""

from __future__ import annotations

from icalendar import Calendar, Event


def calendar_of(event: Event, *, product: str) -> bytes:
    """Write a calendar with one event; the zones that its times are in come with it."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Ticket-Live//{product}//KO")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
