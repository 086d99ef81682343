"""One of many at a time: python-redis-lock, on the server that is there now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import redis_lock

from apps.common.redis import sync_redis
from apps.common.redis.scripts import load_script

_which_server = load_script(__file__, "which_server.lua")


@contextmanager
def one_at_a_time(name: str, *, seconds: int) -> Iterator[None]:
    """Wait until nobody else has the lock, and hold it for the block; a holder that was killed keeps it so long.

    Redis may lose a lock, or bring it back after its release: what is done under it has to bear two at once. A lock
    is one server's own (see new_servers.py), so one that comes back with another server keeps nobody out, and one that
    is gone at the block's end is no error. `name` has a hash tag, for the two keys of a lock lie in one slot.

    Raises:
        redis.exceptions.RedisError: Redis is away.
    """
    lock = redis_lock.Lock(sync_redis(), lock_name(name), expire=seconds, auto_renewal=True)
    lock.acquire()
    try:
        yield
    finally:
        with suppress(redis_lock.NotAcquired):
            lock.release()


def lock_name(name: str) -> str:
    """Return the name of a lock on the server that is there now."""
    server: bytes = _which_server.run([name])
    return f"{name}:{server.decode()}"
