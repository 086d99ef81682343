"""A call of a script: what both of its forms ask, return and raise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError, ResponseError

from apps.common.errors import NotFound, ServiceUnavailable
from apps.common.redis.script_calls import Answer, Call, Known, Question, asking, nothing, says
from apps.common.redis.scripts import Header, LuaScript

SOURCE = """\
-- seat: tell who has a seat.
-- KEYS[1] seats:{performance:ID}
-- ARGV[1] seat
-- returns {"SEAT", user} | {"NONE"}
return {}
"""


class Asked(NamedTuple):
    """What a script was asked."""

    keys: Sequence[Any]
    args: Sequence[Any]


class Script(LuaScript):
    """A script that needs no Redis: it gives one answer, or fails."""

    def __init__(self, answer: Any) -> None:
        super().__init__(SOURCE, header=Header.parse(SOURCE))
        self.answer = answer
        self.asked: list[Asked] = []
        self.is_loaded = True

    def run(self, keys: Sequence[Any], args: Sequence[Any] = ()) -> Any:
        self.asked.append(Asked(keys, args))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def send(self, keys: Sequence[Any], args: Sequence[Any]) -> Any:
        if not self.is_loaded:
            raise NoScriptError("NOSCRIPT No matching script")
        return self.run(keys, args)

    async def send_whole(self, keys: Sequence[Any], args: Sequence[Any]) -> Any:
        self.is_loaded = True
        return self.run(keys, args)


def owner(answer: Answer) -> int:
    return int(answer[1])


def make(script: Script) -> Call[[int, int], int]:
    @asking(script, read=owner, refusals={b"NONE": lambda answer: NotFound(f"no seat of {len(answer)}")})
    def owner_of(performance_id: int, seat: int) -> Question:
        """Tell who has a seat."""
        return (f"seats:{{performance:{performance_id}}}",), (seat,)

    return owner_of


Form = Callable[..., Any]


@pytest.fixture(params=["thread", "loop"])
def form(request: pytest.FixtureRequest) -> Form:
    """Make a call in one of its two forms."""
    if request.param == "thread":
        return lambda call, *args, **kwargs: call(*args, **kwargs)
    return lambda call, *args, **kwargs: asyncio.run(call.arun(*args, **kwargs))


def test_it_asks_with_the_keys_and_arguments_made_of_its_own_and_reads_the_answer(form: Form) -> None:
    script = Script([b"SEAT", 16])

    assert form(make(script), 7, seat=3) == 16
    assert script.asked == [(("seats:{performance:7}",), (3,))]


async def test_a_script_that_the_server_does_not_know_is_sent_whole() -> None:
    script = Script([b"SEAT", 16])
    script.is_loaded = False

    assert await make(script).arun(7, 3) == 16
    assert len(script.asked) == 1


def test_an_answer_that_is_a_refusal_is_raised(form: Form) -> None:
    with pytest.raises(NotFound, match="no seat of 1"):
        form(make(Script([b"NONE"])), 7, 3)


def test_redis_that_is_away_is_a_refusal_with_its_cause(form: Form) -> None:
    away = RedisConnectionError("away")

    with pytest.raises(ServiceUnavailable) as refused:
        form(make(Script(away)), 7, 3)

    assert refused.value.__cause__ is away


def test_a_mistake_in_a_script_is_the_scripts(form: Form) -> None:
    with pytest.raises(ResponseError):
        form(make(Script(ResponseError("ERR no such command"))), 7, 3)


def test_where_redis_fails_another_answer_may_stand_in(form: Form) -> None:
    def from_memory(error: RedisError, seat: int, *, owner: int) -> int:
        return seat + owner

    @asking(Script(RedisConnectionError("away")), read=owner, failed=from_memory)
    def owner_of(seat: int, *, owner: int) -> Question:
        return ("seats:{performance:7}",), (seat,)

    assert form(owner_of, 3, owner=20) == 23


def test_what_is_known_is_not_asked(form: Form) -> None:
    script = Script([b"SEAT", 16])

    @asking(script, read=owner)
    def owner_of(seat: int) -> Question | Known[int]:
        return (("seats:{performance:7}",), (seat,)) if seat else Known(0)

    assert form(owner_of, 0) == 0
    assert script.asked == []


def test_it_has_the_name_and_the_words_of_the_function_that_asks() -> None:
    call = make(Script([b"SEAT", 16]))

    assert (call.__name__, call.__doc__) == ("owner_of", "Tell who has a seat.")
    assert repr(call) == "<Call of seat>"


def test_answers_that_say_yes_or_nothing() -> None:
    assert says(b"SEAT")([b"SEAT", 16])
    assert not says(b"SEAT")([b"NONE"])
    nothing([b"SEAT"])
