"""Those who look at a line in one turn of the event loop share a call; nobody is answered with what is another's."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from redis.exceptions import ConnectionError as RedisAway

from apps.concerts.waiting_room.gathered_looks import MOST_AT_ONCE, GatheredLooks

NOT_READY = [b"NOT_READY"]


class Script:
    """Tells each account its own number; keeps the calls."""

    def __init__(self, told: Any = None) -> None:
        self.calls: list[tuple[int, list[int]]] = []
        self._told = told

    async def __call__(self, performance_id: int, user_ids: Sequence[int]) -> list[Any]:
        self.calls.append((performance_id, list(user_ids)))
        await asyncio.sleep(0)
        if isinstance(self._told, Exception):
            raise self._told
        return self._told or [b"%d in %d" % (user_id, performance_id) for user_id in user_ids]


async def test_looks_of_one_turn_are_one_call() -> None:
    script = Script()
    looks = GatheredLooks(script)

    told = await asyncio.gather(*(looks.look(1, user_id) for user_id in range(MOST_AT_ONCE)))

    assert told == [b"%d in 1" % user_id for user_id in range(MOST_AT_ONCE)]
    assert script.calls == [(1, list(range(MOST_AT_ONCE)))]


async def test_more_than_redis_may_be_kept_by_are_several_calls() -> None:
    script = Script()
    looks = GatheredLooks(script)

    told = await asyncio.gather(*(looks.look(1, user_id) for user_id in range(2 * MOST_AT_ONCE + 1)))

    assert told == [b"%d in 1" % user_id for user_id in range(2 * MOST_AT_ONCE + 1)]
    assert [len(users) for _, users in script.calls] == [MOST_AT_ONCE, MOST_AT_ONCE, 1]


async def test_each_line_has_calls_of_its_own() -> None:
    script = Script()
    looks = GatheredLooks(script)

    told = await asyncio.gather(looks.look(1, 5), looks.look(2, 5), looks.look(1, 6))

    assert told == [b"5 in 1", b"5 in 2", b"6 in 1"]
    assert script.calls == [(1, [5, 6]), (2, [5])]


async def test_those_who_come_later_do_not_wait_for_the_calls_before() -> None:
    script = Script()
    looks = GatheredLooks(script)

    first = looks.look(1, 1)
    await asyncio.sleep(0)
    second = looks.look(1, 2)

    assert [await first, await second] == [b"1 in 1", b"2 in 1"]
    assert script.calls == [(1, [1]), (1, [2])]


@pytest.mark.parametrize("count", [1, 3])
async def test_a_line_that_is_not_there_is_so_for_everybody(count: int) -> None:
    looks = GatheredLooks(Script(NOT_READY))

    assert await asyncio.gather(*(looks.look(1, user_id) for user_id in range(count))) == [NOT_READY] * count


async def test_a_refusal_is_its_owners_alone() -> None:
    looks = GatheredLooks(Script([b"place of 1", [b"NOT_IN_LINE"], b"place of 3"]))

    told = await asyncio.gather(*(looks.look(1, user_id) for user_id in (1, 2, 3)))

    assert told == [b"place of 1", [b"NOT_IN_LINE"], b"place of 3"]


async def test_without_redis_everybody_is_told_by_an_error_of_their_own() -> None:
    looks = GatheredLooks(Script(RedisAway("gone")))

    errors = await asyncio.gather(*(looks.look(1, user_id) for user_id in (1, 2)), return_exceptions=True)

    assert [str(error) for error in errors] == ["gone", "gone"]
    assert all(isinstance(error, RedisAway) for error in errors)
    assert errors[0] is not errors[1]


async def test_whoever_goes_away_takes_no_answer_from_the_others() -> None:
    looks = GatheredLooks(Script())
    stays, goes = looks.look(1, 1), looks.look(1, 2)

    goes.cancel()

    assert await stays == b"1 in 1"
    assert goes.cancelled()
