"""SockJS over a real uvicorn, by the sentences of its protocol (SockJS protocol 0.3.3)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from itertools import count

import httpx
import pytest

from apps.stomp.sockjs import framing
from tests.fast_lane import access_token
from tests.live import LivePlatform, connect
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

LATER = 2**31 - 1  # the token is made as the tests are collected, and they take their time
CONNECT = f"CONNECT\naccept-version:1.2\nhost:x\nAuthorization:Bearer {access_token(exp=LATER)}\n\n\0"
DISCONNECT = "DISCONNECT\nreceipt:bye\n\n\0"
_sessions = count(1)


@pytest.fixture
async def client(live_platform: LivePlatform) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=live_platform.url, timeout=LONGEST_SECONDS) as client:
        yield client


def session_url() -> str:
    return f"/ws/connect/000/session{next(_sessions)}"


def messages(frame: str) -> list[str]:
    assert frame.startswith("a")
    found: list[str] = json.loads(frame[1:])
    return found


async def opened(client: httpx.AsyncClient) -> str:
    url = session_url()
    assert (await client.post(f"{url}/xhr")).text == "o\n"
    return url


async def test_the_address_greets(client: httpx.AsyncClient) -> None:
    answer = await client.get("/ws/connect/")

    assert (answer.status_code, answer.text) == (200, "Welcome to SockJS!\n")
    assert answer.headers["content-type"] == "text/plain; charset=UTF-8"


async def test_info_says_what_there_is_and_is_never_cached(
    client: httpx.AsyncClient, live_platform: LivePlatform
) -> None:
    answer = await client.get("/ws/connect/info", headers={"Origin": live_platform.url})

    assert answer.json().keys() == {"websocket", "origins", "cookie_needed", "entropy"}
    assert answer.json()["websocket"] is True
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["access-control-allow-origin"] == live_platform.url
    assert answer.headers["access-control-allow-credentials"] == "true"


async def test_a_browser_may_ask_before_it_sends(client: httpx.AsyncClient) -> None:
    answer = await client.options(f"{session_url()}/xhr_send")

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "OPTIONS, POST"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/ws/connect/a.b/c/xhr", 404),
        ("GET", "/ws/connect/a/b", 404),
        ("GET", "/ws/connect/a/b/unheard", 404),
        ("GET", "/ws/connect/a/b/xhr", 405),
        ("POST", "/ws/connect/a/b/eventsource", 405),
        ("POST", "/ws/connect/a/never-opened/xhr_send", 404),
    ],
)
async def test_what_there_is_not_is_refused(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    assert (await client.request(method, path)).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/ws/connect/a/b/xhr", "OPTIONS, POST"),
        ("PUT", "/ws/connect/a/b/xhr_streaming", "OPTIONS, POST"),
        ("GET", "/ws/connect/a/b/xhr_send", "OPTIONS, POST"),
        ("POST", "/ws/connect/a/b/eventsource", "OPTIONS, GET"),
        ("POST", "/ws/connect/info", "OPTIONS, GET"),
    ],
)
async def test_a_method_that_does_not_fit_is_told_which_do(
    client: httpx.AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize("path", ["iframe.html", "iframe-1.6.1.html", "a/b/jsonp", "a/b/htmlfile"])
async def test_what_is_for_browsers_without_cors_is_left_out(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(f"/ws/connect/{path}")).status_code == 404


async def test_the_answer_to_a_browser_that_asks_before_may_be_kept_for_a_year(client: httpx.AsyncClient) -> None:
    answer = await client.options("/ws/connect/info", headers={"Origin": str(client.base_url)})

    assert answer.status_code == 204
    assert "max-age=31536000" in answer.headers["cache-control"]
    assert answer.headers["access-control-max-age"] == "31536000"


async def test_sessions_differ_by_their_name_whatever_the_server_part_is(client: httpx.AsyncClient) -> None:
    url = await opened(client)
    other_server = url.replace("/000/", "/999/")

    assert (await client.post(f"{other_server}/xhr_send", json=[CONNECT])).status_code == 204


async def test_a_page_of_another_site_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(f"{session_url()}/xhr", headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403


async def test_polling_carries_a_whole_stomp_conversation(client: httpx.AsyncClient) -> None:
    url = await opened(client)
    assert (await client.post(f"{url}/xhr_send", json=[CONNECT])).status_code == 204
    (connected,) = messages((await client.post(f"{url}/xhr")).text)
    assert connected.startswith("CONNECTED\n")
    await client.post(f"{url}/xhr_send", json=[DISCONNECT])

    assert messages((await client.post(f"{url}/xhr")).text) == ["RECEIPT\nreceipt-id:bye\n\n\0"]
    closed = (await client.post(f"{url}/xhr")).text
    assert closed.startswith("c[1000,")
    assert (await client.post(f"{url}/xhr")).text == closed


@pytest.mark.parametrize(
    ("transport", "prelude", "opening"),
    [("xhr_streaming", "h" * 2048 + "\n", "o\n"), ("eventsource", "\r\n", "data: o\r\n\r\n")],
)
async def test_streaming_sends_frames_as_they_come(
    client: httpx.AsyncClient, transport: str, prelude: str, opening: str
) -> None:
    url = session_url()
    method = "GET" if transport == "eventsource" else "POST"
    async with client.stream(method, f"{url}/{transport}") as stream:
        chunks = stream.aiter_text()
        heard = ""
        while opening not in heard[len(prelude) :]:
            heard += await anext(chunks)
        assert heard == prelude + opening
        await client.post(f"{url}/xhr_send", json=[CONNECT])
        assert "CONNECTED" in await anext(chunks)


@pytest.mark.parametrize(
    ("body", "words"), [("", "Payload expected."), ("[", "Broken JSON encoding."), ("{}", "Payload expected.")]
)
async def test_what_is_no_array_of_texts_is_refused_and_the_session_goes_on(
    client: httpx.AsyncClient, body: str, words: str
) -> None:
    url = await opened(client)
    answer = await client.post(f"{url}/xhr_send", content=body)

    assert (answer.status_code, answer.text) == (500, words)
    assert (await client.post(f"{url}/xhr_send", json=[CONNECT])).status_code == 204


async def test_a_session_has_one_receiver_at_a_time(client: httpx.AsyncClient) -> None:
    url = session_url()
    async with client.stream("POST", f"{url}/xhr_streaming") as stream:
        await anext(stream.aiter_text())

        assert (await client.post(f"{url}/xhr")).text == 'c[2010,"Another connection still open"]\n'


async def test_a_broken_stream_ends_its_session(client: httpx.AsyncClient) -> None:
    url = session_url()
    async with client.stream("POST", f"{url}/xhr_streaming") as stream:
        await anext(stream.aiter_text())

    answer = (await client.post(f"{url}/xhr")).text
    while answer.startswith("c[2010"):  # until the server has noticed
        answer = (await client.post(f"{url}/xhr")).text
    assert answer == 'c[1002,"Connection interrupted"]\n'


async def test_a_websocket_is_framed_and_closes_with_a_frame(live_platform: LivePlatform) -> None:
    async with connect(live_platform.url.replace("http", "ws") + f"{session_url()}/websocket") as socket:
        assert await socket.recv() == "o"
        await socket.send(json.dumps([CONNECT]))
        (connected,) = messages(str(await socket.recv()))
        assert connected.startswith("CONNECTED\n")
        await socket.send("")
        await socket.send(json.dumps(DISCONNECT))
        assert messages(str(await socket.recv())) == ["RECEIPT\nreceipt-id:bye\n\n\0"]
        assert str(await socket.recv()).startswith("c[1000,")


async def test_what_is_no_sockjs_is_told_as_stomp_tells_it(live_platform: LivePlatform) -> None:
    async with connect(live_platform.url.replace("http", "ws") + f"{session_url()}/websocket") as socket:
        await socket.recv()
        await socket.send("[")
        assert messages(str(await socket.recv()))[0].startswith("ERROR\n")


async def test_the_raw_websocket_has_no_frames(live_platform: LivePlatform) -> None:
    async with connect(live_platform.url.replace("http", "ws") + "/ws/connect/websocket") as socket:
        await socket.send(CONNECT)
        assert str(await socket.recv()).startswith("CONNECTED\n")


def test_frames_are_ascii_whatever_they_carry() -> None:
    frame = framing.messages_frame(["회차 \u2028"])

    assert frame.isascii()
    assert json.loads(frame[1:]) == ["회차 \u2028"]
