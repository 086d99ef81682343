"""Running the scripts of the seats' state, for this store and for that of the holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.common.redis import translate_errors
from apps.common.scripts import LuaScript
from apps.concerts.errors import SeatStateNotReady

Answer = list[Any]


def run(script: LuaScript, keys: Sequence[str], args: Sequence[Any] = ()) -> Answer:
    """Run a script from a thread; return its answer, the first item being its name.

    Raises:
        SeatStateNotReady: the state has to be rebuilt first; nothing has changed.
        ServiceUnavailable: Redis is away; whether the script has run is not known.
    """
    with translate_errors():
        return _checked(script.run(keys, args))


async def arun(script: LuaScript, keys: Sequence[str], args: Sequence[Any] = ()) -> Answer:
    """The same from the event loop."""
    with translate_errors():
        return _checked(await script.arun(keys, args))


def _checked(answer: Answer) -> Answer:
    if answer[0] == b"NOT_READY":
        raise SeatStateNotReady
    return answer
