"""The ASGI application of the fast lane: route, token, body, handler, answer."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from msgspec.json import Decoder

from apps.common import errors
from apps.common.database.failures import is_away as database_is_away
from apps.common.fastlane.admission import Admission, refuse_early
from apps.common.fastlane.bodies import bodies
from apps.common.fastlane.counters import count_answer
from apps.common.fastlane.requests import (
    ClientGone,
    Receive,
    Request,
    Scope,
    bearer_token,
    decode_body,
    decode_query,
    replay,
)
from apps.common.fastlane.responses import Response, Send, empty_response, problem_response
from apps.common.fastlane.routes import Address, Route, Router
from apps.common.fastlane.tokens import TokenVerifier, token_verifier
from apps.common.path_patterns import Found
from apps.common.redis import is_away as redis_is_away

MAX_REQUEST_ID_BYTES = 128

Application = Callable[[Any, Any, Any], Awaitable[None]]
Hook = Callable[[], Awaitable[None]]

logger = logging.getLogger(__name__)


class FastLane:
    """Answers its routes, and hands every other request to `fallback`.

    A DomainError that a handler raises is answered with its problem document, an absent Redis or
    database with 503, a bug with a 500 that says nothing of it and a traceback in the log. Whoever may come waits
    for a turn under overload, the nearest to a ticket first, or is told when to come back. Refusals
    are counted, never logged one by one: in a crowd the logger would cost more than the refusal.
    """

    def __init__(
        self,
        routes: Iterable[Route],
        *,
        fallback: Application,
        on_startup: Sequence[Hook] = (),
        on_shutdown: Sequence[Hook] = (),
        verifier: TokenVerifier | None = None,
        admission: Admission | None = None,
    ) -> None:
        routes = list(routes)
        self._router = Router(routes)
        refuse_early(routes)
        self._fallback = fallback
        self._on_startup = on_startup
        self._on_shutdown = on_shutdown
        self._verify = (verifier or token_verifier()).verify
        admission = admission or Admission()
        self._begins, self._comes_up, self._ends = admission.begins, admission.comes_up, admission.ends

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            found = self._router.find(scope["path"])
            if found is not None:
                route = found.entry.methods.get(scope["method"])
                if route is not None or not found.entry.shared:
                    await self._answer(found, route, scope, receive, send)
                    return
                send = _completing_allow(send, found.entry)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        await self._fallback(scope, receive, send)

    async def _answer(
        self, found: Found[Address], route: Route | None, scope: Scope, receive: Receive, send: Send
    ) -> None:
        method, address = scope["method"], found.entry
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request = Request(scope, path_params=found.parameters or {}, headers=headers)
        response: Response | None
        try:
            if route is None:
                response = _without_route(address, method)
            elif found.parameters is None:
                raise errors.NotFound
            else:
                self._check(request, route)
                decoder, rank = route.decoder, route.rank_number
                if decoder is not None and not await _read(request, receive, decoder, partial=route.partial):
                    response = None
                elif self._begins(rank) or (response := await self._comes_up(rank)) is None:
                    try:
                        response = await route.handler(request)
                    finally:
                        self._ends(rank)
        except errors.DomainError as error:
            response = problem_response(error)
        except ClientGone:
            return
        except Exception as error:  # noqa: BLE001 - the edge of the process
            response = problem_response(_as_refusal(error, method=method, path=address.path))
        if response is None:
            left = receive if request.content is None else replay(request.content, receive)
            await self._fallback(scope, left, send)
            return
        count_answer((route.method if route else "", address.path, response.status, response.code))
        request_id = headers.get(b"x-request-id")
        echoed = () if request_id is None else ((b"x-request-id", request_id[:MAX_REQUEST_ID_BYTES]),)
        head_only = method == "HEAD"
        if not response.write(scope, more_headers=echoed, head_only=head_only):
            await response.send(send, more_headers=echoed, head_only=head_only)

    def _check(self, request: Request, route: Route) -> None:
        """Check the token and read the query: what can be refused before the body is here."""
        if route.auth != "none":
            token = bearer_token(request.headers)
            if token is not None:
                request.user = self._verify(token)
            elif route.auth == "required":
                raise errors.NotAuthenticated
        if route.query is not None:
            request.query = decode_query(request.scope, route.query)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Answer the lifespan events, running the hooks in order (ASGI, "Lifespan Protocol")."""
        for phase, hooks in (("startup", self._on_startup), ("shutdown", self._on_shutdown)):
            await receive()
            try:
                for hook in hooks:
                    await hook()
            except Exception as error:
                logger.exception("The %s of the fast lane failed", phase)
                await send({"type": f"lifespan.{phase}.failed", "message": str(error)})
                return
            await send({"type": f"lifespan.{phase}.complete"})


async def _read(request: Request, receive: Receive, decoder: Decoder[Any], *, partial: bool) -> bool:
    """Read and decode the body; a partial route may do without one that it does not know: False."""
    request.content = await bodies().read(receive, request.headers)
    try:
        request.body = decode_body(request.content, headers=request.headers, decoder=decoder)
    except errors.DomainError:
        if partial:
            return False
        raise
    return True


def _without_route(address: Address, method: str) -> Response:
    """Answer a method that the address does not have."""
    allow = [(b"allow", address.allow().encode())]
    if method == "OPTIONS":
        return empty_response(204, allow)
    return problem_response(errors.MethodNotAllowed(), allow)


def _completing_allow(send: Send, address: Address) -> Send:
    """Add the fast lane's methods of a shared address to the `Allow` that the fallback answers."""

    async def complete(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            methods = ", ".join(address.methods).encode()
            message["headers"] = [
                (name, value + b", " + methods if name.lower() == b"allow" else value)
                for name, value in message.get("headers", ())
            ]
        await send(message)

    return complete


def _as_refusal(error: Exception, *, method: str, path: str) -> errors.DomainError:
    if redis_is_away(error) or database_is_away(error):
        return errors.ServiceUnavailable()
    logger.error("%s %s failed", method, path, exc_info=error)
    return errors.InternalError()
