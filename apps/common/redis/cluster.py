"""The asynchronous client over a Redis Cluster: one connection a node, chosen by the key's slot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import hiredis
from redis import exceptions
from redis.crc import key_slot

from apps.common.redis.address import Address
from apps.common.redis.pipelined import TIMEOUT_SECONDS, PipelinedRedis

MAX_REDIRECTIONS = 5
REREAD_SECONDS = 1.0
SCRIPT_COMMANDS = frozenset({b"EVAL", b"EVALSHA", b"EVAL_RO", b"EVALSHA_RO", b"FCALL", b"FCALL_RO"})


def key_of(command: Sequence[Any]) -> bytes | None:
    """Return the first key of a command, which says where it goes; None where any node will do."""
    name = command[0].encode() if isinstance(command[0], str) else command[0]
    keys = command[3 : 3 + int(command[2])] if name.upper() in SCRIPT_COMMANDS else command[1:]
    if not keys:
        return None
    return keys[0] if isinstance(keys[0], bytes) else str(keys[0]).encode()


class PipelinedCluster:
    """Send each command to the primary that serves its first key's slot (Redis Cluster specification).

    The map of slots is read with the first call. A MOVED corrects its slot; a node that is away, whose
    replica may have taken over, has the map read again, at most once in `REREAD_SECONDS`.
    """

    def __init__(self, addresses: Sequence[Address], *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._seeds = tuple(addresses)
        self._timeout = timeout_seconds
        self._nodes: dict[tuple[str, int], PipelinedRedis] = {}
        self._slots: dict[int, PipelinedRedis] = {}
        self._reading: asyncio.Task[None] | None = None
        self._read_at = 0.0

    async def execute(self, *command: Any) -> Any:
        """Run one command at the node that has its key."""
        key = key_of(command)
        return await self._send(hiredis.pack_command(command), slot=0 if key is None else key_slot(key))

    async def send(self, packed: bytes, *, key: str | bytes) -> Any:
        """Run one packed command at the node that has its key."""
        return await self._send(packed, slot=key_slot(key.encode() if isinstance(key, str) else key))

    async def _send(self, packed: bytes, *, slot: int) -> Any:
        """Run one command, following redirections."""
        for _ in range(MAX_REDIRECTIONS):
            node = self._slots.get(slot)
            if node is None:
                node = await self._learn(slot)
            try:
                return await node.send(packed)
            except exceptions.AskError as moving:  # this one call only: ASKING goes directly ahead of it
                target = self._node(moving.host, moving.port)
                target.execute(b"ASKING").add_done_callback(_ignore_failure)
                return await target.send(packed)
            except exceptions.MovedError as moved:
                self._slots[slot] = self._node(moved.host, moved.port)
            except (exceptions.ConnectionError, exceptions.TimeoutError):
                if asyncio.get_running_loop().time() - self._read_at > REREAD_SECONDS:
                    self._read().add_done_callback(_ignore_failure)
                raise
        raise exceptions.ClusterError(f"slot {slot} moved more than {MAX_REDIRECTIONS} times during a call")

    async def aclose(self) -> None:
        """Give up the connections; waiting calls fail."""
        for node in self._nodes.values():
            await node.aclose()

    async def _learn(self, slot: int) -> PipelinedRedis:
        await asyncio.shield(self._read())
        if slot not in self._slots:
            raise exceptions.ClusterDownError(f"no node serves slot {slot}")
        return self._slots[slot]

    def _read(self) -> asyncio.Task[None]:
        """Read the map of slots, once for all who ask meanwhile."""
        if self._reading is None or self._reading.done():
            loop = asyncio.get_running_loop()
            self._reading = loop.create_task(self._read_slots())
            self._read_at = loop.time()
        return self._reading

    async def _read_slots(self) -> None:
        """Ask the known nodes, then the seeds, who serves what; the first answer counts."""
        known = [*self._nodes, *((seed.host, seed.port) for seed in self._seeds)]
        failure: Exception = exceptions.ClusterDownError("no node of the cluster is known")
        for host, port in dict.fromkeys(known):
            try:
                ranges = await self._node(host, port).execute(b"CLUSTER", b"SLOTS")
            except (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.ResponseError) as error:
                failure = error
                continue
            self._slots = {
                slot: self._node(primary[0].decode() or host, primary[1])
                for first, last, primary, *_replicas in ranges
                for slot in range(first, last + 1)
            }
            return
        raise failure

    def _node(self, host: str, port: int) -> PipelinedRedis:
        node = self._nodes.get((host, port))
        if node is None:
            address = self._seeds[0].at(host, port)
            node = self._nodes[host, port] = PipelinedRedis(address, timeout_seconds=self._timeout)
        return node


def _ignore_failure(reply: asyncio.Future[Any]) -> None:
    """Mark a failure as seen: the command beside it fails by itself."""
    if not reply.cancelled():
        reply.exception()
