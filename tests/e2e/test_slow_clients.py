"""The bare server, without a proxy before it: nobody's slowness takes a thread of Django's from anybody."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from tests.fast_lane import access_token
from tests.live import LivePlatform
from tests.plugin import Servers
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 4
SLOW = 5 * THREADS
LOG_IN = (
    b"POST /api/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)
CHUNKED = LOG_IN.replace(b"Content-Length: 1000", b"Transfer-Encoding: chunked").replace(b"\n{", b"\n1\r\n{\r\n")
LARGE = b"/static/drf_spectacular_sidecar/swagger-ui-dist/swagger-ui-bundle.js"  # more than buffers hold
FILE = b"GET " + LARGE + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@pytest.fixture(scope="module")
def bare(servers: Servers, test_database_url: str) -> Iterator[LivePlatform]:
    platform = LivePlatform(servers.folder.path / "bare", database_url=test_database_url, redis_url=servers.redis.url)
    platform.env |= {"WSGI_THREADS": str(THREADS), "BODY_SECONDS": "1", "ALLOWED_HOSTS": "127.0.0.1"}
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def sockets(bare: LivePlatform) -> Iterator[list[socket.socket]]:
    """As many connections as can hold all threads several times over, whose clients read next to nothing."""
    with ExitStack() as stack:
        opened = []
        for _ in range(SLOW):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(LONGEST_SECONDS)
            one.connect(("127.0.0.1", bare.port))
            opened.append(one)
        yield opened


def assert_django_answers(bare: LivePlatform) -> None:
    for _ in range(2 * THREADS):
        answer = httpx.get(f"{bare.url}/api/concerts", timeout=LONGEST_SECONDS)
        assert answer.status_code == 200


@pytest.mark.parametrize("head", [LOG_IN, CHUNKED], ids=["with a length", "in chunks"])
def test_bodies_that_do_not_come_take_no_thread_and_end(
    bare: LivePlatform, sockets: list[socket.socket], head: bytes
) -> None:
    for one in sockets:
        one.sendall(head)

    assert_django_answers(bare)
    for one in sockets:
        said = everything(one)
        assert said.startswith(b"HTTP/1.1 408 ")
        assert b'"code":"request_timeout"' in said
        assert b"connection: close" in said.lower()


def test_a_body_that_trickles_ends_as_well(bare: LivePlatform, sockets: list[socket.socket]) -> None:
    one = sockets[0]
    one.sendall(LOG_IN)
    said: list[bytes] = []
    reading = threading.Thread(target=lambda: said.append(everything(one)))
    reading.start()
    while reading.is_alive():
        try:
            one.sendall(b" ")
        except OSError:
            break
        reading.join(0.2)
    reading.join()

    assert said[0].startswith(b"HTTP/1.1 408 ")


def test_the_fast_lane_s_bodies_end_too(bare: LivePlatform, sockets: list[socket.socket]) -> None:
    token = access_token().encode()
    order = LOG_IN.replace(b"/api/auth/login", b"/api/orders").replace(
        b"\r\n\r\n", b"\r\nAuthorization: Bearer %b\r\n\r\n"
    )
    sockets[0].sendall(order % token)

    assert everything(sockets[0]).startswith(b"HTTP/1.1 408 ")


def test_requests_in_one_go_whose_client_does_not_read_take_no_thread(
    bare: LivePlatform, sockets: list[socket.socket]
) -> None:
    for one in sockets:
        one.sendall(FILE * 4)

    assert_django_answers(bare)


def test_requests_in_one_go_whose_client_goes_away_take_no_thread(
    bare: LivePlatform, sockets: list[socket.socket]
) -> None:
    for one in sockets:
        one.sendall(FILE * 4 + LOG_IN)
        one.close()

    assert_django_answers(bare)


def everything(one: socket.socket) -> bytes:
    said = b""
    try:
        while part := one.recv(65_536):
            said += part
    except ConnectionResetError:
        pass
    return said
