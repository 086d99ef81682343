"""SockJS over HTTP (SockJS protocol 0.3.3): info, xhr, xhr_streaming, eventsource, xhr_send. Plain ASGI."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from apps.common.errors import DomainError, ServiceUnavailable
from apps.common.http.addresses import crowd_network_of_scope
from apps.common.limits import SOCKJS_BODY_BYTES, SOCKJS_FIRST_BODY_BYTES
from apps.stomp.budgets import CONNECTIONS
from apps.stomp.origins import is_allowed_origin
from apps.stomp.server import StompServer
from apps.stomp.sockjs.framing import BadFrame, read_messages
from apps.stomp.sockjs.sessions import MAX_SESSIONS, STILL_OPEN, SockJSSession

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Header = tuple[bytes, bytes]

STREAMED_BYTES = 128 * 1024  # then the client asks again, so that its memory does not grow
BODY_SECONDS = 30.0  # for all of a body
REFUSED = {413: (1009, "message too big"), 408: (1008, "too slow")}  # the session's end with an answer
SERVICE_RESTART = (1012, "Service restart")  # what uvicorn tells a WebSocket
YEAR_SECONDS = 31_536_000
PATH = re.compile(r"^/ws/connect/(?P<server>[^/.]+)/(?P<session>[^/.]+)/(?P<transport>[a-z_]+)$")
METHODS = {"xhr": "POST", "xhr_streaming": "POST", "xhr_send": "POST", "eventsource": "GET"}
NEVER_CACHED = (b"cache-control", b"no-store, no-cache, no-transform, must-revalidate, max-age=0")
TEXT = b"text/plain; charset=UTF-8"
SCRIPT = b"application/javascript; charset=UTF-8"


class ClientGone(Exception):
    """The client went away before its body was complete."""


class BodyRefused(Exception):
    """The body is larger than anything that may be said at once (413), or does not come (408)."""

    def __init__(self, status: int, text: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.text = text


class SockJSApplication:
    """Everything under /ws/connect that is not a WebSocket."""

    def __init__(self, server: StompServer) -> None:
        self._server = server
        self._sessions: dict[str, SockJSSession] = {}

    def end(self) -> None:
        """Tell the clients that this process is to end: a stream would go on, and the process wait for it."""
        for session in self._sessions.values():
            session.close(*SERVICE_RESTART)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method, cors = scope["path"], scope["method"], _cors(scope["headers"])
        if not is_allowed_origin(scope["headers"]):
            await _answer(send, 403, b"", cors=[])
            return
        match = PATH.match(path)
        if path in ("/ws/connect", "/ws/connect/") and method in ("GET", "HEAD"):
            await _answer(send, 200, b"Welcome to SockJS!\n", cors=[])
        elif path == "/ws/connect/info":
            await self._info(method, send, cors)
        elif match is None or match["transport"] not in METHODS:
            await _answer(send, 404, b"", cors=[])
        else:
            await self._transport(match, scope, receive, send)

    async def _info(self, method: str, send: Send, cors: list[Header]) -> None:
        if method == "OPTIONS":
            await _preflight(send, cors, "OPTIONS, GET")
        elif method in ("GET", "HEAD"):
            info = {"websocket": True, "origins": ["*:*"], "cookie_needed": False, "entropy": secrets.randbits(32)}
            body = json.dumps(info).encode()
            await _answer(send, 200, body, content_type=b"application/json; charset=UTF-8", cors=cors)
        else:
            await _answer(send, 405, b"", cors=[(b"allow", b"OPTIONS, GET")])

    async def _transport(self, match: re.Match[str], scope: Scope, receive: Receive, send: Send) -> None:
        session_id, transport = match["session"], match["transport"]
        cors, method = _cors(scope["headers"]), METHODS[match["transport"]]
        if scope["method"] == "OPTIONS":
            await _preflight(send, cors, f"OPTIONS, {method}")
        elif scope["method"] != method:
            await _answer(send, 405, b"", cors=[(b"allow", f"OPTIONS, {method}".encode())])
        elif transport == "xhr_send":
            await self._send(session_id, receive, send, cors)
        else:
            await self._receive(session_id, transport, receive, send, cors, network=crowd_network_of_scope(scope))

    async def _send(self, session_id: str, receive: Receive, send: Send, cors: list[Header]) -> None:
        """Take what the client says."""
        session = self._sessions.get(session_id)
        if session is None:
            await _answer(send, 404, b"", cors=cors)
            return
        try:
            body = await _body(receive, limit=SOCKJS_BODY_BYTES if session.is_logged_in else SOCKJS_FIRST_BODY_BYTES)
            messages = read_messages(body) if body else None
        except BadFrame as error:
            await _answer(send, 500, str(error).encode(), cors=cors)
            return
        except BodyRefused as refusal:
            session.refuse(*REFUSED[refusal.status])  # what was said is lost
            await _answer(send, refusal.status, refusal.text, cors=[*cors, (b"connection", b"close")])
            return
        except ClientGone:
            return
        if messages is None:
            await _answer(send, 500, b"Payload expected.", cors=cors)
            return
        await session.receive(messages)
        await _answer(send, 204, b"", cors=cors)

    async def _receive(
        self, session_id: str, transport: str, receive: Receive, send: Send, cors: list[Header], *, network: str | None
    ) -> None:
        """Send what waits for the client: one frame to `xhr`, many to the streaming transports."""
        try:
            await _body(receive, limit=SOCKJS_FIRST_BODY_BYTES)
        except BodyRefused as refusal:
            await _answer(send, refusal.status, refusal.text, cors=[*cors, (b"connection", b"close")])
            return
        except ClientGone:
            return
        try:
            session = self._sessions.get(session_id) or await self._new_session(session_id, network)
        except DomainError as error:
            retry_after = error.headers()["Retry-After"].encode()
            await _answer(send, error.status, b"", cors=[*cors, (b"retry-after", retry_after)])
            return
        response = _Response(transport, send, cors)
        await response.start()
        if session.is_received:
            await response.write(STILL_OPEN)
            await response.end()
            return
        session.attach(response)
        leaving = asyncio.ensure_future(_until_gone(receive))
        writing = asyncio.ensure_future(_stream(session, response, once=transport == "xhr"))
        try:
            await asyncio.wait((leaving, writing), return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                session.interrupt()
        finally:
            leaving.cancel()
            writing.cancel()
            session.detach(response)
        if writing.done() and not writing.cancelled():
            writing.result()

    async def _new_session(self, session_id: str, network: str | None) -> SockJSSession:
        """Begin a session; raise OverBudget, or ServiceUnavailable where this process has too many."""
        if len(self._sessions) >= MAX_SESSIONS:
            raise ServiceUnavailable
        budgets = self._server.budgets
        address = budgets.address(network)
        await budgets.take(CONNECTIONS, address)
        session = self._sessions.get(session_id)
        if session is not None:  # another request has begun it meanwhile
            budgets.give_back(CONNECTIONS, address)
            return session
        session = self._sessions[session_id] = SockJSSession(self._server, self._sessions, session_id, network=network)
        return session


async def _stream(session: SockJSSession, response: _Response, *, once: bool) -> None:
    while True:
        await response.write(await session.next_frame())
        if once or session.is_closed or response.sent_bytes > STREAMED_BYTES:
            session.detach(response)  # first: whoever has read the end may ask again at once
            await response.end()
            return


class _Response:
    """A response in the form that its transport has."""

    def __init__(self, transport: str, send: Send, cors: list[Header]) -> None:
        self._send = send
        self._cors = cors
        self._is_event_source = transport == "eventsource"
        self._prelude = {"eventsource": b"\r\n", "xhr_streaming": b"h" * 2048 + b"\n"}.get(transport, b"")
        self.sent_bytes = 0

    async def start(self) -> None:
        kind = b"text/event-stream; charset=UTF-8" if self._is_event_source else SCRIPT
        headers = [(b"content-type", kind), NEVER_CACHED, (b"x-accel-buffering", b"no"), *self._cors]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        if self._prelude:
            await self._send({"type": "http.response.body", "body": self._prelude, "more_body": True})

    async def write(self, frame: str) -> None:
        body = f"data: {frame}\r\n\r\n" if self._is_event_source else f"{frame}\n"
        self.sent_bytes += len(body)
        await self._send({"type": "http.response.body", "body": body.encode(), "more_body": True})

    async def end(self) -> None:
        await self._send({"type": "http.response.body", "body": b""})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _body(receive: Receive, *, limit: int) -> bytes:
    """Return the whole body; raise BodyRefused or ClientGone."""
    chunks = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                chunks += message.get("body", b"")
                if len(chunks) > limit:
                    raise BodyRefused(413, b"Payload too large.")
                if not message.get("more_body", False):
                    return bytes(chunks)
    except TimeoutError:
        raise BodyRefused(408, b"The body did not come in time.") from None


def _cors(headers: Iterable[Header]) -> list[Header]:
    """Let a page of ours on another host read the answer."""
    origin = next((value for name, value in headers if name == b"origin"), None)
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"vary", b"Origin"),
    ]


async def _preflight(send: Send, cors: list[Header], methods: str) -> None:
    headers = [
        *cors,
        (b"access-control-allow-methods", methods.encode()),
        (b"access-control-allow-headers", b"content-type"),
        (b"access-control-max-age", str(YEAR_SECONDS).encode()),
        (b"cache-control", f"public, max-age={YEAR_SECONDS}".encode()),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body"})


async def _answer(send: Send, status: int, body: bytes, *, cors: list[Header], content_type: bytes = TEXT) -> None:
    headers = [NEVER_CACHED, (b"content-type", content_type), *cors]
    if status != 204:  # noqa: PLR2004 - No Content has no length (RFC 9110)
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
