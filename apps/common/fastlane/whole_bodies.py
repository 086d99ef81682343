"""Bodies without a length, for an application behind WSGI: it knows a body by its Content-Length only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from apps.common.errors import PayloadTooLarge
from apps.common.fastlane.requests import ClientGone, Receive, Scope, read_body, replay
from apps.common.fastlane.responses import Send, problem_response

Application = Callable[[Any, Any, Any], Awaitable[None]]


def whole_bodies(application: Application) -> Application:
    """Read a chunked body before `application` is called, and give it the length that it lacks.

    Django would take such a body for an empty one, and a webhook for one that says nothing.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if not _is_chunked(scope):
            await application(scope, receive, send)
            return
        try:
            body = await read_body(receive, {})
        except PayloadTooLarge as error:
            await problem_response(error).send(send)
        except ClientGone:
            return
        else:
            await application(_with_length(scope, len(body)), replay(body, receive), send)

    return answer


def _is_chunked(scope: Scope) -> bool:
    return scope["type"] == "http" and any(name == b"transfer-encoding" for name, _ in scope["headers"])


def _with_length(scope: Scope, length: int) -> Scope:
    framing = {b"transfer-encoding", b"content-length"}
    headers = [(name, value) for name, value in scope["headers"] if name not in framing]
    return {**scope, "headers": [*headers, (b"content-length", str(length).encode())]}
