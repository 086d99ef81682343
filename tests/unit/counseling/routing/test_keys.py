"""Every call of routing runs on one node of a cluster."""

from redis_lock import Lock

from apps.common.redis import sync_redis
from apps.common.scripts import hash_tag
from apps.counseling.routing.keys import KEYS, REBUILD_LOCK


def test_all_of_routing_lies_in_one_slot() -> None:
    assert {hash_tag(key) for key in KEYS} == {"counseling"}


def test_the_lock_of_a_rebuild_and_its_signal_lie_in_one_slot() -> None:
    lock = Lock(sync_redis(), REBUILD_LOCK)

    assert hash_tag(lock._name) == hash_tag(lock._signal) == "counseling"
