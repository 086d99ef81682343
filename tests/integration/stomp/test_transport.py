"""Frames on their way out, and the WebSocket that carries them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import websockets

from apps.stomp.consumer import StompConsumer, WebSocketTransport
from tests.fast_lane import access_token
from tests.live import LivePlatform, connect
from tests.stomp_client import make_server
from tests.waiting import LONGEST_SECONDS

CONNECT = "CONNECT\naccept-version:1.2\nhost:x\nAuthorization:Bearer {}\n\n\0"


class Socket:
    """A client's WebSocket as ASGI shows it; `reads` says whether it takes what is sent."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.reads.set()
        self.coming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def send(self, message: dict[str, Any]) -> None:
        await self.reads.wait()
        self.sent.append(message)


async def written(transport: WebSocketTransport) -> None:
    assert transport._writing is not None
    await transport._writing


async def test_frames_of_one_turn_share_a_message_and_what_is_no_text_has_its_own() -> None:
    socket = Socket()
    transport = WebSocketTransport(socket.send)
    for frame in ("a", "b", b"\xff", "c"):
        transport.send(frame)
    await written(transport)

    assert socket.sent == [
        {"type": "websocket.send", "text": "ab"},
        {"type": "websocket.send", "bytes": b"\xff"},
        {"type": "websocket.send", "text": "c"},
    ]


async def test_frames_go_one_by_one_where_the_site_says_so(settings: Any) -> None:
    settings.STOMP_JOIN_FRAMES = False
    socket = Socket()
    transport = WebSocketTransport(socket.send)
    transport.send("a")
    transport.send("b")
    await written(transport)

    assert [message["text"] for message in socket.sent] == ["a", "b"]


async def test_a_client_that_does_not_read_is_dropped_with_a_reason_and_keeps_no_more_than_the_limit(
    settings: Any,
) -> None:
    settings.STOMP_QUEUE_BYTES = 1000
    socket = Socket()
    transport = WebSocketTransport(socket.send)
    socket.reads.clear()
    transport.send("x" * 900)
    await asyncio.sleep(0)
    transport.send("y" * 200)
    transport.send("z" * 900)

    assert transport._closing == (1008, "slow consumer")
    async with asyncio.timeout(LONGEST_SECONDS):
        await transport.finish()
    assert transport._queue == []


async def test_a_reader_is_woken_when_this_side_closes() -> None:
    socket = Socket()
    transport = WebSocketTransport(socket.send)
    reading = asyncio.ensure_future(transport.receive(socket.coming.get))
    await asyncio.sleep(0)
    transport.close(1008, "enough")

    async with asyncio.timeout(LONGEST_SECONDS):
        assert await reading is None
        await transport.finish()
    assert socket.sent == [{"type": "websocket.close", "code": 1008, "reason": "enough"}]


async def test_what_is_queued_goes_out_before_the_close() -> None:
    socket = Socket()
    scope = {"headers": [], "subprotocols": ["v12.stomp"]}
    for message in (
        {"type": "websocket.connect"},
        {"type": "websocket.receive", "text": CONNECT.format(access_token())},
        {"type": "websocket.receive", "bytes": b"DISCONNECT\nreceipt:bye\n\n\0"},
    ):
        socket.coming.put_nowait(message)
    async with asyncio.timeout(LONGEST_SECONDS):
        await StompConsumer(server=make_server())(scope, socket.coming.get, socket.send)

    assert [message["type"] for message in socket.sent][-1] == "websocket.close"
    assert "RECEIPT" in "".join(message.get("text", "") for message in socket.sent)


def address(platform: LivePlatform) -> str:
    return platform.url.replace("http", "ws") + "/ws"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (["v12.stomp", "v11.stomp", "v10.stomp"], "v12.stomp"),
        (["v10.stomp", "v12.stomp"], "v10.stomp"),
        (None, None),
        (["other"], None),
    ],
)
async def test_the_first_version_that_a_client_offers_is_the_subprotocol(
    live_platform: LivePlatform, offered: list[Any] | None, chosen: str | None
) -> None:
    async with connect(address(live_platform), subprotocols=offered) as socket:
        assert socket.subprotocol == chosen
        await socket.send(CONNECT.format(access_token()))
        assert str(await socket.recv()).startswith("CONNECTED\n")


@pytest.mark.django_db(transaction=True)
async def test_a_page_of_another_site_may_not_connect(live_platform: LivePlatform) -> None:
    with pytest.raises(websockets.InvalidStatus) as refusal:
        await connect(address(live_platform), origin="https://evil.example")  # type: ignore[arg-type]
    assert refusal.value.response.status_code == 403

    async with connect(address(live_platform), origin=live_platform.url) as socket:  # type: ignore[arg-type]
        await socket.send(CONNECT.format(access_token()))
        assert str(await socket.recv()).startswith("CONNECTED\n")


@pytest.mark.django_db(transaction=True)
async def test_an_error_is_read_before_the_close(live_platform: LivePlatform) -> None:
    async with connect(address(live_platform)) as socket:
        await socket.send(CONNECT.format("nonsense"))
        assert "token_invalid" in str(await socket.recv())
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


@pytest.mark.django_db(transaction=True)
async def test_a_frame_may_come_in_pieces_and_several_at_once_as_text_or_binary(live_platform: LivePlatform) -> None:
    async with connect(address(live_platform)) as socket:
        frame = CONNECT.format(access_token())
        await socket.send(frame[:20])
        await socket.send(frame[20:].encode() + b"SUBSCRIBE\nid:0\ndestination:/user/queue/errors\nreceipt:s\n\n\0")
        heard = ""
        while "RECEIPT" not in heard:
            heard += str(await socket.recv())
        assert heard.startswith("CONNECTED\n")


@pytest.mark.django_db(transaction=True)
async def test_other_addresses_speak_no_websocket(live_platform: LivePlatform) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await connect(live_platform.url.replace("http", "ws") + "/other")
