"""The event loop of the web processes: uvloop's, which takes in a crowd's connections as fast as they come.

libuv takes in one connection of a listening socket for each turn of the loop ("unix: don't accept() connections in a
loop", libuv 1.45). Under load a turn lasts some 10 ms, so that a crowd without a proxy in front would come in at 100
connections a second: the kernel's queue runs over, and whoever it drops is heard again after 1, 3, 7 s. Here each
listening socket is listened to several times over: every turn takes in as many. The kernel has one queue for them all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import uvloop

TAKEN_IN_EACH_TURN = 16
"""Connections; a lone one costs as many system calls, of about half a microsecond each."""


class EventLoop(uvloop.Loop):
    """uvloop's event loop, whose servers take in `TAKEN_IN_EACH_TURN` connections at once."""

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.Protocol], *args: Any, **options: Any
    ) -> asyncio.AbstractServer:
        """See asyncio; closing the server that is returned closes all that listens."""
        server: Any = await super().create_server(protocol_factory, *args, **options)
        options = {name: options[name] for name in ("ssl", "backlog") if name in options}
        again: list[Any] = [
            await super(EventLoop, self).create_server(protocol_factory, sock=sock.dup(), **options)
            for sock in server.sockets
            for _ in range(TAKEN_IN_EACH_TURN - 1)
        ]
        return _Together(server, again)


class _Together(asyncio.AbstractServer):
    """Several servers of the same sockets, as one."""

    def __init__(self, first: asyncio.Server, others: list[asyncio.Server]) -> None:
        self._first = first
        self._all = [first, *others]

    @property
    def sockets(self) -> tuple[Any, ...]:
        """The sockets, once each."""
        return tuple(self._first.sockets)

    def close(self) -> None:
        for server in self._all:
            server.close()

    async def wait_closed(self) -> None:
        for server in self._all:
            await server.wait_closed()

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return self._first.get_loop()

    def is_serving(self) -> bool:
        return self._first.is_serving()

    async def start_serving(self) -> None:
        for server in self._all:
            await server.start_serving()

    async def serve_forever(self) -> None:
        await self._first.serve_forever()
