"""Those who begin to watch a sale in one moment are all told of every change from then on."""

from __future__ import annotations

import asyncio

import pytest

from apps.concerts import destinations
from apps.concerts.destinations import _Watches
from apps.concerts.seat_states.reading import StateVersion

PERFORMANCE = 7


async def test_who_comes_second_does_not_move_the_first_past_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[asyncio.Future[StateVersion]] = []

    async def read_version(_performance_id: int) -> StateVersion:
        answers.append(asyncio.get_running_loop().create_future())
        return await answers[-1]

    monkeypatch.setattr(destinations.read_version, "arun", read_version)
    watches = _Watches()
    first, second = (asyncio.create_task(watches.add(PERFORMANCE)) for _ in range(2))
    await asyncio.sleep(0)
    answers[0].set_result(StateVersion(5, 1, ()))
    await first
    first_version = watches.version(PERFORMANCE)
    answers[1].set_result(StateVersion(6, 1, ()))
    await second

    assert (first_version, watches.version(PERFORMANCE)) == (5, 5)
    watches._tasks[PERFORMANCE].cancel()
