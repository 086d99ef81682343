"""Just enough HTTP over ASGI for the sandbox."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar
from urllib.parse import parse_qs

import msgspec

from apps.payments.sandbox.codes import Refusal

MAX_BODY_BYTES = 64 * 1024

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Body = TypeVar("Body")


class Response(msgspec.Struct, frozen=True):
    status: int
    body: bytes = b""
    content_type: str = "application/json;charset=UTF-8"
    headers: tuple[tuple[str, str], ...] = ()

    async def send(self, send: Send) -> None:
        headers = [
            (b"content-type", self.content_type.encode("latin-1")),
            (b"content-length", b"%d" % len(self.body)),
            *((name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers),
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Request:
    """One request, its body read whole."""

    def __init__(self, scope: MutableMapping[str, Any], body: bytes, receive: Receive) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.segments = tuple(segment for segment in self.path.split("/") if segment)
        self.body = body
        self._query: bytes = scope.get("query_string", b"")
        self._headers: dict[bytes, bytes] = dict(scope["headers"])
        self._receive = receive

    @property
    def base_url(self) -> str:
        return f"http://{self.header('host') or '127.0.0.1'}"

    @property
    def query(self) -> dict[str, str]:
        return _single(self._query)

    @property
    def wants_english(self) -> bool:
        return self.header("accept-language").startswith("en")

    def header(self, name: str) -> str:
        """Return a header by its name in small letters; empty where it was not sent."""
        return self._headers.get(name.encode("latin-1"), b"").decode("latin-1")

    def form(self) -> dict[str, str]:
        return _single(self.body)

    def json(self, shape: type[Body]) -> Body:
        """Decode the body as `shape`.

        Raises:
            Refusal: it is not one (400 INVALID_REQUEST).
        """
        try:
            return msgspec.json.decode(self.body, type=shape)
        except msgspec.DecodeError as error:
            raise Refusal("INVALID_REQUEST", str(error)) from error

    async def disconnected(self) -> None:
        """Wait until the client has gone."""
        while (await self._receive())["type"] != "http.disconnect":
            pass


class ClientGone(Exception):
    """The client went away before its whole request was here."""


async def read_body(receive: Receive) -> bytes:
    """Read the whole body.

    Raises:
        ClientGone: only a part of it came, which is no request: it is not carried out, and its key not remembered.
        Refusal: it is too large (413 INVALID_REQUEST).
    """
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise Refusal("INVALID_REQUEST", "The body is too large.", status=413)
        if not message.get("more_body"):
            return body


def json_response(status: int, document: Any) -> Response:
    return Response(status, msgspec.json.encode(document))


def redirect(location: str) -> Response:
    return Response(303, headers=(("location", location),))


def _single(encoded: bytes) -> dict[str, str]:
    pairs = parse_qs(encoded.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in pairs.items()}
