from __future__ import annotations

import asyncio
import time

import pytest

from apps.rehearsal.on_sale.clock import Clock


@pytest.fixture
async def clock() -> Clock:
    clock = Clock()
    clock.running = asyncio.get_running_loop().create_task(clock.run())  # type: ignore[attr-defined]
    return clock


async def test_no_pause_ends_before_its_time(clock: Clock) -> None:
    async def pause(seconds: float) -> float:
        started = time.monotonic()
        await clock.sleep(seconds)
        return time.monotonic() - started - seconds

    early = await asyncio.gather(*(pause(number / 500) for number in range(100)))

    assert min(early) > -0.02  # a tick


async def test_even_no_pause_at_all_ends(clock: Clock) -> None:
    await clock.sleep(0.0)
    await clock.sleep(-5.0)


async def test_a_pause_that_was_cancelled_hinders_no_other(clock: Clock) -> None:
    async def pause() -> None:
        await clock.sleep(0.05)

    gone, other = asyncio.ensure_future(pause()), asyncio.ensure_future(pause())
    await asyncio.sleep(0)
    gone.cancel()

    await other
    assert gone.cancelled()
