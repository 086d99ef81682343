"""How a crowd sees the line move: through one cache that asks for all, or each by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Any, cast

import pytest

from apps.rehearsal.on_sale import looks
from apps.rehearsal.on_sale.behaviours import Pauses
from apps.rehearsal.on_sale.client import Caller
from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.figures import Figures
from apps.rehearsal.on_sale.looks import EachAlone, ThroughCache
from apps.rehearsal.on_sale.sale import Sale
from tests.waiting import until

LONG = 3_600.0  # nobody's heartbeat is due in a test


class Place:
    """Where somebody stands."""

    def __init__(self, number: int | None, *, eta_seconds: int | None = 5) -> None:
        self.number = number
        self.eta_seconds = eta_seconds


class Line:
    """What the platform tells everybody, and how often it was asked."""

    def __init__(self) -> None:
        self.now_serving = 0
        self.status = 200
        self.asked = 0

    def get(self, kind: str, path: bytes) -> asyncio.Future[Answer]:
        self.asked += 1
        answer = Answer(self.status)
        answer.body = b'{"now_serving":%d,"moved_per_second":2.0,"next_look_seconds":0.01}' % self.now_serving
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        future.set_result(answer)
        return future


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "KEPT_SECONDS", 0.01)
    monkeypatch.setattr(looks, "LONGEST_LOOK_SECONDS", 0.01)


@pytest.fixture
async def sale() -> AsyncIterator[Sale]:
    sale = Sale(performance_id=1, seats=1, figures=Figures(), pauses=Pauses())
    async with running(sale.clock.run()):
        yield sale


@asynccontextmanager
async def running(work: Any) -> AsyncIterator[None]:
    task = asyncio.create_task(work)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def wait_for_turn(looks: ThroughCache | EachAlone, line: Line, place: Place, seconds: float) -> asyncio.Task[None]:
    caller = cast("Caller", line)
    return asyncio.create_task(looks.pause(seconds, place, line=caller, draw=Random(1)))


async def test_through_a_cache_all_whose_numbers_are_served_learn_of_it_from_one_look(sale: Sale, line: Line) -> None:
    cache = ThroughCache(sale, origin=cast("Caller", line))
    waits = [wait_for_turn(cache, line, Place(number), LONG) for number in range(1, 101)]
    await asyncio.sleep(0)
    line.now_serving = 60

    async with running(cache.run()):
        await until(lambda: all(wait.done() for wait in waits[:60]))
        looked = line.asked
        assert not any(wait.done() for wait in waits[60:])

    assert looked < 60
    for wait in waits:
        wait.cancel()


async def test_each_alone_looks_until_the_own_number_is_served(sale: Sale, line: Line) -> None:
    alone = EachAlone(sale)
    waits = [wait_for_turn(alone, line, Place(number), LONG) for number in (1, 2)]
    await until(lambda: line.asked >= 4)
    assert not any(wait.done() for wait in waits)

    line.now_serving = 1
    await until(waits[0].done)
    assert not waits[1].done()

    waits[1].cancel()


@pytest.mark.parametrize("number", [None, 1], ids=["without a number", "after a missed turn"])
async def test_who_has_nothing_to_see_asks_again_when_the_heartbeat_is_due(
    sale: Sale, line: Line, number: int | None
) -> None:
    cache = ThroughCache(sale, origin=cast("Caller", line))
    line.now_serving = 1
    before = wait_for_turn(cache, line, Place(1), LONG)
    await asyncio.sleep(0)
    async with running(cache.run()):
        await before

        await wait_for_turn(cache, line, Place(number), 0.01)


@pytest.mark.parametrize("alone", [False, True])
async def test_where_the_platform_does_not_tell_the_heartbeat_goes_on(sale: Sale, line: Line, *, alone: bool) -> None:
    line.status = 503
    seen = EachAlone(sale) if alone else ThroughCache(sale, origin=cast("Caller", line))
    wait = wait_for_turn(seen, line, Place(7), 0.2)
    await asyncio.sleep(0)

    if isinstance(seen, ThroughCache):
        async with running(seen.run()):
            await wait
    else:
        await wait

    assert line.asked
