"""The sandbox's ASGI application: Toss's calls, the payment window, and the knobs."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from apps.payments.sandbox.clock import Clock
from apps.payments.sandbox.codes import Refusal
from apps.payments.sandbox.http import Receive, Request, Response, Send, json_response, read_body
from apps.payments.sandbox.idempotency import IdempotencyKeys
from apps.payments.sandbox.knobs import Knobs
from apps.payments.sandbox.ledger import Ledger
from apps.payments.sandbox.provider_api import ProviderApi
from apps.payments.sandbox.records import Archive
from apps.payments.sandbox.webhooks import Webhooks
from apps.payments.sandbox.window import Window

SWEEP_SECONDS = 1.0


class Sandbox:
    """One sandbox with its state.

    Args:
        state: a file that keeps the payments over a restart; without it they are kept in memory.
        webhook_url: where changes are told to; nowhere where it is empty.
        webhook_minute_seconds: how long a minute of the documented retries takes.
    """

    def __init__(
        self, *, state: Path | None = None, webhook_url: str = "", webhook_minute_seconds: float = 60.0
    ) -> None:
        clock = Clock()
        self._archive = Archive(state)
        self._webhooks = Webhooks(clock, url=webhook_url, minute_seconds=webhook_minute_seconds)
        self._ledger = Ledger(self._archive, clock, self._webhooks.tell)
        self._provider = ProviderApi(self._ledger, IdempotencyKeys(self._archive, clock), clock)
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
        try:
            request = Request(scope, await read_body(receive), receive)
            match request.segments:
                case ("v1", *_):
                    return _traced(await self._provider.answer(request))
                case () | ("v2", "standard") | ("sandbox", "window", *_):
                    return self._window.answer(request)
                case ("sandbox", *_):
                    return self._knobs.answer(request)
            raise Refusal("NOT_FOUND")
        except Refusal as refusal:
            return json_response(refusal.status, refusal.document())

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        self._sweep = asyncio.create_task(self._expire())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._sweep.cancel()
        with suppress(asyncio.CancelledError):
            await self._sweep
        await self._webhooks.close()
        self._archive.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _expire(self) -> None:
        """Let payments expire though nobody asks for them, so that their webhooks leave."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self._ledger.expire_due()


def _traced(response: Response | None) -> Response | None:
    if response is None:
        return None
    trace = ("x-tosspayments-trace-id", uuid.uuid4().hex)
    return Response(response.status, response.body, response.content_type, (*response.headers, trace))
