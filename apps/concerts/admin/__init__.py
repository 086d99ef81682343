"""The catalogue for staff. What sells seats is changed by services only; the admin calls them."""

from apps.concerts.admin import (
    cards,
    concerts,
    performances,
    prices_page,
    publication_page,
    seats_page,
    venue_page,
    venues,
    waiting_room_page,
)

__all__ = [
    "cards",
    "concerts",
    "performances",
    "prices_page",
    "publication_page",
    "seats_page",
    "venue_page",
    "venues",
    "waiting_room_page",
]
