"""What is played: each scenario opens its connections, lets them talk for a while, and says what came through."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

from bench.talk.sockets import Socket, stomp_frame

BODY = b'{"type":"MESSAGE","content":"Is my hold still good?"}'
WARM_UP_SECONDS = 0.5
OPENED_AT_ONCE = 50
IN_FLIGHT = 8  # messages of a pair that are on their way at once
PUBLISHED_AT_ONCE = 4  # messages of the fan-out that are on their way at once
PACE_SECONDS = 0.1  # between two messages of a pair whose latency is measured


@dataclass(frozen=True, slots=True)
class Visit:
    """Where the server is, and the CONNECT headers of each account that logs in, used in turn."""

    url: tuple[str, int, str]
    logins: Sequence[dict[str, str]]

    async def open(self, count: int, *, destinations: Sequence[str] = ()) -> list[Socket]:
        """Open connections, the n-th of which subscribes to the n-th destination, some at a time."""
        sockets = [Socket(self.url) for _ in range(count)]
        gate = asyncio.Semaphore(OPENED_AT_ONCE)

        async def enter(number: int) -> None:
            async with gate:
                await sockets[number].open(self.logins[number % len(self.logins)])
                if number < len(destinations):
                    await sockets[number].subscribe(destinations[number])

        await asyncio.gather(*(enter(number) for number in range(count)))
        return sockets


async def one_to_one(visit: Visit, *, pairs: int, seconds: float) -> dict[str, Any]:
    """Each pair keeps some messages on their way; how many come through a second."""
    destinations = [f"/topic/pair.{number}" for number in range(pairs)]
    receivers = await visit.open(pairs, destinations=destinations)
    senders = await visit.open(pairs)
    received = 0

    def connect(receiver: Socket, sender: Socket, frame: bytes) -> None:
        def answer(_payload: bytes, count: int) -> None:
            nonlocal received
            received += count
            sender.write(frame * count)

        receiver.on_messages = answer
        sender.write(frame * IN_FLIGHT)

    for receiver, sender, destination in zip(receivers, senders, destinations, strict=True):
        connect(receiver, sender, stomp_frame("SEND", {"destination": destination}, BODY))
    await asyncio.sleep(WARM_UP_SECONDS)
    before, started = received, time.perf_counter()
    await asyncio.sleep(seconds)
    return {"rate": (received - before) / (time.perf_counter() - started)}


async def latency(visit: Visit, *, pairs: int, seconds: float) -> dict[str, Any]:
    """Each pair sends at a steady pace; how long a message is on its way, in milliseconds."""
    destinations = [f"/topic/pair.{number}" for number in range(pairs)]
    receivers = await visit.open(pairs, destinations=destinations)
    senders = await visit.open(pairs)
    taken: list[float] = []

    def note(payload: bytes, _count: int) -> None:
        now = time.perf_counter_ns()
        sent_at = (int(frame.rpartition(b"\n")[2]) for frame in payload.split(b"\x00")[:-1])
        taken.extend((now - at) / 1e6 for at in sent_at)

    for receiver in receivers:
        receiver.on_messages = note

    async def talk(number: int) -> None:
        await asyncio.sleep(PACE_SECONDS * number / pairs)
        ends = time.perf_counter() + WARM_UP_SECONDS + seconds
        while time.perf_counter() < ends:
            sent_at = b"%d" % time.perf_counter_ns()
            senders[number].write(stomp_frame("SEND", {"destination": destinations[number]}, sent_at))
            await asyncio.sleep(PACE_SECONDS)

    await asyncio.gather(*(talk(number) for number in range(pairs)))
    warm = taken[int(len(taken) * WARM_UP_SECONDS / (WARM_UP_SECONDS + seconds)) :]
    cuts = quantiles(warm, n=100)
    return {"rate": len(warm) / seconds, "p50_ms": cuts[49], "p99_ms": cuts[98]}


async def fan_out(visit: Visit, *, subscribers: int, seconds: float) -> dict[str, Any]:
    """One connection publishes to all others, some messages on their way; how many deliveries come a second."""
    audience = await visit.open(subscribers, destinations=["/topic/room"] * subscribers)
    (publisher,) = await visit.open(1)
    frame = stomp_frame("SEND", {"destination": "/topic/room"}, BODY)
    delivered = heard_of_round = 0

    def count(_payload: bytes, frames: int) -> None:
        nonlocal delivered, heard_of_round
        delivered += frames
        heard_of_round += frames
        if heard_of_round >= subscribers:
            publisher.write(frame * (heard_of_round // subscribers))
            heard_of_round %= subscribers

    for listener in audience:
        listener.on_messages = count
    publisher.write(frame * PUBLISHED_AT_ONCE)
    await asyncio.sleep(WARM_UP_SECONDS)
    before, started = delivered, time.perf_counter()
    await asyncio.sleep(seconds)
    return {"rate": (delivered - before) / (time.perf_counter() - started)}


async def idle(visit: Visit, *, connections: int) -> dict[str, Any]:
    """Open connections that subscribe and stay silent; returns once they are there, with how many came a second."""
    started = time.perf_counter()
    await visit.open(connections, destinations=[f"/topic/idle.{number}" for number in range(connections)])
    return {"rate": connections / (time.perf_counter() - started), "connections": connections}
