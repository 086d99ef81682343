"""Django's WSGI application behind the event loop: whole bodies, a bounded number of threads, whole answers.

A thread is taken for a request that is here as a whole, and comes back when Django has answered, whatever the
client does meanwhile (docs/web-process.md). When all threads are busy requests wait in
queues with a bound each, those nearest to a ticket first; what does not fit is refused with 503.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from io import BytesIO
from random import uniform
from re import Pattern
from typing import IO, Any

from apps.common.errors import DomainError, InternalError, NotAuthenticated, ServiceUnavailable
from apps.common.fastlane.bodies import MAX_BODY_BYTES, bodies, has_body
from apps.common.fastlane.ranked_threads import QueueFull, RankedThreads
from apps.common.fastlane.requests import ClientGone, Receive, Scope, bearer_token
from apps.common.fastlane.responses import Response, Send, problem_response
from apps.common.fastlane.tokens import token_verifier
from apps.common.fastlane.wsgi import Answer, WSGIApplication, call, environ_of

MULTIPART = b"multipart/form-data"
RETRY_SECONDS = (2.0, 5.0)  # spread, so that who is sent away does not come back together

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Upload:
    """A POST whose body may be larger than others', up to `max_bytes`.

    With `bearer` it is taken from callers with a good access token only: nobody else's megabytes are read.
    """

    path: Pattern[str]
    max_bytes: int
    bearer: bool = True


class DjangoLane:
    """An ASGI application that answers HTTP requests by a WSGI application.

    Args:
        threads: of the application, and how many requests of each class may wait for one of them.
        others: how many of the threads may have a request that does not go before others.
        first: says of a path whether it goes before others.
        hashing: says of a path whether passwords are hashed there: it waits in a queue of its own, so that nobody but
            such waits for those who wait for a place to hash in, and has half of the others' threads.
        apart: says of a path that it has threads of its own: the platform's health is asked for under any load.
        busy_page: the page of a 503, by the seconds until the next try and whether a browser may try by itself.
    """

    APART_THREADS = 2
    APART_WAITING = 32

    def __init__(
        self,
        application: WSGIApplication,
        *,
        threads: int,
        others: int,
        waiting: int,
        first: Callable[[str], bool],
        hashing: Callable[[str], bool],
        apart: Callable[[str], bool],
        uploads: Sequence[Upload] = (),
        busy_page: Callable[[int, bool], bytes],
    ) -> None:
        self._application = application
        most = (threads, others, max(1, others // 2))
        self._threads = RankedThreads(threads, waiting=(waiting,) * len(most), most=most, name="django")
        self._threads_apart = RankedThreads(self.APART_THREADS, waiting=(self.APART_WAITING,), name="django-apart")
        self._first = first
        self._hashing = hashing
        self._apart = apart
        self._uploads = uploads
        self._busy_page = busy_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        try:
            body, length = await self._body(scope, headers, receive)
        except DomainError as error:
            await problem_response(error).send(send)
            return
        except ClientGone:
            return
        try:
            answer = await self._answer(scope, receive, body=body, length=length)
        except QueueFull:
            await self._busy(scope, headers).send(send, head_only=scope["method"] == "HEAD")
            return
        except ClientGone:
            return
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            await problem_response(InternalError()).send(send)
            return
        finally:
            if body is not None:
                body.close()
        try:
            await answer.send(scope, send, head_only=scope["method"] == "HEAD")
        finally:
            answer.close()

    async def _body(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive
    ) -> tuple[IO[bytes] | None, int | None]:
        if not has_body(scope, headers):
            return None, None
        limit = MAX_BODY_BYTES
        upload = next((known for known in self._uploads if known.path.match(scope["path"])), None)
        if upload is not None and headers.get(b"content-type", b"").lower().startswith(MULTIPART):
            if upload.bearer:
                token = bearer_token(headers)
                if token is None:
                    raise NotAuthenticated
                token_verifier().verify(token)
            limit = upload.max_bytes
        return await bodies().open(receive, headers, limit=limit)

    async def _answer(self, scope: Scope, receive: Receive, *, body: IO[bytes] | None, length: int | None) -> Answer:
        """Wait for a thread and let it answer; raise QueueFull, or ClientGone where nobody waits any more."""
        path, environ = scope["path"], environ_of(scope, body or BytesIO(), length)
        apart = self._apart(path)
        threads = self._threads_apart if apart else self._threads
        rank = 0 if apart or self._first(path) else 2 if self._hashing(path) else 1
        if threads.has_free(rank):
            await threads.enter(rank)
        else:
            await _while_there(threads.enter(rank), receive)
        return await threads.run(rank, call, self._application, environ)

    def _busy(self, scope: Scope, headers: dict[bytes, bytes]) -> Response:
        seconds = uniform(*RETRY_SECONDS)
        error = ServiceUnavailable(retry_after=seconds)
        if b"text/html" not in headers.get(b"accept", b""):
            return problem_response(error)
        retry = error.headers()["Retry-After"]
        page = self._busy_page(int(retry), scope["method"] in ("GET", "HEAD"))
        own = ((b"content-type", b"text/html; charset=utf-8"), (b"cache-control", b"no-store"))
        return Response(error.status, page, (*own, (b"retry-after", retry.encode())), error.code)


async def _while_there(waiting: Coroutine[Any, Any, None], receive: Receive) -> None:
    """Wait as long as the client does; raise ClientGone where it goes first."""
    turn, gone = asyncio.ensure_future(waiting), asyncio.ensure_future(_gone(receive))
    try:
        await asyncio.wait((turn, gone), return_when=asyncio.FIRST_COMPLETED)
        if not turn.done():
            raise ClientGone
        turn.result()
    finally:
        turn.cancel()
        gone.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
