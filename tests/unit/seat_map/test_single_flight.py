import asyncio

import pytest

from apps.concerts.seat_map.single_flight import SingleFlight


class Work:
    """Something slow that counts how often it was done."""

    def __init__(self, *, failure: Exception | None = None) -> None:
        self.done = 0
        self.may_end = asyncio.Event()
        self.failure = failure

    async def __call__(self) -> int:
        await self.may_end.wait()
        self.done += 1
        if self.failure:
            raise self.failure
        return self.done


async def test_callers_of_one_moment_share_the_work() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    work = Work()
    callers = [asyncio.create_task(flight.run("map", work)) for _ in range(5)]
    await asyncio.sleep(0)
    work.may_end.set()

    assert await asyncio.gather(*callers) == [1] * 5
    assert await flight.run("map", work) == 2


async def test_different_things_are_different_work() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    work = Work()
    work.may_end.set()

    assert await asyncio.gather(flight.run("a", work), flight.run("b", work)) == [1, 2]


async def test_a_caller_who_goes_away_does_not_stop_it_for_the_others() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    work = Work()
    first, second = (asyncio.create_task(flight.run("map", work)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    work.may_end.set()

    assert await second == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_a_failure_is_told_to_all_and_not_kept() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    broken = Work(failure=OSError("away"))
    broken.may_end.set()
    answers = await asyncio.gather(*(flight.run("map", broken) for _ in range(3)), return_exceptions=True)

    assert [type(answer) for answer in answers] == [OSError] * 3
    assert broken.done == 1
    works = Work()
    works.may_end.set()
    assert await flight.run("map", works) == 1
