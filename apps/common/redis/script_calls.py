"""One call of a script, written once for threads and for the event loop.

    @asking(load_script(__file__, "peek.lua"), read=_in_line)
    def peek(performance_id: int, user_id: int) -> Question:
        \"\"\"Return where somebody else stands in line; None for who is not in it.\"\"\"
        return visit_keys(performance_id, user_id), (user_id,)

    peek(7, 1)  # from a thread
    await peek.arun(7, 1)  # from the event loop

The function makes KEYS and ARGV of its arguments; both forms take these arguments, and return what `read` does.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from redis.exceptions import NoScriptError, RedisError

from apps.common.errors import ServiceUnavailable
from apps.common.redis import is_away
from apps.common.redis.scripts import LuaScript

Asked = ParamSpec("Asked")
Answered = TypeVar("Answered")

Answer = list[Any]
"""What most scripts answer: a name, and what goes with it."""

Question = tuple[Sequence[Any], Sequence[Any]]
"""KEYS and ARGV."""

Refusals = Mapping[bytes, Callable[[Answer], Exception]]
"""What is raised for an answer of that name; the answer has its details."""


class Known(Generic[Answered]):
    """What is known without asking the script."""

    __slots__ = ("value",)

    def __init__(self, value: Answered) -> None:
        self.value = value


class Call(Generic[Asked, Answered]):
    """A script, how it is asked, and how its answer is read; `asking` makes it of a function.

    Args:
        script: the script.
        ask: makes the question of a call's arguments, or answers itself with `Known`.
        read: makes of the script's answer what the call returns.
        refusals: errors by the answer's name.
        failed: answers in Redis' place where that fails, or raises; it is given the error and the call's arguments.

    Raises, in both forms:
        ServiceUnavailable: Redis is away, and there is no `failed`. Whether the script has run is not known.
        what `refusals` says.
    """

    def __init__(
        self,
        script: LuaScript,
        ask: Callable[Asked, Question | Known[Answered]],
        *,
        read: Callable[[Any], Answered],
        refusals: Refusals | None = None,
        failed: Callable[Concatenate[RedisError, Asked], Answered] | None = None,
    ) -> None:
        self.script = script
        self._ask = ask
        self._read = read
        self._refusals = refusals
        self._failed = failed
        functools.update_wrapper(self, ask)

    def __repr__(self) -> str:
        return f"<Call of {self.script.header.name}>"

    def __call__(self, *args: Asked.args, **kwargs: Asked.kwargs) -> Answered:
        """Ask from a thread, and wait."""
        question = self._ask(*args, **kwargs)
        if isinstance(question, Known):
            return question.value
        try:
            answer = self.script.run(*question)
        except RedisError as error:
            return self._without_redis(error, *args, **kwargs)
        return self._read_unless_refused(answer)

    async def arun(self, *args: Asked.args, **kwargs: Asked.kwargs) -> Answered:
        """Ask from the event loop."""
        question = self._ask(*args, **kwargs)
        if isinstance(question, Known):
            return question.value
        keys, values = question
        try:
            try:
                answer = await self.script.send(keys, values)
            except NoScriptError:
                answer = await self.script.send_whole(keys, values)
        except RedisError as error:
            return self._without_redis(error, *args, **kwargs)
        return self._read_unless_refused(answer)

    def _read_unless_refused(self, answer: Any) -> Answered:
        if self._refusals is not None:
            refusal = self._refusals.get(answer[0])
            if refusal is not None:
                raise refusal(answer)
        return self._read(answer)

    def _without_redis(self, error: RedisError, *args: Asked.args, **kwargs: Asked.kwargs) -> Answered:
        if self._failed is not None:
            return self._failed(error, *args, **kwargs)
        if is_away(error):
            raise ServiceUnavailable from error
        raise error


def asking(
    script: LuaScript,
    *,
    read: Callable[[Any], Answered],
    refusals: Refusals | None = None,
    failed: Callable[Concatenate[RedisError, Asked], Answered] | None = None,
) -> Callable[[Callable[Asked, Question | Known[Answered]]], Call[Asked, Answered]]:
    """Return the decorator that makes a `Call` of the function that asks; see `Call`."""

    def make(ask: Callable[Asked, Question | Known[Answered]]) -> Call[Asked, Answered]:
        return Call(script, ask, read=read, refusals=refusals, failed=failed)

    return make


def says(*names: bytes) -> Callable[[Answer], bool]:
    """Return the reader that tells whether the answer has one of these names."""

    def is_named(answer: Answer) -> bool:
        return answer[0] in names

    return is_named


def nothing(_answer: object) -> None:
    """Read an answer that says no more than that the script has run."""
