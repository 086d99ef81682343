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


async def test_work_that_has_just_ended_is_not_handed_to_who_comes_in_that_turn_of_the_loop() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    work = Work()
    first = asyncio.create_task(flight.run("map", work))
    await asyncio.sleep(0)
    await asyncio.sleep(0)  # the work waits
    work.may_end.set()  # it will end in the next turn; whoever is created now comes after it in the same turn
    newcomer = asyncio.create_task(flight.run("map", work))

    assert (await first, await newcomer) == (1, 2)
    assert await flight.run("map", work) == 3


async def test_who_is_not_content_with_work_begun_earlier_is_served_by_the_work_begun_next() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    work = Work()
    content = asyncio.create_task(flight.run("map", work))
    late = [asyncio.create_task(flight.run("map", work, is_enough=lambda done: done >= 2)) for _ in range(3)]
    await asyncio.sleep(0)
    work.may_end.set()

    assert (await content, await asyncio.gather(*late)) == (1, [2] * 3)


async def test_nobody_waits_for_more_than_two_pieces_of_work() -> None:
    flight: SingleFlight[str, int] = SingleFlight()
    work = Work()
    work.may_end.set()
    asked = 0

    def never(_done: int) -> bool:
        nonlocal asked
        asked += 1
        return False

    callers = [asyncio.create_task(flight.run("map", work, is_enough=never)) for _ in range(3)]

    assert await asyncio.gather(*callers) == [1, 2, 2]
    assert asked == 2
