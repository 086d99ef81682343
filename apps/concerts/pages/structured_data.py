"""What search engines read of a concert: schema.org events (https://schema.org/Event), as JSON-LD."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest

from apps.concerts.models import Concert, Performance, SaleStatus

MOST_EVENTS = 20
KIND = {"play": "TheaterEvent", "musical": "TheaterEvent", "dance": "DanceEvent"}
AVAILABILITY = {
    SaleStatus.UPCOMING: "https://schema.org/PreOrder",
    SaleStatus.ON_SALE: "https://schema.org/InStock",
    SaleStatus.CLOSED: "https://schema.org/SoldOut",
}


def events(request: HttpRequest, concert: Concert, *, now: datetime) -> dict[str, Any]:
    """Return the performances that are to come, with their venue and prices, as one JSON-LD document.

    A rehearsal has none that anybody is to find.
    """
    coming = [one for one in concert.performances.all() if one.starts_at > now and not concert.is_rehearsal]
    page = request.build_absolute_uri(request.path)
    poster = request.build_absolute_uri(concert.poster_url) if concert.poster_url else ""
    return {
        "@context": "https://schema.org",
        "@graph": [_event(concert, one, page=page, poster=poster, now=now) for one in coming[:MOST_EVENTS]],
    }


def _event(concert: Concert, performance: Performance, *, page: str, poster: str, now: datetime) -> dict[str, Any]:
    is_cancelled = performance.status == Performance.Status.CANCELLED
    event: dict[str, Any] = {
        "@type": KIND.get(concert.genre, "MusicEvent"),
        "name": concert.title,
        "description": concert.description,
        "url": page,
        "startDate": performance.starts_there.isoformat(),
        "duration": f"PT{concert.running_minutes}M",
        "eventStatus": f"https://schema.org/{'EventCancelled' if is_cancelled else 'EventScheduled'}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "organizer": {"@type": "Organization", "name": concert.organiser},
        "location": _place(performance),
    }
    move = performance.last_move
    if move is not None and move.from_starts_at != move.to_starts_at and not is_cancelled:
        event |= {
            "eventStatus": "https://schema.org/EventRescheduled",
            "previousStartDate": move.started_there.isoformat(),
        }
    if poster:
        event["image"] = [poster]
    prices = [grade.price_krw for grade in performance.grades.all()]
    if prices:
        event["offers"] = {
            "@type": "AggregateOffer",
            "priceCurrency": "KRW",
            "lowPrice": min(prices),
            "highPrice": max(prices),
            "validFrom": performance.sale_opens_at.astimezone(performance.venue.zone).isoformat(),
            "availability": AVAILABILITY[performance.sale_status(now)],
            "url": page,
        }
    return event


def _place(performance: Performance) -> dict[str, Any]:
    venue = performance.venue
    address = {
        "@type": "PostalAddress",
        "streetAddress": venue.address,
        "addressLocality": venue.city,
        "addressCountry": "KR",
    }
    return {"@type": "Place", "name": venue.name, "address": address}
