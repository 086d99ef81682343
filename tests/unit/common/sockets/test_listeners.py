"""A crowd's connections are taken in as fast as they come, not one in each turn of the event loop."""

from __future__ import annotations

import asyncio
import socket

from apps.common.sockets.listeners import TAKEN_IN_EACH_TURN, EventLoop

CROWD = 10 * TAKEN_IN_EACH_TURN


class Counting(asyncio.Protocol):
    """Counts the connections that were taken in."""

    taken_in = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        type(self).taken_in += 1
        transport.close()


def run() -> tuple[int, int]:
    """Let a crowd wait at a server's door; return how many turns let all of it in, and how many one did at most."""

    async def let_in() -> tuple[int, int]:
        Counting.taken_in = 0
        server = await asyncio.get_running_loop().create_server(Counting, "127.0.0.1", 0, backlog=CROWD)
        (door,) = server.sockets
        crowd = [socket.create_connection(door.getsockname()) for _ in range(CROWD)]
        turns = most = 0
        while Counting.taken_in < CROWD:
            before = Counting.taken_in
            await asyncio.sleep(0)
            turns, most = turns + 1, max(most, Counting.taken_in - before)
        for one in crowd:
            one.close()
        server.close()
        await server.wait_closed()
        assert not server.is_serving()
        return turns, most

    loop = EventLoop()
    try:
        return loop.run_until_complete(let_in())
    finally:
        loop.close()


def test_each_turn_takes_in_many_of_those_who_wait_at_the_door() -> None:
    turns, most = run()

    assert most == TAKEN_IN_EACH_TURN
    assert turns < CROWD / 2


def test_a_server_that_is_closed_lets_nobody_in() -> None:
    async def close() -> None:
        server = await asyncio.get_running_loop().create_server(Counting, "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        server.close()
        await server.wait_closed()
        with socket.socket() as late:
            assert late.connect_ex(address) != 0

    loop = EventLoop()
    try:
        loop.run_until_complete(close())
    finally:
        loop.close()
