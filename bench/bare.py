"""The least that an ASGI application can do: the endpoint that every rate is compared with."""

from __future__ import annotations

from typing import Any

BODY = b'{"status":"WAITING","number":1234,"position":1234,"ahead":1233,"behind":8766}'
START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(BODY))],
}
CONTENT = {"type": "http.response.body", "body": BODY}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer every request with the same few bytes."""
    if scope["type"] == "http":
        await send(START)
        await send(CONTENT)
        return
    for phase in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{phase}.complete"})
