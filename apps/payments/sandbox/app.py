"""The sandbox's ASGI application: Toss's calls, the payment window, and the knobs."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from apps.payments.sandbox.archive import Archive
from apps.payments.sandbox.clock import Clock
from apps.payments.sandbox.codes import Refusal
from apps.payments.sandbox.http import ClientGone, Receive, Request, Response, Send, json_response, read_body
from apps.payments.sandbox.idempotency import IdempotencyKeys
from apps.payments.sandbox.knobs import Knobs
from apps.payments.sandbox.ledger import Ledger
from apps.payments.sandbox.provider_api import CALLS_KEPT, ProviderApi
from apps.payments.sandbox.receipts import Receipts
from apps.payments.sandbox.store import Store
from apps.payments.sandbox.webhooks import CONNECTIONS, Webhooks
from apps.payments.sandbox.window import Window

logger = logging.getLogger(__name__)

SWEEP_SECONDS = 1.0


class Sandbox:
    """One sandbox with its state.

    Args:
        state: a file that keeps the payments over a restart; without it a temporary one does until the end.
        webhook_url: where changes are told to; nowhere where it is empty.
        webhook_minute_seconds: how long a minute of the documented retries takes.
        webhook_connections: how many webhooks are sent at once.
        calls_kept: how many of the latest calls `GET /sandbox/calls` tells.
    """

    def __init__(
        self,
        *,
        state: Path | None = None,
        webhook_url: str = "",
        webhook_minute_seconds: float = 60.0,
        webhook_connections: int = CONNECTIONS,
        calls_kept: int = CALLS_KEPT,
    ) -> None:
        clock = Clock()
        self._store = Store(state)
        archive = Archive(self._store)
        self._webhooks = Webhooks(
            self._store,
            clock,
            url=webhook_url,
            minute_seconds=webhook_minute_seconds,
            connections=webhook_connections,
        )
        self._ledger = Ledger(archive, clock, self._webhooks.tell)
        self._provider = ProviderApi(
            self._ledger, Receipts(archive, clock), IdempotencyKeys(archive, clock), clock, calls_kept=calls_kept
        )
        self._window = Window(self._ledger)
        self._knobs = Knobs(self._ledger, self._provider, self._webhooks, clock)
        self._sweep: asyncio.Task[None] | None = None

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            response = await self._answer(scope, receive)
            if response is not None:
                await response.send(send)

    async def _answer(self, scope: MutableMapping[str, Any], receive: Receive) -> Response | None:
        """Answer a request, or None for a client that has gone; what the answer tells is committed by then."""
        try:
            request = Request(scope, await read_body(receive), receive)
            response = await self._route(request)
        except ClientGone:
            return None
        except Refusal as refusal:
            response = json_response(refusal.status, refusal.document())
        await self._store.committed()
        return response

    async def _route(self, request: Request) -> Response | None:
        match request.segments:
            case ("v1", *_):
                return await self._provider.answer(request)
            case () | ("v2", "standard") | ("sandbox", "window", *_):
                return self._window.answer(request)
            case ("sandbox", *_):
                return await self._knobs.answer(request)
        raise Refusal("NOT_FOUND")

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._sweep = asyncio.create_task(self._look_round())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._sweep.cancel()
        with suppress(asyncio.CancelledError):
            await self._sweep
        await self._webhooks.close()
        self._store.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _look_round(self) -> None:
        """Let payments expire though nobody asks for them, so that their webhooks leave; send what was left."""
        while True:
            try:
                await self._ledger.expire_due()
                self._webhooks.look_round()
                await self._store.committed()
            except sqlite3.Error:
                logger.exception("the sandbox cannot write to its database")
            await asyncio.sleep(SWEEP_SECONDS)
