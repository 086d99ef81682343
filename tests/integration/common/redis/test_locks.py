"""One at a time, also when Redis loses the lock or brings it back."""

from __future__ import annotations

import pytest

from apps.common.redis import sync_redis
from apps.common.redis.locks import lock_name, one_at_a_time
from apps.common.redis.scripts import hash_tag
from tests.servers import PrivateRedis

NAME = "work:{of the day}"


def keys_of(name: str) -> set[str]:
    return {key.decode() for key in sync_redis().keys(f"*{name}*")}


def test_a_lock_is_there_for_the_block_and_gone_after_it() -> None:
    with one_at_a_time(NAME, seconds=30):
        assert keys_of("of the day") == {f"lock:{lock_name(NAME)}"}

    assert f"lock:{lock_name(NAME)}" not in keys_of("of the day")


def test_a_lock_that_redis_has_lost_fails_nobody(redis_server: PrivateRedis) -> None:
    with one_at_a_time(NAME, seconds=30):
        redis_server.flush()


def test_a_lock_of_a_server_that_is_gone_keeps_nobody_out(redis_server: PrivateRedis) -> None:
    sync_redis().set(f"lock:{lock_name(NAME)}", "released in the lost second", ex=30)
    redis_server.lose_what_came_after(redis_server.end_of_log())

    with one_at_a_time(NAME, seconds=30):
        pass


def test_what_fails_within_a_lock_fails_as_itself(redis_server: PrivateRedis) -> None:
    def work() -> None:
        with one_at_a_time(NAME, seconds=30):
            redis_server.flush()
            raise LookupError

    with pytest.raises(LookupError):
        work()


def test_both_keys_of_a_lock_lie_in_one_slot() -> None:
    assert hash_tag(f"lock:{lock_name(NAME)}") == hash_tag(f"lock-signal:{lock_name(NAME)}") == "of the day"
