"""What a handler is given, and the decoding of bodies and queries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from apps.common import errors

MAX_QUERY_FIELDS = 100

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]

LOCATED_AT = " - at `"
MISSING, END_OF_NAME = "Object missing required field `", "`"
MAX_MESSAGE = 200  # characters; some messages of msgspec repeat the value


class ClientGone(Exception):
    """The client went away before its body was complete; there is nobody to answer."""


class Request(msgspec.Struct, eq=False):
    """One request of a route: what the path, the query, the body and the token said."""

    scope: Scope
    path_params: Mapping[str, Any]
    headers: dict[bytes, bytes]  # by lower-case name
    query: Any = None  # the route's query Struct
    content: bytes | None = None  # the body as it came, where the route has one
    body: Any = None  # the route's body Struct
    user: Any = None  # its Claims; None where the route does without and no token came

    def header(self, name: str) -> str | None:
        """Return a header's value by its lower-case name."""
        value = self.headers.get(name.encode())
        return None if value is None else value.decode("latin-1")


def bearer_token(headers: dict[bytes, bytes]) -> bytes | None:
    """Return the token of `Authorization: Bearer`; None without one or with another scheme."""
    value = headers.get(b"authorization")
    if value is None:
        return None
    scheme, _, token = value.partition(b" ")
    if scheme != b"Bearer" and scheme.lower() != b"bearer":
        return None
    return token.strip()


def decode_query(scope: Scope, decoder: type[msgspec.Struct]) -> Any:
    """Read the query string into the route's Struct; numbers are taken from text."""
    try:
        fields = dict(parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=MAX_QUERY_FIELDS))
    except ValueError as error:
        raise errors.ValidationFailed("The query string is not valid") from error
    try:
        return msgspec.convert(fields, decoder, strict=False)
    except msgspec.ValidationError as error:
        raise validation_failed(error) from error


def replay(body: bytes, receive: Receive) -> Receive:
    """Hand over a body that was read already, then whatever the client does next."""
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> dict[str, Any]:
        return messages.pop() if messages else await receive()

    return receive_again


def decode_body(body: bytes, *, headers: dict[bytes, bytes], decoder: msgspec.json.Decoder[Any]) -> Any:
    """Decode a JSON body into the route's Struct; fields that it does not know are passed over.

    No body at all stands for an empty object: what may be left out may be left out altogether.
    """
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if body and media_type != b"application/json":
        raise errors.UnsupportedMediaType
    try:
        return decoder.decode(body or b"{}")
    except msgspec.ValidationError as error:
        raise validation_failed(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise errors.MalformedBody from error


def validation_failed(error: msgspec.ValidationError) -> errors.ValidationFailed:
    """Name the field that msgspec stumbled over, as `{field: [message]}`."""
    message, field = str(error), ""
    if message.endswith(END_OF_NAME) and LOCATED_AT in message:
        message, _, path = message[:-1].rpartition(LOCATED_AT)
        field = path.removeprefix("$").removeprefix(".")
    if message.startswith(MISSING):
        name = message.removeprefix(MISSING).removesuffix(END_OF_NAME)
        field = f"{field}.{name}" if field else name
        message = "This field is required."
    return errors.ValidationFailed(errors={field: [message[:MAX_MESSAGE]]})
