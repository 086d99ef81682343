"""Attacks by STOMP: floods, many connections and subscriptions, transactions, and SockJS by HTTP."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections import Counter
from contextlib import suppress

from bench.attacks.target import CLOSED, Account, Answers, Effort, Target, word_of
from bench.attacks.wire import Connection, request
from bench.talk.sockets import Closed, Socket, stomp_frame

SOCKETS, AT_ONCE = 8, 40
LONG, LONGEST_ALLOWED = 60_000, 4_000  # characters
CONNECTIONS, OPENED_AT_ONCE, SUBSCRIPTIONS = 300, 50, 50
COMMITS, SENDS_A_COMMIT = 5, 1_000
XHR_MESSAGES, XHR_PADDING = 6, 11_000
PAUSE_SECONDS = 0.05  # after a refusal to connect
ANSWER_SECONDS = 10.0


class Talker(Socket):
    """One STOMP connection of the attacker's, who reads, and counts what is said to them."""

    def __init__(self, target: Target, account: Account, answers: Answers) -> None:
        super().__init__((target.host, target.port, "/ws"), handshake=f"{target.forwarded}\r\n")
        self.account = account
        self.heard = 0
        self.on_messages = self._note
        self._answers = answers
        self._changed = asyncio.Event()
        self.is_over = False

    async def enter(self) -> bool:
        """Connect and log in; tell whether that was allowed."""
        try:
            await self.open({"Authorization": f"Bearer {self.account.token}"})
        except (Closed, OSError) as refusal:
            self._answers[word_of(str(refusal).encode()) or CLOSED] += 1
            return False
        return True

    async def hears(self, count: int) -> None:
        """Wait until so many frames have come since the start, or none will."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                while self.heard < count and not self.is_over:
                    self._changed.clear()
                    await self._changed.wait()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.is_over = True
        self._changed.set()

    def _note(self, payload: bytes, _count: int) -> None:
        for frame in payload.split(b"\0"):
            if frame.strip():
                self._answers[word_of(frame)] += 1
                self.heard += 1
        self._changed.set()


def said(session_id: int, content: str, number: int, **headers: str) -> bytes:
    """Return a SEND that says something in a conversation."""
    body = json.dumps({"type": "MESSAGE", "client_message_id": f"{number}-{secrets.token_hex(6)}", "content": content})
    return stomp_frame("SEND", {"destination": f"/pub/session/{session_id}", **headers}, body.encode())


async def flood_foreign(target: Target, effort: Effort) -> Answers:
    """Say much in somebody else's conversation."""
    return await _flood(target, effort, session_id=target.foreign_session_id, characters=LONG)


async def flood_none(target: Target, effort: Effort) -> Answers:
    """Say much in a conversation that does not exist."""
    return await _flood(target, effort, session_id=target.no_session_id, characters=LONG)


async def flood_own(target: Target, effort: Effort) -> Answers:
    """Say as much as is allowed in one's own conversation."""
    return await _flood(target, effort, session_id=None, characters=LONGEST_ALLOWED)


async def _flood(target: Target, effort: Effort, *, session_id: int | None, characters: int) -> Answers:
    answers: Answers = Counter()
    content, ends_at, clock = "1 " * (characters // 2), effort.ends_at(), asyncio.get_running_loop().time

    async def flood(account: Account) -> None:
        session, numbers = session_id or account.session_id, itertools.count()
        while clock() < ends_at:
            talker = Talker(target, account, answers)
            if not await talker.enter():
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            talker.write(stomp_frame("SUBSCRIBE", {"id": "e", "destination": "/user/queue/errors"}))
            while clock() < ends_at and not talker.is_over:
                wanted = talker.heard + effort.of(AT_ONCE)
                for number in itertools.islice(numbers, effort.of(AT_ONCE)):
                    talker.write(said(session, content, number, receipt=str(number)))
                await talker.hears(wanted)
            answers[CLOSED] += talker.is_over
            talker.close()

    await asyncio.gather(*(flood(account) for account in target.accounts[: effort.of(SOCKETS)]))
    return answers


async def connect_often(target: Target, effort: Effort) -> Answers:
    """Open hundreds of connections of one account, each with many subscriptions; then again."""
    answers: Answers = Counter()
    account, ends_at, clock = target.accounts[0], effort.ends_at(), asyncio.get_running_loop().time
    gate = asyncio.Semaphore(OPENED_AT_ONCE)

    async def listen(talker: Talker) -> None:
        async with gate:
            if clock() > ends_at or not await talker.enter():
                return
            answers["CONNECTED"] += 1
            for number in range(effort.of(SUBSCRIPTIONS)):
                headers = {"id": str(number), "destination": f"/sub/session/{account.session_id}", "receipt": "r"}
                talker.write(stomp_frame("SUBSCRIBE", headers))
            await talker.hears(effort.of(SUBSCRIPTIONS))

    while clock() < ends_at:
        talkers = [Talker(target, account, answers) for _ in range(effort.of(CONNECTIONS))]
        await asyncio.gather(*map(listen, talkers))
        for talker in talkers:
            talker.close()
    return answers


async def commit(target: Target, effort: Effort) -> Answers:
    """Go round the rate of SENDs by transactions: thousands in a few COMMITs, again and again."""
    answers: Answers = Counter()
    account, ends_at, clock = target.accounts[0], effort.ends_at(), asyncio.get_running_loop().time
    numbers = itertools.count()
    while clock() < ends_at:
        talker = Talker(target, account, answers)
        if not await talker.enter():
            await asyncio.sleep(PAUSE_SECONDS)
            continue
        talker.write(stomp_frame("SUBSCRIBE", {"id": "e", "destination": "/user/queue/errors"}))
        for number in range(COMMITS):
            name = {"transaction": str(number)}
            talker.write(stomp_frame("BEGIN", name))
            for message in itertools.islice(numbers, effort.of(SENDS_A_COMMIT)):
                talker.write(said(account.session_id, "1 1", message, **name))
            talker.write(stomp_frame("COMMIT", {**name, "receipt": str(number)}))
        await talker.hears(COMMITS)
        answers[CLOSED] += talker.is_over
        talker.close()
    return answers


async def send_by_xhr(target: Target, effort: Effort) -> Answers:
    """Send six large messages in one request of SockJS, which is allowed; then again and again, which is not."""
    answers: Answers = Counter()
    await asyncio.gather(*(_xhr(target, account, effort, answers) for account in target.accounts[: effort.of(4)]))
    return answers


async def _xhr(target: Target, account: Account, effort: Effort, answers: Answers) -> None:
    """Be one client: one connection receives, the other sends, with a new session where the old one has ended."""
    ends_at, clock = effort.ends_at(), asyncio.get_running_loop().time
    while clock() < ends_at:
        session = SockJS(target)
        await session.open()
        receiving = asyncio.ensure_future(session.receive(answers))
        sent = await session.say(connect_frame(account), "SUBSCRIBE\nid:e\ndestination:/user/queue/errors\n\n\0")
        while sent == 204 and clock() < ends_at and not receiving.done():
            sent = await session.say(*(_large(account.session_id, number) for number in range(XHR_MESSAGES)))
            answers[f"{sent} to xhr_send"] += 1
        receiving.cancel()
        session.close()


def connect_frame(account: Account) -> str:
    return f"CONNECT\naccept-version:1.2\nhost:x\nAuthorization:Bearer {account.token}\n\n\0"


def _large(session_id: int, number: int) -> str:
    """Return a message of 4,000 characters that is as long as JSON can make it, and what may be beside it."""
    name, content = f"x{number}-{secrets.token_hex(6)}", "\\ud83d\\ude00" * LONGEST_ALLOWED
    rest = f'"client_message_id":"{name}","content":"{content}","beside":"{"x" * XHR_PADDING}"'
    return f'SEND\ndestination:/pub/session/{session_id}\n\n{{"type":"MESSAGE",{rest}}}\0'


class SockJS:
    """A session over HTTP: `path` has its transports."""

    def __init__(self, target: Target) -> None:
        self.path = f"/ws/connect/000/{secrets.token_hex(8)}"
        self._target = target
        self._connections: list[Connection] = []

    async def open(self) -> None:
        """Begin the session."""
        self._connections = [await Connection.open(self._target.address) for _ in range(2)]
        await self._connections[0].ask(self._request("xhr", b""))

    async def say(self, *frames: str) -> int:
        """Send frames in one request, and return the answer's status; 0 where there is none."""
        try:
            return (await self._connections[1].ask(self._request("xhr_send", json.dumps(frames).encode()))).status
        except (OSError, EOFError):
            return 0

    async def receive(self, answers: Answers) -> None:
        """Take what comes until the session ends."""
        with suppress(OSError, EOFError):
            while True:
                body = (await self._connections[0].ask(self._request("xhr", b""))).body
                for frame in json.loads(body[1:]) if body.startswith(b"a") else ():
                    if frame.strip():
                        answers[word_of(frame.encode())] += 1
                if body.startswith(b"c"):
                    answers[CLOSED] += 1
                    return

    def close(self) -> None:
        for connection in self._connections:
            connection.close()

    def _request(self, transport: str, body: bytes) -> bytes:
        return request("POST", f"{self.path}/{transport}", self._target.forwarded, body=body)
