"""Which failures of Redis close the sale for a moment, and which are our own mistakes."""

import pytest
from redis import exceptions

from apps.common.errors import ServiceUnavailable
from apps.common.redis import is_away, translate_errors


@pytest.mark.parametrize(
    "error",
    [
        exceptions.ConnectionError("lost"),
        exceptions.TimeoutError("late"),
        exceptions.BusyLoadingError("loading"),
        exceptions.ReadOnlyError("a replica now"),
        exceptions.ClusterDownError("no majority"),
        exceptions.OutOfMemoryError("full"),
        exceptions.ResponseError("MISCONF Errors writing to the AOF file"),
        exceptions.ResponseError("BUSY Redis is busy running a script"),
    ],
)
def test_an_absent_redis_is_answered_503_with_the_cause_kept(error: exceptions.RedisError) -> None:
    with pytest.raises(ServiceUnavailable) as refusal, translate_errors():
        raise error

    assert refusal.value.__cause__ is error
    assert refusal.value.headers() == {"Retry-After": "1"}


@pytest.mark.parametrize("error", [exceptions.ResponseError("ERR wrong number of arguments"), KeyError("seat")])
def test_a_mistake_of_ours_is_not_blamed_on_redis(error: Exception) -> None:
    assert not is_away(error)
    with pytest.raises(type(error)), translate_errors():
        raise error
