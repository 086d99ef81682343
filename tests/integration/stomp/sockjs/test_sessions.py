"""SockJS sessions in the process of the test, where each step of a request can be held."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from apps.common.limits import FRAMES_AT_ONCE, SOCKJS_BODY_BYTES, SOCKJS_FIRST_BODY_BYTES, STOMP_BODY_BYTES
from apps.stomp.sockjs import http, sessions
from apps.stomp.sockjs.http import SockJSApplication
from tests.fast_lane import access_token
from tests.stomp_client import make_server
from tests.waiting import LONGEST_SECONDS, Signal

LATER = 2**31 - 1  # the token is made as the tests are collected, and they take their time
CONNECT = f"CONNECT\naccept-version:1.2\nhost:x\nAuthorization:Bearer {access_token(exp=LATER)}\n\n\0"
SUBSCRIBE = "SUBSCRIBE\nid:1\ndestination:/queue/x\nreceipt:r\n\n\0"
DISCONNECT = "DISCONNECT\nreceipt:bye\n\n\0"
URL = "/ws/connect/000/abc"

Event = dict[str, Any]


class Request:
    """A request to the application, as a server makes it."""

    def __init__(
        self,
        application: SockJSApplication,
        path: str,
        body: bytes = b"",
        *,
        method: str = "POST",
        address: str | None = None,
        is_whole: bool = True,
    ) -> None:
        self.status = 0
        self.body = b""
        self.at_end: Callable[[], Awaitable[None]] | None = None
        self._arriving: asyncio.Queue[Event] = asyncio.Queue()
        self._arriving.put_nowait({"type": "http.request", "body": body, "more_body": not is_whole})
        self._signal = Signal()
        client = None if address is None else (address, 1)
        scope = {"type": "http", "method": method, "path": path, "headers": [], "client": client}
        self.task = asyncio.ensure_future(application(scope, self._arriving.get, self._send))

    async def _send(self, event: Event) -> None:
        if event["type"] == "http.response.start":
            self.status = event["status"]
            return
        self.body += event.get("body", b"")
        self._signal.give()
        if not event.get("more_body", False):
            if self.at_end is not None:
                await self.at_end()
            self.break_off()  # as a server tells the end of a request

    def break_off(self) -> None:
        self._arriving.put_nowait({"type": "http.disconnect"})

    async def answer(self) -> str:
        """Wait for the whole answer."""
        async with asyncio.timeout(LONGEST_SECONDS):
            await self.task
        return self.body.decode()

    async def until(self, text: str) -> None:
        """Wait until the answer, as far as it has come, has a text in it."""
        await self._signal.until(lambda: text in self.body.decode())


class Client:
    def __init__(self) -> None:
        self.application = SockJSApplication(make_server())

    def request(self, transport: str, *messages: str, method: str = "POST") -> Request:
        body = json.dumps(messages).encode() if messages else b""
        return Request(self.application, f"{URL}/{transport}", body, method=method)

    async def poll(self) -> str:
        return await self.request("xhr").answer()

    async def say(self, *messages: str) -> int:
        request = self.request("xhr_send", *messages)
        await request.answer()
        return request.status

    async def log_in(self) -> None:
        await self.poll()
        await self.say(CONNECT)
        assert "CONNECTED" in await self.poll()


@pytest.fixture
async def client() -> Client:
    return Client()


async def test_who_has_read_the_end_of_an_answer_may_ask_again_at_once(client: Client) -> None:
    await client.log_in()
    second: list[str] = []

    async def ask_again() -> None:
        await client.say(DISCONNECT)
        second.append(await client.poll())

    first = client.request("xhr")
    first.at_end = ask_again
    await client.say("SEND\ndestination:/unheard\n\n\0")
    await first.answer()

    assert "2010" not in second[0]


async def test_what_is_said_behind_a_good_bye_has_no_effect(client: Client) -> None:
    await client.log_in()
    assert await client.say(DISCONNECT, SUBSCRIBE, SUBSCRIBE) == 204

    assert json.loads((await client.poll())[1:]) == ["RECEIPT\nreceipt-id:bye\n\n\0"]
    assert (await client.poll()).startswith("c[1000,")


async def test_what_is_said_to_a_session_that_broke_has_no_effect(client: Client) -> None:
    stream = client.request("xhr_streaming")
    await stream.until("o\n")
    stream.break_off()
    await stream.answer()
    await client.say(CONNECT)

    assert await client.poll() == 'c[1002,"Connection interrupted"]\n'


async def test_a_session_that_nobody_receives_ends(client: Client, settings: Any) -> None:
    settings.STOMP_SOCKJS_DISCONNECT_SECONDS = 0.01
    await client.poll()

    async with asyncio.timeout(LONGEST_SECONDS):
        while await client.say("\n") != 404:
            await asyncio.sleep(0)


async def test_a_quiet_session_hears_heart_beats(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "HEART_BEAT_SECONDS", 0.01)
    await client.poll()

    assert await client.poll() == "h\n"


async def test_a_stream_ends_when_it_has_grown_long_and_the_session_goes_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "STREAMED_BYTES", 50)
    stream = client.request("xhr_streaming")
    await stream.until("o\n")
    await client.say(CONNECT)
    assert "CONNECTED" in await stream.answer()

    await client.say(DISCONNECT)
    assert "RECEIPT" in await client.poll()


async def test_a_process_keeps_only_so_many_sessions(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MAX_SESSIONS", 0)
    refused = client.request("xhr")
    await refused.answer()

    assert refused.status == 503


async def test_as_many_of_the_largest_messages_as_a_websocket_takes_at_once_are_taken(client: Client) -> None:
    await client.log_in()
    escaped = '"' * (STOMP_BODY_BYTES - 1) + "x"
    said = [f"SEND\ndestination:/queue/x\n\n{escaped}\0" for _ in range(FRAMES_AT_ONCE)]

    assert await client.say(*said) == 204


@pytest.mark.parametrize("is_logged_in", [False, True])
async def test_a_body_that_is_too_large_is_413_and_ends_the_session_with_a_code(
    client: Client, is_logged_in: bool
) -> None:
    await (client.log_in() if is_logged_in else client.poll())
    limit = SOCKJS_BODY_BYTES if is_logged_in else SOCKJS_FIRST_BODY_BYTES

    assert await client.say("x" * limit) == 413
    assert await client.poll() == 'c[1009,"message too big"]\n'


async def test_a_body_that_does_not_come_is_given_up(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "BODY_SECONDS", 0.01)
    await client.poll()
    slow = Request(client.application, f"{URL}/xhr_send", b"[", is_whole=False)
    await slow.answer()

    assert slow.status == 408
    assert await client.poll() == 'c[1008,"too slow"]\n'


async def test_a_client_that_does_not_receive_fast_enough_is_dropped(client: Client, settings: Any) -> None:
    settings.STOMP_QUEUE_BYTES = 10
    await client.poll()
    await client.say(CONNECT)
    await client.poll()

    assert await client.poll() == 'c[1008,"slow consumer"]\n'
