"""How somebody inside makes a call: a fault is written down, and the call made again as the site's pages do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from apps.rehearsal.on_sale.connection import Answer
from apps.rehearsal.on_sale.sale import TOO_MANY_REQUESTS, Outcome, Sale

FORBIDDEN = 403
ATTEMPTS = 3
LONGEST_WAIT_SECONDS = 10.0


class Stuck(Exception):
    """The visit ends here, as `outcome` says."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class Visit:
    """The calls of one visit."""

    def __init__(self, sale: Sale) -> None:
        self._sale = sale

    async def ask(self, kind: str, call: Callable[[], Awaitable[Answer]]) -> Answer:
        """Call, up to `ATTEMPTS` times where the platform fails.

        Raises:
            Stuck: it fails each time, or the pass has ended.
        """
        for attempt in range(1, ATTEMPTS + 1):
            answer = await call()
            if not answer.is_fault and answer.status != TOO_MANY_REQUESTS:
                break
            self._sale.note_inside(kind, answer)
            if attempt == ATTEMPTS:
                raise Stuck(Outcome.BROKE_OFF)
            await asyncio.sleep(min(LONGEST_WAIT_SECONDS, answer.retry_after or attempt))
        if answer.status == FORBIDDEN:
            raise Stuck(Outcome.PUT_OUT)
        return answer

    def expect(self, answer: Answer, *statuses: int) -> None:
        """Raise Stuck for any other status than these, and keep what it was."""
        if answer.status not in statuses:
            self._sale.note_surprise(answer)
            raise Stuck(Outcome.BROKE_OFF)
