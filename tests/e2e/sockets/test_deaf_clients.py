"""A client that does not read costs little, for a while, and nobody else."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable

import httpx
import pytest
import websockets

from tests.deaf import PING, TEXT, DeafClient, deaf_clients, frame
from tests.e2e.sockets.conftest import Web
from tests.fast_lane import access_token
from tests.live import connect
from tests.waiting import LONGEST_SECONDS, wait_until

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = 3
KEPT_BYTES = 512 * 1024  # of one client: the buffer's high water, what was written on top, and the kernel's part
BIG = "/api/schema"  # the largest answer that needs no data
ONE_SEND = "SEND\ndestination:/topic/deaf\n\n" + "x" * 60_000 + "\0"

NewClient = Callable[[], DeafClient]


def connect_frame() -> str:
    return f"CONNECT\naccept-version:1.2\nhost:x\nAuthorization:Bearer {access_token()}\n\n\0"


def log_in(client: DeafClient) -> None:
    """Log in, and listen to what it is going to say."""
    client.upgrade()
    client.say(frame(TEXT, connect_frame().encode()))
    client.say(frame(TEXT, b"SUBSCRIBE\nid:0\ndestination:/topic/deaf\n\n\0"))


def open_stream(client: DeafClient, web: Web, session: str) -> None:
    """Log in by SockJS, have much to hear, and open a stream for it that is not read."""
    address = f"{web.platform.url}/ws/connect/000/{session}"

    def ask(transport: str, *frames: str) -> None:
        content = json.dumps(frames) if frames else ""
        answer = httpx.post(f"{address}/{transport}", content=content, timeout=LONGEST_SECONDS)
        assert answer.is_success, answer.text

    ask("xhr")
    ask("xhr_send", connect_frame(), f"SUBSCRIBE\nid:0\ndestination:/topic/{session}\n\n\0")
    for _ in range(10):
        ask("xhr_send", ONE_SEND.replace("deaf", session))
    client.request("POST", f"/ws/connect/000/{session}/xhr_streaming")


def test_pings_before_log_in_are_not_answered_into_a_full_buffer(web: Web, new_client: NewClient) -> None:
    pings = frame(PING, b"p" * 125) * 8  # a kibibyte
    with web.dropping("websocket", CLIENTS) as kept:
        for _ in range(CLIENTS):
            client = new_client()
            client.upgrade()
            client.say(pings, times=8 * 1024)

    assert 0 < kept.unsent_bytes < CLIENTS * KEPT_BYTES
    assert 0 < kept.kernel_bytes < CLIENTS * KEPT_BYTES
    assert web.sockets() == 0


def test_a_websocket_that_does_not_read_its_messages_ends(web: Web, new_client: NewClient) -> None:
    with web.dropping("websocket", CLIENTS) as kept:
        for _ in range(CLIENTS):
            client = new_client()
            log_in(client)
            client.say(frame(TEXT, ONE_SEND.encode()), times=30)

    assert 0 < kept.kernel_bytes < CLIENTS * KEPT_BYTES
    assert web.sockets() == 0


def test_a_stream_of_sockjs_that_is_not_read_ends(web: Web, new_client: NewClient) -> None:
    with web.dropping("http", CLIENTS):
        for number in range(CLIENTS):
            open_stream(new_client(), web, session=f"deaf{number}")

    assert web.sockets() == 0


def test_an_answer_that_is_not_read_ends_and_gives_its_thread_back(web: Web, new_client: NewClient) -> None:
    with web.dropping("http", 2 * CLIENTS) as kept:
        for _ in range(2 * CLIENTS):  # more than Django has threads, where it has few
            new_client().request("GET", BIG, times=20)

    assert 0 < kept.kernel_bytes < 2 * CLIENTS * KEPT_BYTES
    assert web.sockets() == 0
    assert httpx.get(web.platform.url + "/healthz", timeout=LONGEST_SECONDS).is_success


async def test_a_process_ends_though_nobody_reads_and_tells_those_who_do(start_web: Callable[[], Web]) -> None:
    web = start_web()
    with deaf_clients(web.port) as new_client:
        await end_with_deaf_clients(web, new_client)


async def end_with_deaf_clients(web: Web, new_client: NewClient) -> None:
    for number in range(CLIENTS):
        client = new_client()
        log_in(client)
        client.say(frame(TEXT, ONE_SEND.encode()), times=30)
        new_client().request("GET", BIG, times=20)
        open_stream(new_client(), web, session=f"last{number}")
    stream = new_client()
    stream.request("POST", "/ws/connect/000/reads/xhr_streaming")
    reads = await connect(web.platform.url.replace("http", "ws") + "/ws")

    web.platform.web.tell(signal.SIGTERM)

    with pytest.raises(websockets.ConnectionClosed) as closed:
        await reads.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1012
    assert 'c[1012,"Service restart"]' in stream.read_all()
    wait_until(lambda: not web.platform.web.is_running, what="the end of the process")
    assert web.platform.web.wait() == -signal.SIGTERM
