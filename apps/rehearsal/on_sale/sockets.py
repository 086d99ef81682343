"""Those who watch by WebSocket: the line while they wait, the seats while they choose. Their number is bounded."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from websockets.exceptions import WebSocketException

from apps.rehearsal.counseling.line import Line, Refused
from apps.rehearsal.on_sale.figures import Figures
from apps.rehearsal.on_sale.seats import View

BROKEN = (OSError, TimeoutError, WebSocketException, Refused)


@dataclass(frozen=True, slots=True)
class _Listened:
    """That a subscription was made, or not, as the figures take it."""

    status: int
    body: bytes = b""


class Watch:
    """One connection that listens to one destination until it is stopped."""

    def __init__(
        self, sockets: Sockets, token: str, destination: str, *, kind: str, heard: Callable[[Any], None]
    ) -> None:
        self._sockets = sockets
        self._token = token
        self._destination = destination
        self._kind = kind
        self._heard = heard
        self._task = asyncio.get_running_loop().create_task(self._listen())
        self._task.add_done_callback(lambda _: sockets.gave_back(kind))

    def stop(self) -> None:
        self._task.cancel()

    async def _listen(self) -> None:
        sockets, started, is_listening = self._sockets, time.monotonic(), False
        try:
            async with Line.open(sockets.url, self._token) as line:
                queue = await line.subscribe(self._destination)
                is_listening = True
                sockets.count(self._kind, _Listened(200), started)
                while True:
                    self._heard(await queue.get())
                    sockets.messages += 1
        except BROKEN:
            if not is_listening:
                sockets.count(self._kind, _Listened(0), started)
            sockets.broken += 1


class SeatNews:
    """The live news of the seats that one person has heard."""

    def __init__(self) -> None:
        self._payloads: deque[dict[str, Any]] = deque()
        self._from: int | None = None
        self.watch: Watch

    def hear(self, payload: dict[str, Any]) -> None:
        if self._from is None:
            self._from = payload["version"]
        self._payloads.append(payload)

    def bring_up_to_date(self, view: View) -> bool:
        """Apply what was told. False where that is not all: not connected yet, or something was missed."""
        if self._from is None or self._from > view.version:
            return False
        is_whole = True
        while self._payloads:
            payload = self._payloads.popleft()
            if payload.get("reset"):
                is_whole = False
            elif payload["version"] > view.version:
                view.apply(payload["changed"], payload["version"])
        return is_whole


class Sockets:
    """Hands out half of `limit` connections for the line and half for the seats; whoever gets none polls."""

    def __init__(self, url: str, *, limit: int, performance_id: int, figures: Figures) -> None:
        self.url = url
        self._free = {"watch line": limit // 2, "watch seats": limit - limit // 2}
        self._performance_id = performance_id
        self._figures = figures
        self.messages = 0
        self.broken = 0

    def watch_line(self, token: str) -> Watch | None:
        """Watch the line move on; None where no connection is to be had."""
        return self._watch(token, f"/sub/waiting-room/{self._performance_id}", "watch line", lambda _: None)

    def watch_seats(self, token: str) -> SeatNews | None:
        """Watch the seats change; the news come with what stops them."""
        news = SeatNews()
        watch = self._watch(token, f"/sub/performances/{self._performance_id}/seats", "watch seats", news.hear)
        if watch is None:
            return None
        news.watch = watch
        return news

    def count(self, kind: str, outcome: _Listened, started: float) -> None:
        self._figures.count(kind, outcome, started=started, ended=time.monotonic())

    def gave_back(self, kind: str) -> None:
        self._free[kind] += 1

    def _watch(self, token: str, destination: str, kind: str, heard: Callable[[Any], None]) -> Watch | None:
        if not self._free[kind]:
            return None
        self._free[kind] -= 1
        return Watch(self, token, destination, kind=kind, heard=heard)
