"""Lua scripts: a `.lua` file beside the store that owns its keys, under a header that says what it takes.

    -- reserve: hold all seats of an order, or none.
    -- KEYS[1] cells:{performance:ID}   packed seat cells
    -- ARGV[1] user_id
    -- ARGV[2..] ordinals of the seats
    -- returns {"HELD", version, expires_at} | {"TAKEN", ordinals...}

A line `-- include ../seat_states/free_due.lua` (from the script's folder, or from the checkout's root when it
starts with `apps/`) is replaced by that file's text, once. Scripts that all take the same keys declare them in a
fragment of their folder, which they include, and say `-- KEYS as in keys.lua`. Every key comes in KEYS, and all KEYS
of a call share one hash tag, so that a script runs on one node of a cluster.
"""

from __future__ import annotations

import functools
import hashlib
import re
import sys
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hiredis
from django.conf import settings
from redis.exceptions import NoScriptError, ReadOnlyError

from apps.common.redis import begin_connections_anew, pipelined_redis, sync_redis

INCLUDE = re.compile(r"^-- include (\S+)\n", re.MULTILINE)
TITLE = re.compile(r"^-- (\w+): (\S.*)$")
PARAMETER = re.compile(r"^-- (KEYS|ARGV)\[(\d+)(\.\.)?\] (\S.*)$")
SHARED_KEYS = re.compile(r"^-- KEYS as in (\w+\.lua)$")
RETURNS = re.compile(r"^-- returns (\S.*)$")
HEADS_KEPT = 1024  # packed beginnings of commands, one for each tuple of keys that was used last
HASH_TAG = re.compile(r"\{([^}]+)\}")


class HeaderError(ValueError):
    """A script's header does not say what it has to."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """The KEYS or ARGV that a header declares, in order; `variadic` when the last stands for any number."""

    descriptions: tuple[str, ...] = ()
    variadic: bool = False

    @property
    def counts(self) -> range:
        """How many a call may have."""
        declared = len(self.descriptions)
        return range(declared - 1, sys.maxsize) if self.variadic else range(declared, declared + 1)


@dataclass(frozen=True, slots=True)
class Header:
    """What the leading comment of a `.lua` file says. A fragment, made to be included, has no `returns`.

    `keys_from` names the fragment that declares the keys; empty where the header itself does.
    """

    name: str
    purpose: str
    keys: Parameters = field(default_factory=Parameters)
    keys_from: str = ""
    args: Parameters = field(default_factory=Parameters)
    returns: str = ""

    @classmethod
    def parse(cls, text: str, *, folder: Path | None = None) -> Header:
        """Read the comment that `text` starts with; further comment lines in it are free.

        `folder` is the script's, for one that shares the keys of a fragment.

        Raises:
            HeaderError: a line is missing or out of order, or keys are declared both here and in a fragment.
        """
        lines = []
        for line in text.splitlines():
            if not line.startswith("--"):
                break
            lines.append(line)
        title = TITLE.match(lines[0]) if lines else None
        if title is None:
            raise HeaderError("the first line has to be `-- name: purpose`")
        returns = [match[1] for line in lines if (match := RETURNS.match(line))]
        keys, keys_from = _keys(lines, folder=folder)
        return cls(
            name=title[1],
            purpose=title[2],
            keys=keys,
            keys_from=keys_from,
            args=_parameters("ARGV", lines),
            returns=" ".join(returns),
        )


def _keys(lines: Sequence[str], *, folder: Path | None) -> tuple[Parameters, str]:
    """Return the keys that a header declares, and the fragment that declares them for it, if one does."""
    own = _parameters("KEYS", lines)
    fragments = [match[1] for line in lines if (match := SHARED_KEYS.match(line))]
    if not fragments:
        return own, ""
    if own.descriptions or len(fragments) > 1 or folder is None:
        raise HeaderError("KEYS are declared once: in the header, or in one fragment of the script's folder")
    return Header.parse((folder / fragments[0]).read_text()).keys, fragments[0]


def _parameters(kind: str, lines: Sequence[str]) -> Parameters:
    found = [match for line in lines if (match := PARAMETER.match(line)) and match[1] == kind]
    if [int(match[2]) for match in found] != list(range(1, len(found) + 1)):
        raise HeaderError(f"{kind} have to be declared one by one, from 1 on")
    if any(match[3] for match in found[:-1]):
        raise HeaderError(f"only the last of {kind} may stand for any number")
    return Parameters(tuple(match[4] for match in found), variadic=bool(found and found[-1][3]))


class LuaScript:
    """A script that both clients run by its SHA-1, and send whole where the server does not know it."""

    def __init__(self, source: str, *, header: Header) -> None:
        self.header = header
        self._key_counts, self._argument_counts = header.keys.counts, header.args.counts
        self._keys_vary = header.keys.variadic  # then a beginning that is kept would hardly be of use again
        self._compares_slots = settings.DEBUG
        self.source = source.encode()
        self._head = functools.lru_cache(maxsize=HEADS_KEPT)(self._pack_head)
        self.sha = hashlib.sha1(self.source, usedforsecurity=False).hexdigest().encode()

    def __repr__(self) -> str:
        return f"<LuaScript {self.header.name}>"

    def run(self, keys: Sequence[Any], args: Sequence[Any] = ()) -> Any:
        """Run it and wait, for threads."""
        self._check(keys, args)
        execute = sync_redis().execute_command
        try:
            try:
                return execute("EVALSHA", self.sha, len(keys), *keys, *args)
            except NoScriptError:
                return execute("EVAL", self.source, len(keys), *keys, *args)
        except ReadOnlyError:
            begin_connections_anew()
            raise

    async def arun(self, keys: Sequence[Any], args: Sequence[Any] = ()) -> Any:
        """Run it on the event loop's client."""
        try:
            return await self.send(keys, args)
        except NoScriptError:
            return await self.send_whole(keys, args)

    def send(self, keys: Sequence[Any], args: Sequence[Any]) -> Awaitable[Any]:
        """Send it by its SHA-1 on the event loop's client; the answer may be NoScriptError, for `send_whole`."""
        names = tuple(keys)
        if self._keys_vary:
            self._check(names, args)
            packed = hiredis.pack_command((b"EVALSHA", self.sha, len(names), *names, *args))
        else:
            packed = self._head(names, len(args)) + _packed_items(args)
        return pipelined_redis().send(packed, key=names[0])

    def send_whole(self, keys: Sequence[Any], args: Sequence[Any]) -> Awaitable[Any]:
        """Send it whole on the event loop's client."""
        return pipelined_redis().execute(b"EVAL", self.source, len(keys), *keys, *args)

    def _pack_head(self, keys: tuple[Any, ...], arguments: int) -> bytes:
        """Return how the command begins that runs it with these keys and as many arguments; checks the call."""
        self._check(keys, range(arguments))
        command = (b"EVALSHA", self.sha, len(keys), *keys)
        return b"*%d\r\n%b" % (len(command) + arguments, _packed_items(command))

    def _check(self, keys: Sequence[Any], args: Sequence[Any]) -> None:
        """Refuse a call that the header does not allow; with DEBUG also one whose keys lie apart."""
        if len(keys) not in self._key_counts or len(args) not in self._argument_counts:
            raise TypeError(f"{self.header.name} takes other keys and arguments: got {len(keys)} and {len(args)}")
        if self._compares_slots and len({hash_tag(key) for key in keys}) > 1:
            raise TypeError(f"the keys of {self.header.name} lie in different slots: {keys}")


def _packed_items(items: Sequence[Any]) -> bytes:
    """Return items as the strings of a RESP2 array, without the line that counts them."""
    if not items:
        return b""
    return hiredis.pack_command(tuple(items))[len(str(len(items))) + 3 :]


def hash_tag(key: str | bytes) -> str:
    """Return the part of a key that decides its slot (Redis Cluster specification, "Hash tags")."""
    text = key.decode() if isinstance(key, bytes) else key
    tag = HASH_TAG.search(text)
    return tag[1] if tag else text


def load_script(beside: str, name: str) -> LuaScript:
    """Load the `.lua` file `name` from the folder of the module `beside` (its `__file__`)."""
    path = Path(beside).parent / name
    source = path.read_text()
    header = Header.parse(source, folder=path.parent)
    if header.name != path.stem:
        raise HeaderError(f"{path} calls itself {header.name}")
    return LuaScript(with_includes(source, folder=path.parent), header=header)


def with_includes(source: str, *, folder: Path, seen: set[Path] | None = None) -> str:
    """Put in each included file's text at its first mention."""
    seen = set() if seen is None else seen

    def replace(match: re.Match[str]) -> str:
        root = Path(settings.BASE_DIR) if match[1].startswith("apps/") else folder
        path = (root / match[1]).resolve()
        if path in seen:
            return ""
        seen.add(path)
        return with_includes(path.read_text(), folder=path.parent, seen=seen).rstrip("\n") + "\n"

    return INCLUDE.sub(replace, source)
