"""Measure the Toss sandbox alone: `python -m bench.sandbox --payments 100000`.

A payment is an authentication, a confirm under an Idempotency-Key and the webhook's delivery; of every twentieth the
shop asks by its key, and every fortieth it refunds in part. The client is raw asyncio over kept connections.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import os
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from tests.payment_sandbox import SECRET_KEY, PrivateSandbox

AMOUNT_KRW = 55_000
HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
AUTHORIZATION = b"Authorization: Basic " + base64.b64encode(f"{SECRET_KEY}:".encode())
TAKEN = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
MARKS = (0.1, 0.5, 1.0)  # shares of all payments after which the sandbox's memory is looked at


class Messages(asyncio.Protocol):
    """HTTP/1.1 messages with a Content-Length, cut out of what a connection brings."""

    def __init__(self) -> None:
        self.transport: asyncio.WriteTransport
        self._left = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._left += data
        while (head_end := self._left.find(HEAD_END)) >= 0:
            head = self._left[:head_end]
            body_start = head_end + len(HEAD_END)
            end = body_start + _content_length(head)
            if len(self._left) < end:
                return
            body, self._left = self._left[body_start:end], self._left[end:]
            self.message_received(head, body)

    def message_received(self, head: bytes, body: bytes) -> None:
        raise NotImplementedError


class Sink(Messages):
    """The shop: takes every webhook at once."""

    def __init__(self, seen: Seen) -> None:
        super().__init__()
        self._seen = seen

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._seen.connections += 1

    def message_received(self, head: bytes, body: bytes) -> None:
        self._seen.webhooks += 1
        self.transport.write(TAKEN)


class Caller(Messages):
    """One kept connection to the sandbox, for one call at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._answer: asyncio.Future[bytes]

    async def call(self, method: bytes, path: bytes, body: bytes = b"", *headers: bytes) -> bytes:
        """Return the body of a 200; anything else ends the run."""
        self._answer = asyncio.get_running_loop().create_future()
        head = b"\r\n".join(
            (method + b" " + path + b" HTTP/1.1", b"Host: sandbox", b"Content-Length: %d" % len(body), *headers)
        )
        self.transport.write(head + HEAD_END + body)
        return await self._answer

    def message_received(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"HTTP/1.1 200"):
            self._answer.set_result(body)
        else:
            self._answer.set_exception(AssertionError(f"{head!r} {body!r}"))


@dataclass(slots=True)
class Seen:
    """What the shop and the clients have seen so far."""

    webhooks: int = 0
    connections: int = 0
    paid: int = 0
    refunded: int = 0


async def buy(caller: Caller, number: int) -> bool:
    """Pay for one order; returns whether a part of it was refunded."""
    order_id = b"BENCH-%d-%s" % (number, secrets.token_hex(6).encode())
    wish = b'{"orderId":"%s","amount":%d}' % (order_id, AMOUNT_KRW)
    key = msgspec.json.decode(await caller.call(b"POST", b"/sandbox/authenticate", wish))["paymentKey"].encode()
    confirm = b'{"paymentKey":"%s","orderId":"%s","amount":%d}' % (key, order_id, AMOUNT_KRW)
    once = b"Idempotency-Key: confirm:" + order_id
    await caller.call(b"POST", b"/v1/payments/confirm", confirm, AUTHORIZATION, once)
    if number % 20 == 0:
        await caller.call(b"GET", b"/v1/payments/" + key, b"", AUTHORIZATION)
    if number % 40 == 0:
        part = b'{"cancelReason":"one seat","cancelAmount":5000}'
        once = b"Idempotency-Key: cancel:" + order_id
        await caller.call(b"POST", b"/v1/payments/%s/cancel" % key, part, AUTHORIZATION, once)
    return number % 40 == 0


async def play(options: argparse.Namespace, sandbox: PrivateSandbox) -> None:
    """Play all payments, wait for their webhooks, and print the figures."""
    loop = asyncio.get_running_loop()
    seen = Seen()
    sink = await loop.create_server(lambda: Sink(seen), "127.0.0.1", 0)
    sandbox.send_webhooks_to(f"http://127.0.0.1:{sink.sockets[0].getsockname()[1]}/")
    callers = [(await loop.create_connection(Caller, "127.0.0.1", sandbox.port))[1] for _ in range(options.connections)]
    numbers = itertools.count()
    started_at, cpu_before = time.monotonic(), cpu_seconds(sandbox.pid)
    print(f"{'payments':>9} {'RSS, MiB':>9}\n{0:>9} {rss_mib(sandbox.pid):>9.1f}", flush=True)
    marks = {max(1, int(options.payments * share)) for share in MARKS}

    async def buyer(caller: Caller) -> None:
        while (number := next(numbers)) < options.payments:
            if options.rate:
                await asyncio.sleep(max(0.0, started_at + number / options.rate - time.monotonic()))
            seen.refunded += await buy(caller, number)
            seen.paid += 1
            if seen.paid in marks:
                print(f"{seen.paid:>9} {rss_mib(sandbox.pid):>9.1f}", flush=True)

    await asyncio.gather(*map(buyer, callers))
    seconds = time.monotonic() - started_at
    while seen.webhooks < seen.paid + seen.refunded:
        await asyncio.sleep(0.05)
    webhook_seconds = time.monotonic() - started_at
    cpu = cpu_seconds(sandbox.pid) - cpu_before
    print(f"{seen.paid / seconds:,.0f} payments/s, {seen.webhooks / webhook_seconds:,.0f} webhooks/s")
    print(
        f"{1000 * cpu / seen.paid:.3f} ms of CPU a payment; "
        f"the sandbox at {100 * cpu / webhook_seconds:.0f} % of a core"
    )
    print(f"{seen.webhooks} webhooks over {seen.connections} connections")
    sink.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.sandbox", description=__doc__)
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=32, help="buyers at once")
    parser.add_argument("--rate", type=float, default=0, help="payments a second; 0: as many as go")
    options = parser.parse_args()
    with running_sandbox() as sandbox:
        uvloop.run(play(options, sandbox))


@contextmanager
def running_sandbox() -> Iterator[PrivateSandbox]:
    folder = Path(tempfile.mkdtemp(prefix="ticketlive-bench-"))
    sandbox = PrivateSandbox(folder, webhook_minute_seconds=60)
    try:
        sandbox.start()
        yield sandbox
    finally:
        sandbox.kill()
        shutil.rmtree(folder, ignore_errors=True)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def rss_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    at = lowered.find(LENGTH)
    if at < 0:
        return 0
    start = at + len(LENGTH)
    end = lowered.find(b"\r\n", start)
    return int(lowered[start : end if end >= 0 else None])


if __name__ == "__main__":
    main()
