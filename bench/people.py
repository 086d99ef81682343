"""People inside a sale: each looks at the map, orders two seats, holds them and pays, one call after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any
from urllib.parse import urlsplit

import msgspec

from apps.accounts.services.issue_tokens import IssuedToken
from bench.calls import Call

GZIP = ("Accept-Encoding: gzip",)
MAP, ORDER, RESERVE, CONFIRM = "map", "order", "reserve", "confirm"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an access pass, and the seats that they want."""

    token: IssuedToken
    performance_id: int
    seat_ids: Sequence[int]


@dataclass(slots=True)
class Journeys:
    """How long each call, and each way from the map to the ticket, has taken, in seconds."""

    calls: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in (MAP, ORDER, RESERVE, CONFIRM)})
    whole: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    seconds: float = 0.0  # from the first one's coming to the last one's ticket
    web_share: float = 0.0  # of a core, that the web process had meanwhile

    @property
    def per_second(self) -> float:
        return len(self.whole) / self.seconds

    def median_ms(self, name: str) -> float:
        """Return the median of a call's time."""
        return 1000 * median(self.calls[name])

    @property
    def whole_ms(self) -> tuple[float, float]:
        """Return the median and the 95th percentile of the whole way."""
        ordered = sorted(self.whole)
        return 1000 * median(ordered), 1000 * ordered[int(0.95 * (len(ordered) - 1))]


async def go_in(people: Sequence[Person], *, url: str, per_second: float, think_seconds: float) -> Journeys:
    """Let people come at an even pace; each thinks between two calls. Return when the last one is through."""
    journeys = Journeys()
    started = time.perf_counter()
    ways = []
    for number, person in enumerate(people):
        await asyncio.sleep(max(0.0, started + number / per_second - time.perf_counter()))
        ways.append(asyncio.ensure_future(_way(person, url, journeys, think_seconds)))
    await asyncio.gather(*ways)
    journeys.seconds = time.perf_counter() - started
    return journeys


async def _way(person: Person, url: str, journeys: Journeys, think_seconds: float) -> None:
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    started = time.perf_counter()

    async def ask(name: str, method: str, path: str, expected: int, body: Any = None) -> dict[str, Any]:
        asked = time.perf_counter()
        writer.write(Call(method, path, person.token.access, body=body, headers=GZIP if name == MAP else ()).encode())
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        content = await reader.readexactly(length)
        journeys.calls[name].append(time.perf_counter() - asked)
        if not head.startswith(b"http/1.1 %d " % expected):
            raise WrongAnswer(f"{name}: {head[:16]!r} {content[:200]!r}")
        await asyncio.sleep(think_seconds)
        return {} if name == MAP else dict(msgspec.json.decode(content))

    try:
        await ask(MAP, "GET", f"/api/performances/{person.performance_id}/seats", 200)
        wanted = {"performance_id": person.performance_id, "seat_ids": list(person.seat_ids)}
        order = await ask(ORDER, "POST", "/api/orders", 201, wanted)
        await ask(RESERVE, "POST", f"/api/orders/{order['id']}/reserve", 200)
        payment = {"paymentKey": f"bench-{order['id']}", "orderId": order["id"], "amount": order["amount"]}
        await ask(CONFIRM, "POST", "/api/payments/confirm", 200, payment)
        journeys.whole.append(time.perf_counter() - started)
    except (WrongAnswer, OSError, asyncio.IncompleteReadError) as error:
        journeys.failed.append(str(error))
    finally:
        writer.close()


class WrongAnswer(Exception):
    """An answer that leads to no ticket."""
