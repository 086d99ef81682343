"""What goes first on a connection: who answers, and whether what is kept there was written by another server."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from redis import exceptions

from apps.common.redis import new_servers, pipelined_redis, sync_redis
from apps.common.redis.new_servers import Command, greet
from apps.common.redis.scripts import load_script
from tests.servers import PrivateRedis

PRIMARY = b"# Replication\r\nrole:master\r\nmaster_replid:c1\r\n"
PROMOTED = PRIMARY.replace(b"c1", b"d2")
REPLICA = PRIMARY.replace(b"master\r", b"slave\r")
OURS = [b"OURS"]
NOBODY_THERE = ("127.0.0.1", 1)


def info(run_id: bytes) -> bytes:
    return b"# Server\r\nredis_version:7.0.15\r\nrun_id:" + run_id + b"\r\n"


@pytest.fixture(autouse=True)
def _one_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one room asks, and no server is known."""
    monkeypatch.setattr(new_servers, "_doubts", [])
    monkeypatch.setattr(new_servers, "_seen", {})
    new_servers.doubt("sale:*", b"return 1")


def commands(replies: list[object]) -> list[Command]:
    """What is sent to a server that gives these replies."""
    greeting = greet("redis:6379")
    sent: list[Command] = []
    with suppress(StopIteration):
        sent.append(next(greeting))
        for reply in replies:
            command = greeting.send(reply)
            sent.append(command)
    return sent


def test_every_key_of_a_room_is_looked_at_on_a_server_that_is_new() -> None:
    sent = commands([PRIMARY, info(b"a1"), [b"17", [b"sale:1", b"sale:2"]], OURS, OURS, [b"0", [b"sale:3"]], OURS])

    assert [command[0] for command in sent] == [b"INFO", b"INFO", b"SCAN", b"EVAL", b"EVAL", b"SCAN", b"EVAL"]
    assert [command[3] for command in sent if command[0] == b"EVAL"] == [b"sale:1", b"sale:2", b"sale:3"]


def test_a_server_that_was_looked_at_is_only_asked_who_it_is() -> None:
    commands([PRIMARY, info(b"a1"), [b"0", []]])

    assert [command[0] for command in commands([PRIMARY, info(b"a1")])] == [b"INFO", b"INFO"]
    assert [command[0] for command in commands([PRIMARY, info(b"b2")])] == [b"INFO", b"INFO", b"SCAN"]


def test_a_server_that_was_a_replica_for_a_while_is_another() -> None:
    commands([PRIMARY, info(b"a1"), [b"0", []]])

    assert [command[0] for command in commands([PROMOTED, info(b"a1")])] == [b"INFO", b"INFO", b"SCAN"]


def test_a_look_that_was_cut_off_counts_for_nothing() -> None:
    commands([PRIMARY, info(b"a1"), [b"17", [b"sale:1"]]])

    assert commands([PRIMARY, info(b"a1")])[-1][0] == b"SCAN"


def test_a_replica_is_refused() -> None:
    greeting = greet("redis:6379")
    next(greeting)

    with pytest.raises(exceptions.ConnectionError, match="replica"):
        greeting.send(REPLICA)


async def test_the_loops_connection_goes_when_its_server_becomes_a_replica(redis_server: PrivateRedis) -> None:
    await pipelined_redis().execute(b"SET", b"sale:1", b"x")
    with redis_server.client() as operator:
        operator.replicaof(*NOBODY_THERE)
        with pytest.raises(exceptions.ReadOnlyError):
            await pipelined_redis().execute(b"SET", b"sale:1", b"y")
        with pytest.raises(exceptions.ConnectionError, match="replica"):
            await pipelined_redis().execute(b"GET", b"sale:1")


def test_the_threads_connections_go_when_their_server_becomes_a_replica(
    redis_server: PrivateRedis, tmp_path: Path
) -> None:
    (tmp_path / "write.lua").write_text(
        "-- write: writes.\n-- KEYS[1] sale:1  a key\n-- returns OK\nreturn redis.call('SET', KEYS[1], 'y')\n"
    )
    write = load_script(str(tmp_path / "write.py"), "write.lua")
    sync_redis().set("sale:1", "x")
    with redis_server.client() as operator:
        operator.replicaof(*NOBODY_THERE)
        with pytest.raises(exceptions.ReadOnlyError):
            write.run(["sale:1"])
        with pytest.raises(exceptions.ConnectionError, match="replica"):
            sync_redis().get("sale:1")
