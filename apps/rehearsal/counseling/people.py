"""What customers and counselors do in a rehearsal."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

from apps.accounts.services.issue_tokens import IssuedToken
from apps.rehearsal.client import CrowdClient
from apps.rehearsal.counseling.line import PATIENCE_SECONDS, Line
from apps.rehearsal.tally import Tally

MESSAGES = 3
FIRST = "q0"
RECONNECT_SHARE = 0.2
BEST_SCORE = 5


@dataclass(slots=True)
class Heard:
    """What one person sent and heard in one conversation, in the order it came."""

    session_id: int
    sent: list[str] = field(default_factory=list)
    entries: list[tuple[int, str, str | None]] = field(default_factory=list)

    def note(self, event: dict[str, Any]) -> None:
        """Keep an entry of the log; what has no number is not kept."""
        if "seq" in event:
            self.entries.append((event["seq"], event["type"], event.get("client_message_id")))


@dataclass(frozen=True, slots=True)
class Step:
    """The outcome of a step that is no HTTP call, for the tally."""

    status: int = 200
    code: str = "ok"


class Stage:
    """What all people of a rehearsal share."""

    def __init__(self, *, socket_url: str, client: CrowdClient, tally: Tally, category_id: int) -> None:
        self.socket_url = socket_url
        self.client = client
        self.tally = tally
        self.category_id = category_id
        self.heard: list[Heard] = []
        self.reconnects = 0

    def count(self, step: str, started: float) -> None:
        self.tally.count(step, Step(), started=started, ended=time.perf_counter())


class Customer:
    """Asks, talks, perhaps loses the connection in the middle, ends and rates."""

    def __init__(self, stage: Stage, person: IssuedToken) -> None:
        self._stage = stage
        self._person = person
        self._loses_connection = random.random() < RECONNECT_SHARE
        self._heard: Heard | None = None

    async def play(self) -> None:
        async with Line.open(self._stage.socket_url, self._person.access) as line:
            session_id = await self._ask(line)
            self._heard = heard = Heard(session_id)
            self._stage.heard.append(heard)
            if not self._loses_connection:
                await self._talk(line, heard)
            else:  # the answer comes while nobody is there
                await self._say(line, heard, FIRST)
                line.drop()
        if self._loses_connection:
            self._stage.reconnects += 1
            async with Line.open(self._stage.socket_url, self._person.access) as line:
                await self._talk(line, heard)
        await self._rate(heard.session_id)

    async def _ask(self, line: Line) -> int:
        news = await line.subscribe("/user/queue/match")
        started = time.perf_counter()
        await line.send("/pub/match/request", {"category_id": self._stage.category_id, "subject": "rehearsal"})
        self._stage.count("request", started)
        while (event := await _next(news))["type"] != "ASSIGNED":
            continue
        self._stage.count("request to assigned", started)
        return int(event["session_id"])

    async def _talk(self, line: Line, heard: Heard) -> None:
        """Say each message and wait for its answer, then end; one said before is said again, and counts once."""
        last = heard.entries[-1][0] if heard.entries else 0
        log = await line.subscribe(f"/sub/session/{heard.session_id}", last_seq=str(last))
        for number in range(MESSAGES):
            started = time.perf_counter()
            await self._say(line, heard, f"q{number}")
            await self._until(log, heard, f"a{number}")
            self._stage.count("message to answer", started)
        await line.send(f"/pub/session/{heard.session_id}", {"type": "END"})
        await self._until(log, heard, None)

    async def _say(self, line: Line, heard: Heard, name: str) -> None:
        if name not in heard.sent:
            heard.sent.append(name)
        started = time.perf_counter()
        body = {"type": "MESSAGE", "client_message_id": name, "content": f"question {name}"}
        await line.send(f"/pub/session/{heard.session_id}", body)
        self._stage.count("message to receipt", started)

    @staticmethod
    async def _until(log: asyncio.Queue[Any], heard: Heard, answer: str | None) -> None:
        """Hear until an answer has come, or without one the end."""
        known = {name for _, kind, name in heard.entries if kind == "MESSAGE"}
        if answer in known:
            return
        while True:
            event = await _next(log)
            heard.note(event)
            if event["type"] == "ENDED" or (answer is not None and event.get("client_message_id") == answer):
                return

    async def _rate(self, session_id: int) -> None:
        body = {"score": random.randint(1, BEST_SCORE), "feedback": ""}
        await self._stage.client.call(
            "rate", "POST", f"/api/sessions/{session_id}/rating", token=self._person.access, body=body
        )


class Counselor:
    """Is READY whenever that is possible, and answers every question of every conversation."""

    def __init__(self, stage: Stage, person: IssuedToken) -> None:
        self._stage = stage
        self._person = person
        self._talks: set[asyncio.Task[None]] = set()

    async def play(self) -> None:
        """Work until cancelled."""
        async with Line.open(self._stage.socket_url, self._person.access) as line:
            desk = await line.subscribe(f"/sub/counselor/{self._person.user_id}")
            await self._be("online")
            await self._be("ready")
            try:
                while True:
                    await self._act(line, await desk.get())
            finally:
                for talk in self._talks:
                    talk.cancel()

    @property
    def is_talking(self) -> bool:
        """Whether a conversation's end has not been heard yet."""
        return bool(self._talks)

    async def leave(self) -> None:
        """Go home after work."""
        await self._be("online")
        await self._be("offline")

    async def _act(self, line: Line, event: dict[str, Any]) -> None:
        if event["type"] == "ASSIGNED":
            talk = asyncio.create_task(self._talk(line, int(event["session_id"])))
            self._talks.add(talk)
            talk.add_done_callback(self._talks.discard)
        elif event["type"] == "STATE" and event["state"] == "AFTER_CALL":
            await self._be("ready")

    async def _talk(self, line: Line, session_id: int) -> None:
        heard = Heard(session_id)
        self._stage.heard.append(heard)
        log = await line.subscribe(f"/sub/session/{session_id}", last_seq="0")
        while True:
            event = await _next(log)
            heard.note(event)
            if event["type"] == "ENDED":
                return
            question = event.get("client_message_id") or ""
            if event["type"] == "MESSAGE" and question.startswith("q"):
                answer = f"a{question[1:]}"
                heard.sent.append(answer)
                body = {"type": "MESSAGE", "client_message_id": answer, "content": f"answer {answer}"}
                await line.send(f"/pub/session/{session_id}", body)

    async def _be(self, state: str) -> None:
        await self._stage.client.call(f"be {state}", "PATCH", f"/api/counselors/{state}", token=self._person.access)


async def _next(queue: asyncio.Queue[Any]) -> Any:
    return await asyncio.wait_for(queue.get(), PATIENCE_SECONDS)
