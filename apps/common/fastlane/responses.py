"""Answers: a status, a body and headers, and how they go out."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from apps.common.errors import PROBLEM_CONTENT_TYPE, DomainError
from apps.common.sockets.http_protocol import WHOLE_RESPONSE, WriteResponse

JSON_TYPE = (b"content-type", b"application/json")
PROBLEM_TYPE = (b"content-type", PROBLEM_CONTENT_TYPE.encode())
WITHOUT_BODY = frozenset({204, 304})

Header = tuple[bytes, bytes]
Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

encode = msgspec.json.Encoder().encode


class Response(msgspec.Struct, frozen=True, gc=False):
    """An answer ready to be sent, any number of times. `code` is the error code that it is counted under."""

    status: int
    body: bytes = b""
    headers: Sequence[Header] = ()
    code: str = ""

    async def send(self, send: Send, *, more_headers: Sequence[Header] = (), head_only: bool = False) -> None:
        """Send it by ASGI's messages; for HEAD without the body but with its length."""
        headers = self._all_headers(more_headers)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if head_only else self.body})

    def write(self, scope: Scope, *, more_headers: Sequence[Header] = (), head_only: bool = False) -> bool:
        """Write it at once where the server takes answers whole and the client reads; tell whether that was done."""
        extensions = scope.get("extensions")
        if extensions is None or WHOLE_RESPONSE not in extensions:
            return False
        write: WriteResponse = extensions[WHOLE_RESPONSE]
        return write(self.status, self._all_headers(more_headers), b"" if head_only else self.body)

    def as_bytes(self) -> bytes:
        """Return it as it goes over the wire (HTTP/1.1), but for the date."""
        lines = [b"%b: %b\r\n" % header for header in self._all_headers(())]
        return b"%b%b\r\n%b" % (STATUS_LINE[self.status], b"".join(lines), self.body)

    def _all_headers(self, more_headers: Sequence[Header]) -> list[Header]:
        headers = [*self.headers, *more_headers]
        if self.status not in WITHOUT_BODY:
            headers.append((b"content-length", b"%d" % len(self.body)))
        return headers


def json_response(status: int, content: Any, headers: Sequence[Header] = ()) -> Response:
    """Answer with JSON; `content` is a Struct or anything else that msgspec encodes."""
    return Response(status, encode(content), (JSON_TYPE, *headers))


def empty_response(status: int = 204, headers: Sequence[Header] = ()) -> Response:
    """Answer without a body."""
    return Response(status, b"", headers)


def problem_response(error: DomainError, headers: Sequence[Header] = ()) -> Response:
    """Answer a refusal with its problem document (RFC 9457)."""
    more = [(name.lower().encode(), value.encode()) for name, value in own.items()] if (own := error.headers()) else ()
    return Response(error.status, encode(error.problem()), (PROBLEM_TYPE, *more, *headers), error.code)
