"""The fast lane's part of what all apps share: the clock, for countdowns in browsers whose own is wrong."""

from __future__ import annotations

import time

import msgspec

from apps.common.fastlane import Request, Response, Route, json_response


class Clock(msgspec.Struct):
    """Milliseconds since 1970-01-01T00:00Z."""

    now_ms: int


async def tell_time(_request: Request) -> Response:
    """Say what time it is here."""
    return json_response(200, Clock(time.time_ns() // 1_000_000))


ROUTES = [
    Route(
        "GET",
        "/clock",
        tell_time,
        auth="none",
        responses={200: Clock},
        summary="The time by the server's clock",
        tags=("site",),
    )
]
