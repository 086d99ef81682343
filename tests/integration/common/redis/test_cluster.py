"""Both clients over a Redis Cluster of two primaries."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis
from pytest_django import Settings
from redis import exceptions
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from apps.common.redis import sync_redis
from apps.common.redis.address import RedisUrl
from apps.common.redis.cluster import PipelinedCluster
from apps.common.redis.scripts import Header, LuaScript
from tests.plugin import Servers
from tests.servers import PrivateProcess, find_program, free_port
from tests.waiting import wait_until

HALF = REDIS_CLUSTER_HASH_SLOTS // 2
CELLS = [f"cells:{{performance:{number}}}" for number in range(1, 40)]
LOW = [key for key in CELLS if key_slot(key.encode()) < HALF]  # of the first node; each test takes its own
HIGH = [key for key in CELLS if key_slot(key.encode()) >= HALF]
SOURCE = """\
-- hold: count holds.
-- KEYS[1] cells:{performance:ID}
-- returns how many
return redis.call("INCR", KEYS[1])
"""


class Node:
    """A cluster node on a free port."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.port = free_port(count=2)
        options = {
            "port": self.port,
            "cluster-port": self.port + 1,
            "cluster-enabled": "yes",
            "cluster-node-timeout": 2000,
            "dir": folder,
            "save": "",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        self.process = PrivateProcess([find_program("redis-server"), *arguments], log=folder / "redis.log")
        self.admin = redis.Redis(port=self.port, decode_responses=True)

    def start(self) -> None:
        self.process.start(ready=self._answers)

    def move_slot_to(self, other: "Node", slot: int) -> None:
        """Give an empty slot away, as an operator's resharding ends."""
        for node in (other, self):
            node.admin.execute_command("CLUSTER", "SETSLOT", slot, "NODE", other.id)

    @property
    def id(self) -> str:
        return str(self.admin.execute_command("CLUSTER", "MYID"))

    def sees_a_whole_cluster(self) -> bool:
        info = str(self.admin.execute_command("CLUSTER", "INFO"))
        return "cluster_state:ok" in info and "cluster_known_nodes:2" in info

    def _answers(self) -> bool:
        try:
            return bool(self.admin.ping())
        except redis.RedisError:
            return False


@pytest.fixture(scope="module")
def nodes(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Node]]:
    folder = servers.folder.path / tmp_path_factory.mktemp("cluster").name
    nodes = [Node(folder / name) for name in ("low", "high")]
    for node in nodes:
        node.start()
    low, high = nodes
    low.admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, HALF - 1)
    high.admin.execute_command("CLUSTER", "ADDSLOTSRANGE", HALF, REDIS_CLUSTER_HASH_SLOTS - 1)
    low.admin.execute_command("CLUSTER", "MEET", "127.0.0.1", high.port, high.port + 1)
    wait_until(lambda: all(node.sees_a_whole_cluster() for node in nodes), what="the cluster")
    yield nodes
    for node in nodes:
        node.admin.close()
        node.process.end(signal.SIGKILL)


@pytest.fixture
def url(nodes: list[Node]) -> str:
    return f"redis+cluster://127.0.0.1:{nodes[0].port},127.0.0.1:{nodes[1].port}"


@pytest.fixture
async def cluster(url: str) -> AsyncIterator[PipelinedCluster]:
    cluster = PipelinedCluster(RedisUrl.parse(url).addresses, timeout_seconds=0.3)
    yield cluster
    await cluster.aclose()


async def test_each_call_goes_to_the_node_that_has_its_key(cluster: PipelinedCluster, nodes: list[Node]) -> None:
    await asyncio.gather(cluster.execute(b"SET", LOW[0], 1), cluster.execute(b"SET", HIGH[0], 2))

    assert nodes[0].admin.get(LOW[0]) == "1"
    assert nodes[1].admin.get(HIGH[0]) == "2"
    assert await cluster.execute(b"EVAL", b"return redis.call('GET', KEYS[1])", 1, HIGH[0]) == b"2"
    assert await cluster.execute(b"PING") == b"PONG"


async def test_a_slot_that_moved_is_followed(cluster: PipelinedCluster, nodes: list[Node]) -> None:
    low, high = nodes
    assert await cluster.execute(b"GET", LOW[1]) is None
    low.move_slot_to(high, key_slot(LOW[1].encode()))

    await cluster.execute(b"SET", LOW[1], 1)

    assert high.admin.get(LOW[1]) == "1"


async def test_a_key_under_way_is_asked_for_where_it_goes(cluster: PipelinedCluster, nodes: list[Node]) -> None:
    low, high = nodes
    slot = key_slot(LOW[2].encode())
    high.admin.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", low.id)
    low.admin.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", high.id)

    await cluster.execute(b"SET", LOW[2], 1)

    assert await cluster.execute(b"GET", LOW[2]) == b"1"
    assert high.admin.execute_command("CLUSTER", "COUNTKEYSINSLOT", slot) == 1


async def test_without_its_node_a_key_is_away_and_the_others_are_not(
    cluster: PipelinedCluster, nodes: list[Node]
) -> None:
    await asyncio.gather(cluster.execute(b"SET", LOW[3], 1), cluster.execute(b"SET", HIGH[3], 1))
    os.kill(nodes[1].process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(exceptions.TimeoutError):
            await cluster.execute(b"GET", HIGH[3])
        assert await cluster.execute(b"GET", LOW[3]) == b"1"
    finally:
        os.kill(nodes[1].process.pid, signal.SIGCONT)


async def test_a_thread_runs_scripts_on_the_cluster(url: str, settings: Settings) -> None:
    settings.REDIS_URL = url
    hold = LuaScript(SOURCE, header=Header.parse(SOURCE))

    counts = [await asyncio.to_thread(hold.run, [key]) for key in (LOW[4], HIGH[4], HIGH[4])]

    assert counts == [1, 1, 2]
    sync_redis().close()
