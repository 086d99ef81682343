"""Attacks by clients that do not read what they are sent."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Sequence
from typing import cast

from bench.attacks.conversations import SockJS, connect_frame
from bench.attacks.target import CLOSED, DROPPED, STILL_OPEN, Account, Answers, Effort, Target
from bench.attacks.wire import request
from bench.talk.sockets import HANDSHAKE, PING, stomp_frame, websocket_frame

DEAF, ENDING = 20, 3  # sockets
LISTENED = 20  # subscriptions of each, every one from the conversation's first word on
RECEIVED_BYTES = 4096  # what the client's kernel takes before it says that it takes no more
PINGS = websocket_frame(b"", opcode=PING) * 1_024
PINGED_BYTES, PINGED_AT_ONCE = 8 * 1024 * 1024, 256 * 1024  # by each socket
LOOK_SECONDS = 0.2
ESTABLISHED, RESET = 1, 7  # TCP_ESTABLISHED and TCP_CLOSE (linux/tcp_states.h), the first byte of `struct tcp_info`


class DeafClient(asyncio.Protocol):
    """Writes; of what comes it reads no more than the first piece."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, target: Target, first: bytes) -> DeafClient:
        """Connect, send the first request, and return when its answer has begun."""
        loop, plain = asyncio.get_running_loop(), socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVED_BYTES)
        plain.setblocking(False)
        await loop.sock_connect(plain, target.address)
        _, client = await loop.create_connection(cls, sock=plain)
        client.transport.write(first)
        await client.begun
        return client

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.transport.pause_reading()
        if not self.begun.done():
            self.begun.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.begun.done():
            self.begun.set_exception(error or ConnectionResetError())

    def state(self) -> str:
        """Tell whether the server has dropped or closed the connection, without reading from it."""
        if self.transport.is_closing():
            return DROPPED
        kernel = self.transport.get_extra_info("socket")
        state = kernel.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
        return STILL_OPEN if state == ESTABLISHED else DROPPED if state == RESET else CLOSED


async def hear_websocket(target: Target, effort: Effort) -> Answers:
    """Log in, ask for a long conversation again and again, and read nothing of it."""
    clients = [await _listener(target, target.accounts[number % 4]) for number in range(effort.of(DEAF))]
    return await _states(clients, effort)


async def hear_at_the_end(target: Target, effort: Effort) -> Answers:
    """The same by a few sockets, while the server is told to end."""
    clients = [await _listener(target, account) for account in target.accounts[:ENDING]]
    print("open", flush=True)
    return await _states(clients, effort)


async def hear_stream(target: Target, effort: Effort) -> Answers:
    """The same by SockJS' streams over HTTP."""
    return await _states(
        [await _stream(target, target.accounts[number % 4]) for number in range(effort.of(DEAF))], effort
    )


async def ping(target: Target, effort: Effort) -> Answers:
    """Send PINGs without end before a log-in, and read no PONG."""
    clients = [await DeafClient.open(target, _handshake(target)) for _ in range(effort.of(8))]
    pinging = [asyncio.ensure_future(_ping(client, effort.of(PINGED_BYTES))) for client in clients]
    answers = await _states(clients, effort)
    for one in pinging:
        one.cancel()
    return answers


async def _ping(client: DeafClient, count: int) -> None:
    for _ in range(0, count, len(PINGS)):
        while client.transport.get_write_buffer_size() > PINGED_AT_ONCE:
            await asyncio.sleep(0.01)
        client.transport.write(PINGS)
        await asyncio.sleep(0)


async def _listener(target: Target, account: Account) -> DeafClient:
    client = await DeafClient.open(target, _handshake(target))
    client.transport.write(websocket_frame(connect_frame(account).encode()))
    for number in range(LISTENED):
        client.transport.write(stomp_frame("SUBSCRIBE", _from_the_first(account, number)))
    return client


async def _stream(target: Target, account: Account) -> DeafClient:
    session = SockJS(target)
    await session.open()
    deaf = await DeafClient.open(target, request("POST", f"{session.path}/xhr_streaming", target.forwarded))
    subscriptions = []
    for number in range(LISTENED):
        lines = "".join(f"{name}:{value}\n" for name, value in _from_the_first(account, number).items())
        subscriptions.append(f"SUBSCRIBE\n{lines}\n\0")
    await session.say(connect_frame(account), *subscriptions)
    session.close()
    return deaf


def _from_the_first(account: Account, number: int) -> dict[str, str]:
    return {"id": str(number), "destination": f"/sub/session/{account.session_id}", "last-seq": "0"}


def _handshake(target: Target) -> bytes:
    host = f"{target.host}:{target.port}"
    return HANDSHAKE.format(path="/ws", host=host, more=f"{target.forwarded}\r\n").encode()


async def _states(clients: Sequence[DeafClient], effort: Effort) -> Answers:
    """Wait until no connection is open any more, or the time is over; return how they are by then."""
    ends_at, clock = effort.ends_at(), asyncio.get_running_loop().time
    while clock() < ends_at and any(client.state() == STILL_OPEN for client in clients):
        await asyncio.sleep(LOOK_SECONDS)
    answers = Counter(client.state() for client in clients)
    for client in clients:
        client.transport.abort()
    return answers
