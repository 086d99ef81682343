"""Spending from a budget that belongs to no one script: one call of Redis, or this process's own count without it."""

from __future__ import annotations

import logging
from contextlib import suppress
from functools import cache

from redis.exceptions import RedisError

from apps.common.budgets.own import OwnBudgets
from apps.common.budgets.rates import SpenderArgs
from apps.common.errors import DomainError, ServiceUnavailable, TooManyRequests
from apps.common.redis import is_away
from apps.common.redis.script_calls import Known, Question, asking
from apps.common.redis.scripts import load_script

logger = logging.getLogger(__name__)

_give_back = load_script(__file__, "give_back.lua")


def _refuse(wait: int) -> None:
    if wait:
        raise TooManyRequests(retry_after=wait)


def _without_redis(error: RedisError, name: str, who: SpenderArgs) -> None:
    if not is_away(error):
        raise error
    logger.warning("budgets are counted in this process only: %s", error)
    _refuse(_own().spend(name, who))


@asking(load_script(__file__, "spend.lua"), read=_refuse, failed=_without_redis)
def spend(name: str, who: SpenderArgs) -> Question | Known[None]:
    """Take one of the budget `name` from each spender, or from none: TooManyRequests with the seconds to wait."""
    return ((_key(name),), who) if who else Known(None)


async def agive_back(key: str, who: SpenderArgs) -> None:
    """Put one back at a key of `budget.lua`: what it was spent for did not come about. Without Redis it is lost."""
    if who:
        with suppress(RedisError):
            await _give_back.arun([key], who)


def is_ours(error: Exception) -> bool:
    """Tell whether a failure is the platform's own, so that what was spent on the attempt is given back."""
    return isinstance(error, ServiceUnavailable) or not isinstance(error, DomainError)


@cache
def _own() -> OwnBudgets:
    return OwnBudgets()


def _key(name: str) -> str:
    return f"budget:{{{name}}}"
