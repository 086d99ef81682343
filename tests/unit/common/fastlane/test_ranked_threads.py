"""A bounded number of threads, queues with a bound each, and who goes first."""

from __future__ import annotations

import asyncio
import threading

import pytest

from apps.common.fastlane.ranked_threads import QueueFull, RankedThreads


@pytest.fixture
def busy() -> tuple[RankedThreads, threading.Event]:
    return RankedThreads(1, waiting=(2, 2), name="test"), threading.Event()


async def held(threads: RankedThreads, until: threading.Event) -> asyncio.Future[bool]:
    await threads.enter(1)
    return asyncio.ensure_future(threads.run(1, until.wait))


async def test_the_higher_queue_goes_first(busy: tuple[RankedThreads, threading.Event]) -> None:
    threads, free = busy
    order: list[str] = []
    holding = await held(threads, free)

    async def come(name: str, rank: int) -> None:
        await threads.enter(rank)
        await threads.run(rank, order.append, name)

    coming = [asyncio.ensure_future(come(name, rank)) for name, rank in (("low", 1), ("high", 0), ("high too", 0))]
    await asyncio.sleep(0)
    free.set()
    await asyncio.gather(holding, *coming)

    assert order == ["high", "high too", "low"]


async def test_a_full_queue_refuses_and_the_other_does_not(busy: tuple[RankedThreads, threading.Event]) -> None:
    threads, free = busy
    holding = await held(threads, free)
    waiting = [asyncio.ensure_future(threads.enter(1)) for _ in range(2)]
    await asyncio.sleep(0)

    with pytest.raises(QueueFull):
        await threads.enter(1)
    higher = asyncio.ensure_future(threads.enter(0))
    free.set()
    await holding
    await higher
    for one in waiting:
        one.cancel()


async def test_who_gives_up_waiting_leaves_room_and_takes_no_turn(busy: tuple[RankedThreads, threading.Event]) -> None:
    threads, free = busy
    holding = await held(threads, free)
    waiting = [asyncio.ensure_future(threads.enter(1)) for _ in range(2)]
    await asyncio.sleep(0)
    for one in waiting:
        one.cancel()
    await asyncio.wait(waiting)

    patient = asyncio.ensure_future(threads.enter(1))
    await asyncio.sleep(0)
    free.set()
    await holding
    await patient
    threads.leave(1)
    assert threads.has_free(1)


async def test_who_goes_in_the_moment_of_the_turn_hands_it_on(busy: tuple[RankedThreads, threading.Event]) -> None:
    threads, _ = busy
    await threads.enter(1)
    first = asyncio.ensure_future(threads.enter(1))
    second = asyncio.ensure_future(threads.enter(1))
    await asyncio.sleep(0)
    threads.leave(1)  # the turn is the first one's, who has not gone on yet
    first.cancel()

    await second
    assert first.cancelled()


async def test_a_thread_comes_back_when_its_work_is_over_and_not_when_nobody_waits_for_it(
    busy: tuple[RankedThreads, threading.Event],
) -> None:
    threads, free = busy
    holding = await held(threads, free)
    await asyncio.sleep(0)
    holding.cancel()
    await asyncio.wait([holding])
    assert not threads.has_free(1)

    free.set()
    await threads.enter(1)


async def test_of_the_lower_queue_only_so_many_run_and_the_higher_one_has_the_others() -> None:
    threads, order = RankedThreads(3, waiting=(5, 5), most=(3, 1), name="test"), []

    async def come(name: str, rank: int) -> None:
        await threads.enter(rank)
        order.append(name)

    tasks = [asyncio.ensure_future(come(f"low {number}", 1)) for number in range(2)]
    await asyncio.sleep(0)
    tasks += [asyncio.ensure_future(come(f"high {number}", 0)) for number in range(3)]
    await asyncio.sleep(0)
    assert order == ["low 0", "high 0", "high 1"], "one thread is no low one's, though it is free and they wait"

    threads.leave(0)
    await asyncio.gather(tasks[-1])
    assert not threads.has_free(1)
    threads.leave(1)
    await asyncio.gather(*tasks)
    assert order == ["low 0", "high 0", "high 1", "high 2", "low 1"]


async def test_a_thread_that_one_queue_may_not_have_waits_for_the_other() -> None:
    threads = RankedThreads(2, waiting=(5, 5), most=(2, 1), name="test")
    await threads.enter(1)
    waiting = asyncio.ensure_future(threads.enter(1))
    await asyncio.sleep(0)
    await threads.enter(0)
    threads.leave(0)
    await asyncio.sleep(0)
    assert not waiting.done()

    assert threads.has_free(0)
    threads.leave(1)
    await waiting
