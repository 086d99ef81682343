"""The fast lane's routes, gathered from the apps. Imported once Django's apps are loaded."""

from django.conf import settings

from apps.common.fast import ROUTES as CLOCK
from apps.common.fastlane import Route
from apps.concerts.seat_map.fast import ROUTES as SEAT_MAP
from apps.concerts.waiting_room.fast import ROUTES as WAITING_ROOM
from apps.concerts.waiting_room.now import ROUTES as LINE_NOW
from apps.orders.fast import ROUTES as ORDERS
from apps.payments.fast import ROUTES as PAYMENTS


def fast_lane_routes() -> list[Route]:
    """Every plain ASGI endpoint of the entries that are served: pages need the clock, the others are the API's."""
    return [*CLOCK, *WAITING_ROOM, *LINE_NOW, *SEAT_MAP, *ORDERS, *PAYMENTS] if "api" in settings.ENTRIES else [*CLOCK]
