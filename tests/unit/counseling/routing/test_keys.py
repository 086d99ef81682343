"""Every call of routing runs on one node of a cluster."""

from pathlib import Path

from redis_lock import Lock

from apps.common.redis import sync_redis
from apps.common.redis.locks import lock_name
from apps.common.redis.scripts import Header, hash_tag
from apps.counseling.routing import keys
from apps.counseling.routing.keys import KEYS, REBUILD_LOCK

FOLDER = Path(keys.__file__).parent


def test_all_of_routing_lies_in_one_slot() -> None:
    assert {hash_tag(key) for key in KEYS} == {"counseling"}


def test_the_scripts_know_the_keys_by_the_order_in_which_they_are_passed() -> None:
    declared = Header.parse((FOLDER / "keys.lua").read_text()).keys.descriptions

    assert tuple(description.split()[0] for description in declared) == KEYS


def test_the_lock_of_a_rebuild_and_its_signal_lie_in_one_slot() -> None:
    lock = Lock(sync_redis(), lock_name(REBUILD_LOCK))

    assert hash_tag(lock._name) == hash_tag(lock._signal) == "counseling"


def test_only_the_script_that_makes_routing_goes_on_where_there_is_none() -> None:
    scripts = [path for path in FOLDER.glob("*.lua") if Header.parse(path.read_text(), folder=FOLDER).returns]

    assert {path.name for path in scripts if "-- include guard.lua\n" not in path.read_text()} == {"rebuild.lua"}
