"""A box office whose confirmations and webhooks go through the fast lane, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

from apps.common.fastlane import FastLane, Route
from apps.common.redis import pipelined_redis
from apps.common.threads import database_threads
from apps.payments.fast import ROUTES, close_payments
from apps.payments.gateway.provider import close_async_gateway
from tests.box_office import BoxOffice, access_token
from tests.lanes import client_of
from tests.payment_sandbox import PrivateSandbox

Result = TypeVar("Result")


async def _nothing(scope: Any, _receive: Any, _send: Any) -> None:
    raise AssertionError(f"{scope['path']} is not on the fast lane")


class LaneThread:
    """Some routes of the fast lane, called from threads; `close` is what ends their writers."""

    def __init__(self, routes: Sequence[Route], *, close: Sequence[Callable[[], None]] = ()) -> None:
        self._closing = close
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fast lane", daemon=True)
        self._thread.start()
        self._client = client_of(FastLane(routes, fallback=_nothing))

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Return what a coroutine returns that runs on the lane's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def post(self, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        return self.run(self._client.post(path, content=content, headers=headers))

    def get(self, path: str, headers: dict[str, str]) -> httpx.Response:
        return self.run(self._client.get(path, headers=headers))

    def close(self) -> None:
        """Commit what waits, give the connections back and end the loop."""
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        database_threads().close()
        database_threads.cache_clear()

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*others, return_exceptions=True)
        await close_payments()
        for close in self._closing:
            close()
        await close_async_gateway()
        await self._client.aclose()
        await pipelined_redis().aclose()


class FastOffice(BoxOffice):
    """The same performance, buyers and calls; what the fast lane has is asked of it."""

    PATHS = frozenset(route.path for route in ROUTES)

    def __init__(self, sandbox: PrivateSandbox, lane: LaneThread) -> None:
        super().__init__(sandbox)
        self.lane = lane

    def post(self, path: str, body: Any, *, user_id: int | None = None, **headers: str) -> Any:
        if path not in self.PATHS:
            return super().post(path, body, user_id=user_id, **headers)
        known = {"Content-Type": "application/json"}
        if user_id:
            known["Authorization"] = f"Bearer {access_token(user_id)}"
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        return self.lane.post(path, content, known | headers)


@contextmanager
def fast_lane_thread(
    routes: Sequence[Route] = ROUTES, *, close: Sequence[Callable[[], None]] = ()
) -> Iterator[LaneThread]:
    """Run routes, by default the payments', for as long as the block takes."""
    lane = LaneThread(routes, close=close)
    try:
        yield lane
    finally:
        lane.close()
