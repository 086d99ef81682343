"""What comes first on every new connection: state that another server has written is doubted.

A server that lost its last second is another process, with a `run_id` of its own; one that takes over, also one that
was a replica for a while, begins another history, with a `master_replid` of its own (Redis, "INFO"). A loss breaks
every connection, so each connection asks who answers before any other command goes out. Where this process has not
seen that server yet, the rooms' scripts look at what they keep there: whatever an earlier server wrote is stopped
until it has been rebuilt. Several processes may look at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redis import exceptions

if TYPE_CHECKING:
    from redis.connection import AbstractConnection

Command = tuple[Any, ...]
Greeting = Generator[Command, Any, bool]

KEYS_A_LOOK = 5_000
PRIMARY = b"role:master"
RUN_ID = re.compile(rb"run_id:(\w+)")
HISTORY = re.compile(rb"master_replid:(\w+)")
STOPPED = b"STOPPED"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Keys that match `pattern` hold state; `script` answers {"STOPPED"} for one that another server has written."""

    pattern: bytes
    script: bytes


_doubts: list[Doubt] = []
_rebuilds: list[Callable[[], object]] = []
_seen: dict[str, bytes] = {}  # the server that was looked at last, by address


def doubt(pattern: str, script: bytes) -> None:
    """Have `script` look at every key that matches `pattern`, whenever a server is new."""
    _doubts.append(Doubt(pattern.encode(), script))


def rebuilds(rebuild: Callable[[], object]) -> Callable[[], object]:
    """Have a web process run this in a database thread when it was the one to find state that is stopped now."""
    _rebuilds.append(rebuild)
    return rebuild


def all_rebuilds() -> Sequence[Callable[[], object]]:
    """What brings stopped state back."""
    return tuple(_rebuilds)


def greet(address: str) -> Greeting:
    """Yield the commands that come first on a connection, and take their replies; return whether state was stopped.

    Raises:
        redis.exceptions.ConnectionError: a replica answers. Once it is promoted its state is that of another server,
            and a connection that was opened before would not have looked.
    """
    replication = yield (b"INFO", b"replication")
    if PRIMARY not in replication:
        raise exceptions.ConnectionError(f"Redis at {address} is a replica")
    server = _first(RUN_ID, (yield (b"INFO", b"server"))) + _first(HISTORY, replication)
    if _seen.get(address) == server:
        return False
    stopped = False
    for one in _doubts:
        cursor: Any = b"0"
        while True:
            cursor, keys = yield (b"SCAN", cursor, b"MATCH", one.pattern, b"COUNT", KEYS_A_LOOK)
            for key in keys:
                stopped |= STOPPED in (yield (b"EVAL", one.script, 1, key))
            if cursor == b"0":
                break
    _seen[address] = server
    return stopped


def greet_from_thread(connection: AbstractConnection) -> None:
    """Begin a connection of redis-py: its `redis_connect_func`."""
    connection.on_connect()
    greet_on(connection)


def greet_on(connection: AbstractConnection) -> None:
    """Greet the server behind a connection of redis-py that has logged in."""
    greeting = greet(_address_of(connection))
    reply: Any = None
    while True:
        try:
            command = greeting.send(reply)
        except StopIteration:
            return
        connection.send_command(*command)
        reply = connection.read_response(disable_decoding=True)


def _first(pattern: re.Pattern[bytes], text: bytes) -> bytes:
    found = pattern.search(text)
    return found[1] if found else b""


def _address_of(connection: AbstractConnection) -> str:
    path = getattr(connection, "path", None)
    return path or f"{connection.host}:{connection.port}"  # type: ignore[attr-defined]
