"""The platform's web process with addresses that block its event loop, as a mistake in the code would.

For the tests alone: uvicorn serves `tests.stuck_web:application`.
"""

from __future__ import annotations

import re
import time
from typing import Any
from urllib.parse import parse_qs

from ticketlive.asgi import application as platform


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http" and scope["path"] == "/stuck/loop":
        spin(seconds=float(parse_qs(scope["query_string"].decode()).get("seconds", ["inf"])[0]))
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
    elif scope["type"] == "http" and scope["path"] == "/stuck/interpreter":
        backtrack()
    else:
        await platform(scope, receive, send)


def spin(*, seconds: float) -> None:
    """Go round and round; other threads have their turns."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def backtrack() -> None:
    """Stay in C code that lets no other thread of Python's run, for years."""
    re.match(r"(a+)+$", "a" * 60 + "b")
