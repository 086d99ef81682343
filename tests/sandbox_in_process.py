"""The Toss sandbox in the test's own event loop, and a merchant that takes its webhooks."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from apps.payments.sandbox.app import Sandbox
from tests.payment_sandbox import SECRET_KEY

AMOUNT = 55_000
AUTHORIZATION = "Basic " + base64.b64encode(f"{SECRET_KEY}:".encode()).decode()


class Desk:
    """Calls to one sandbox, past any socket."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.was_writing_when_answering = False

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, bytes]:
        """Return status and body; `idempotency_key` and the like become headers."""
        named = {"authorization": AUTHORIZATION} | {name.replace("_", "-"): value for name, value in headers.items()}
        path, _, query = path.partition("?")
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": b"" if body is None else msgspec.json.encode(body)}

        async def send(message: MutableMapping[str, Any]) -> None:
            self.was_writing_when_answering |= self.sandbox._store._connection.in_transaction
            sent.append(message)

        await self.sandbox(scope, receive, send)
        return sent[0]["status"], sent[1]["body"]

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return the document of a call that has to succeed."""
        status, answer = await self.call(method, path, body, **headers)
        assert status == 200, answer
        return msgspec.json.decode(answer)

    async def agree(self, order_id: str) -> str:
        return str(
            (await self.ask("POST", "/sandbox/authenticate", {"orderId": order_id, "amount": AMOUNT}))["paymentKey"]
        )

    async def confirm(self, key: str, order_id: str) -> tuple[int, bytes]:
        body = {"paymentKey": key, "orderId": order_id, "amount": AMOUNT}
        return await self.call("POST", "/v1/payments/confirm", body, idempotency_key=f"confirm:{order_id}")

    async def pay(self, order_id: str) -> str:
        """Agree and confirm; return the payment's key."""
        key = await self.agree(order_id)
        status, answer = await self.confirm(key, order_id)
        assert status == 200, answer
        return key


@asynccontextmanager
async def running_desk(**arguments: Any) -> AsyncIterator[Desk]:
    """A sandbox from its start to its end, as a server runs it."""
    sandbox = Sandbox(**arguments)
    to_sandbox: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    from_sandbox: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
    life = asyncio.create_task(sandbox({"type": "lifespan"}, to_sandbox.get, from_sandbox.put))
    await to_sandbox.put({"type": "lifespan.startup"})
    assert (await from_sandbox.get())["type"] == "lifespan.startup.complete"
    try:
        yield Desk(sandbox)
    finally:
        await to_sandbox.put({"type": "lifespan.shutdown"})
        await life


class TakingShop:
    """A merchant over kept connections; it refuses while `is_refusing`, and answers nobody while `open` is clear."""

    def __init__(self) -> None:
        self.url = ""
        self.is_refusing = False
        self.open = asyncio.Event()
        self.open.set()
        self.connections = 0
        self.asked = 0
        self.taken: list[dict[str, Any]] = []
        self.retried: list[int] = []
        self._changed = asyncio.Condition()

    async def until_taken(self, count: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.taken) >= count)

    async def until_asked(self, count: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.asked >= count)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                await self._take(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")[1:]
        headers = dict(line.split(": ", 1) for line in lines if line)
        event = msgspec.json.decode(await reader.readexactly(int(headers["content-length"])))
        async with self._changed:
            self.asked += 1
            self._changed.notify_all()
        await self.open.wait()
        if not self.is_refusing:
            self.taken.append(event)
            self.retried.append(int(headers["tosspayments-webhook-transmission-retried-count"]))
        status = b"500 Internal Server Error" if self.is_refusing else b"200 OK"
        writer.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\n\r\n")
        await writer.drain()
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def running_merchant() -> AsyncIterator[TakingShop]:
    merchant = TakingShop()
    server = await asyncio.start_server(merchant.serve, "127.0.0.1", 0)
    merchant.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    try:
        yield merchant
    finally:
        server.close()
