"""How often a password may be tried, by address and by account."""

from __future__ import annotations

import logging
import math
import time
from functools import cache

import redis
from django.conf import settings
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from apps.accounts.client_address import network_of
from apps.common.errors import TooManyRequests

logger = logging.getLogger(__name__)


def limit_attempts(action: str, *, address: str | None, account: str) -> None:
    """Count an attempt of `action` (a key of `ATTEMPT_RATES`), or raise TooManyRequests.

    While Redis is away every process counts on its own: log-in stays possible, guessing
    stays bounded.
    """
    try:
        _count(_shared_limiter(settings.CACHE_URL), action, network_of(address), account)
    except redis.RedisError as error:
        logger.warning("attempts are counted in this process only: %s", error)
        _count(_own_limiter(), action, network_of(address), account)


def forget_attempts(action: str, *, account: str) -> None:
    """Let an account start afresh, after it has shown that it knows its password."""
    item = _rate(action, "account")
    _own_limiter().clear(item, action, "account", account)
    try:
        _shared_limiter(settings.CACHE_URL).clear(item, action, "account", account)
    except redis.RedisError as error:
        logger.warning("attempts are not forgotten: %s", error)


def _count(limiter: MovingWindowRateLimiter, action: str, network: str, account: str) -> None:
    for kind, whose in (("address", network), ("account", account)):
        item = _rate(action, kind)
        if not limiter.hit(item, action, kind, whose):
            free_at = limiter.get_window_stats(item, action, kind, whose).reset_time
            seconds = max(1, math.ceil(free_at - time.time()))
            raise TooManyRequests(f"Too many attempts from this {kind}; try again in {seconds} s.", retry_after=seconds)


def _rate(action: str, kind: str) -> RateLimitItem:
    return _parse(settings.ATTEMPT_RATES[action][kind])


@cache
def _parse(rate: str) -> RateLimitItem:
    return parse(rate)


@cache
def _shared_limiter(url: str) -> MovingWindowRateLimiter:
    pool = redis.ConnectionPool.from_url(
        url,
        socket_connect_timeout=1.0,
        socket_timeout=1.0,
        retry=Retry(NoBackoff(), 1),  # one for a connection that went stale; redis-py's own default sleeps
    )
    return MovingWindowRateLimiter(RedisStorage(url, connection_pool=pool, key_prefix="attempts"))


@cache
def _own_limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
