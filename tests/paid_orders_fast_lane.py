"""Orders whose payments and cancellations go through the fast lane, on an event loop in a thread of its own."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from a2wsgi import WSGIMiddleware

from apps.common.database.finished_work import close_forgetting
from apps.common.database.threads import database_threads
from apps.common.fastlane import FastLane, Route
from apps.common.fastlane.routes import Router
from apps.common.http.requests import make_django_application
from apps.common.redis import pipelined_redis
from apps.orders.fast import ROUTES as ORDER_ROUTES
from apps.orders.fast import close_writers
from apps.payments.fast import ROUTES as PAYMENT_ROUTES
from apps.payments.fast import close_payments
from apps.payments.gateway.provider import close_async_gateways
from tests.fast_lane import client_of
from tests.paid_orders import PaidOrders, access_token
from tests.payment_sandbox import PrivateSandbox

ROUTES = [*PAYMENT_ROUTES, *(route for route in ORDER_ROUTES if route.path.endswith("/cancel"))]

Result = TypeVar("Result")


class LaneThread:
    """Some routes of the fast lane, called from threads; `close` is what ends their writers."""

    def __init__(self, routes: Sequence[Route], *, close: Sequence[Callable[[], None]] = ()) -> None:
        self._closing = close
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fast lane", daemon=True)
        self._thread.start()
        self._django = WSGIMiddleware(make_django_application(), workers=4)
        self._client = client_of(FastLane(routes, fallback=self._django))

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
        self._django.executor.shutdown()
        database_threads().close()
        database_threads.cache_clear()

    async def _close(self) -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        # Those that forget finished work would gather more of it for half a second.
        await asyncio.gather(close_forgetting(), *others, return_exceptions=True)
        await close_payments()
        await close_writers()
        await close_forgetting()
        for close in self._closing:
            close()
        await close_async_gateways()
        await self._client.aclose()
        await pipelined_redis().aclose()


class PaidOrdersFastLane(PaidOrders):
    """The same performance, buyers and calls; what the fast lane has is asked of it."""

    def __init__(self, sandbox: PrivateSandbox, lane: LaneThread) -> None:
        super().__init__(sandbox)
        self.lane = lane
        self._finds = Router(ROUTES).find

    def post(self, path: str, body: Any, *, user_id: int | None = None, **headers: str) -> Any:
        if self._finds(urlsplit(path).path) is None:
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
    """Run routes, by default those that pay and cancel, for as long as the block takes."""
    lane = LaneThread(routes, close=close)
    try:
        yield lane
    finally:
        lane.close()
