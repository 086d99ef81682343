"""Calls as bytes: written to a file once, so that the client only has to send them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. A `body` is sent as JSON."""

    method: str
    path: str
    token: str = ""
    body: Any = None
    headers: tuple[str, ...] = ()

    def encode(self) -> bytes:
        """Return the request as it goes over the wire (RFC 9112)."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1", *self.headers]
        if self.token:
            lines.append(f"Authorization: Bearer {self.token}")
        content = b""
        if self.body is not None:
            content = msgspec.json.encode(self.body)
            lines.append("Content-Type: application/json")
        if self.method == "POST":
            lines.append(f"Content-Length: {len(content)}")
        return "\r\n".join([*lines, "", ""]).encode() + content


@dataclass(frozen=True, slots=True)
class CallFile:
    """A file of calls as replay.lua reads it: each request after a line with its length."""

    path: Path
    count: int

    @classmethod
    def write(cls, path: Path, calls: Iterable[Call]) -> CallFile:
        count = 0
        with path.open("wb") as file:
            for call in calls:
                request = call.encode()
                file.write(b"%d\n%s" % (len(request), request))
                count += 1
        return cls(path, count)
