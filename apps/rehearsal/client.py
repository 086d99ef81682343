"""The crowd's HTTP client: a bounded number of connections, every answer measured."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import msgspec

from apps.rehearsal.tally import Tally

TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came back with; `status` is 0 when no answer came."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The problem's code, or the status of an answer that is none."""
        return str(self.body.get("code") or self.status or "no answer")


class CrowdClient:
    """Calls the platform for many people over at most `connections` connections.

    The time of a call begins when it is made, so the wait for a free connection counts.
    """

    def __init__(self, base_url: str, *, connections: int, tally: Tally) -> None:
        self._base_url = base_url.rstrip("/")
        self._connections = connections
        self._tally = tally

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=60),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._session.close()

    async def call(
        self, step: str, method: str, path: str, *, token: str = "", body: dict[str, Any] | None = None
    ) -> Answer:
        """Make one call and count it under `step`; `path` may be a whole address."""
        url = path if "://" in path else self._base_url + path
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = msgspec.json.encode(body)
        started = time.perf_counter()
        try:
            async with self._session.request(method, url, data=data, headers=headers) as response:
                answer = Answer(response.status, _decode(await response.read()))
        except (aiohttp.ClientError, TimeoutError) as error:
            answer = Answer(0, {"code": type(error).__name__})
        self._tally.count(step, answer, started=started, ended=time.perf_counter())
        return answer


def _decode(content: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(content) if content else {}
    except msgspec.DecodeError:
        return {}
    return decoded if isinstance(decoded, dict) else {}
