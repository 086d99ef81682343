"""The fast lane's routes, gathered from the apps."""

from apps.common.fastlane import Route


def fast_lane_routes() -> list[Route]:
    """Every plain ASGI endpoint; imported late, when the apps are loaded."""
    from apps.concerts.seat_map.fast import ROUTES as SEAT_MAP
    from apps.concerts.waiting_room.fast import ROUTES as WAITING_ROOM
    from apps.orders.fast import ROUTES as ORDERS

    return [*WAITING_ROOM, *SEAT_MAP, *ORDERS]
