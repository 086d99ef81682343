"""Those of the crowd who ask a counselor while they wait, and the counselors who answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from apps.accounts.services.issue_tokens import IssuedToken
from apps.rehearsal.client import CrowdClient
from apps.rehearsal.counseling.people import Counselor, Customer, Stage
from apps.rehearsal.counseling.stage import Centre
from apps.rehearsal.counseling.verdict import audit_conversations
from apps.rehearsal.on_sale.figures import Figures
from apps.rehearsal.tally import Counted, Tally
from apps.rehearsal.verdict import Finding

CONNECTIONS = 20
SETTLING_SECONDS = 10.0
LOOK_SECONDS = 0.1


class _AnswerCounted:
    """A tally's answer, as the figures take it."""

    def __init__(self, answer: Counted) -> None:
        self.status = answer.status
        self.body = b'{"code":"%s"}' % answer.code.encode()


class _IntoFigures(Tally):
    """Counts conversations among the crowd's calls."""

    def __init__(self, figures: Figures) -> None:
        super().__init__()
        self._figures = figures

    def count(self, step: str, answer: Counted, *, started: float, ended: float) -> None:
        self._figures.count(f"counsel: {step}", _AnswerCounted(answer), started=started, ended=ended)


class Asking:
    """The conversations of one rehearsal.

    Args:
        arrivals: seconds from the opening, of the centre's customers in their order.
    """

    def __init__(self, centre: Centre, arrivals: Sequence[float], *, base_url: str, figures: Figures) -> None:
        self.centre = centre
        self._arrivals = arrivals
        self._base_url = base_url
        self._tally = _IntoFigures(figures)
        self._broken: list[BaseException] = [TimeoutError("cut short")]  # until it has come to its end
        self._counselors_failed = 0
        self._stage: Stage | None = None

    async def play(self, *, opened_at: float) -> None:
        """Let everybody ask at their time, and the counselors answer, until all conversations have ended."""
        async with CrowdClient(self._base_url, connections=CONNECTIONS, tally=self._tally) as client:
            stage = self._stage = Stage(
                socket_url=self._base_url.replace("http", "ws", 1) + "/ws",
                client=client,
                tally=self._tally,
                category_id=self.centre.category_id,
            )
            counselors = [Counselor(stage, person) for person in self.centre.counselors]
            working = [asyncio.create_task(counselor.play()) for counselor in counselors]
            asking = [
                self._ask(stage, person, at=opened_at + arrival)
                for person, arrival in zip(self.centre.customers, self._arrivals, strict=True)
            ]
            try:
                results = await asyncio.gather(*asking, return_exceptions=True)
                self._broken = [result for result in results if isinstance(result, BaseException)]
                await self._settle(counselors)
            finally:
                self._counselors_failed = sum(task.done() for task in working)
                for task in working:
                    task.cancel()
                await asyncio.gather(*working, return_exceptions=True)
            await asyncio.gather(*(counselor.leave() for counselor in counselors))

    def judge(self) -> list[Finding]:
        """Hold the conversations to what they owe, and see that everybody came to the end."""
        broken, failed = len(self._broken), self._counselors_failed
        example = "".join(f"; {error!r}" for error in self._broken[:1])
        figures = f"{len(self.centre.customers)} asked, {broken} and {failed} counselors broke off{example}"
        heard = self._stage.heard if self._stage is not None else []
        talks = audit_conversations(self.centre, heard)
        return [
            Finding("everybody who asked a counselor was heard to the end", not (broken or failed), figures),
            *talks,
        ]

    @staticmethod
    async def _ask(stage: Stage, person: IssuedToken, *, at: float) -> None:
        await asyncio.sleep(max(0.0, at - time.monotonic()))
        await Customer(stage, person).play()

    @staticmethod
    async def _settle(counselors: Sequence[Counselor]) -> None:
        """Wait until every counselor has heard of the last end."""
        deadline = time.monotonic() + SETTLING_SECONDS
        while time.monotonic() < deadline and any(counselor.is_talking for counselor in counselors):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_SECONDS)
