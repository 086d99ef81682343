"""Idempotency-Key as documented: scope is key, API key, URL and method; the body is no part of it.

A repeat gets the first answer, byte for byte, a 4xx included. While the first is still on its way
a repeat is refused. An answer that did not come from the payment (5xx, 409, 429) is not remembered.
"""

from __future__ import annotations

from apps.payments.sandbox.archive import Archive
from apps.payments.sandbox.clock import Clock
from apps.payments.sandbox.codes import Refusal
from apps.payments.sandbox.http import Request, Response
from apps.payments.sandbox.records import Answer

MAX_KEY_LENGTH = 300
VALID_SECONDS = 15 * 24 * 3600
PASSING = frozenset({409, 429})
SERVER_ERROR = 500


class IdempotencyKeys:
    def __init__(self, archive: Archive, clock: Clock) -> None:
        self._archive = archive
        self._clock = clock
        self._running: set[str] = set()

    def scope_of(self, request: Request) -> str | None:
        """Return what a repeat is recognised by, or None for a call without a key (GET ignores it)."""
        key = request.header("idempotency-key")
        if not key or request.method != "POST":
            return None
        if len(key) > MAX_KEY_LENGTH:
            raise Refusal("INVALID_IDEMPOTENCY_KEY")
        return "\n".join((key, request.header("authorization"), request.method, request.path))

    def begin(self, scope: str) -> Response | None:
        """Return the answer to replay, or None where this call is the first and has to be finished."""
        if scope in self._running:
            raise Refusal("IDEMPOTENT_REQUEST_PROCESSING")
        answer = self._archive.answer(scope)
        if answer is not None and self._clock.now() < answer.at + VALID_SECONDS:
            return Response(answer.status, answer.body)
        self._running.add(scope)
        return None

    def finish(self, scope: str, response: Response | None) -> None:
        """End a call; with None, or an answer that says nothing of the payment, a repeat starts anew."""
        self._running.discard(scope)
        if response is None or response.status >= SERVER_ERROR or response.status in PASSING:
            return
        answer = Answer(status=response.status, body=response.body, at=self._clock.now())
        self._archive.put_answer(scope, answer)
