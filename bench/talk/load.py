"""A process that plays one scenario against one server: a JSON object on standard input, one on standard output.

After `idle` it keeps the connections until standard input ends, so that the server's memory can be read meanwhile.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import msgspec
import uvloop

from bench.talk import scenarios


class Order(msgspec.Struct):
    """`options` are the scenario's own."""

    scenario: str
    host: str
    port: int
    path: str
    logins: list[dict[str, str]]
    options: dict[str, Any]


async def play(order: Order) -> None:
    visit = scenarios.Visit((order.host, order.port, order.path), order.logins)
    figures = await getattr(scenarios, order.scenario)(visit, **order.options)
    sys.stdout.buffer.write(msgspec.json.encode(figures) + b"\n")
    sys.stdout.flush()
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(play(msgspec.json.decode(sys.stdin.readline(), type=Order)))
