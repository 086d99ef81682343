"""What reaches a WSGI application, what comes back of it, and who is refused before a thread is taken."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from apps.common.fastlane.django_lane import DjangoLane, Upload
from apps.common.fastlane.wsgi import MOST_IN_MEMORY
from tests.fast_lane import bearer, client_of
from tests.waiting import until

Environ = dict[str, Any]


class Application:
    """A WSGI application that remembers how it was called, and waits at `/wait` until it may go on."""

    def __init__(self) -> None:
        self.called: list[Environ] = []
        self.bodies: list[bytes] = []
        self.closed = 0
        self.may_go_on = threading.Event()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterator[bytes]:
        self.called.append(environ)
        self.bodies.append(environ["wsgi.input"].read())
        if environ["PATH_INFO"] == "/wait":
            self.may_go_on.wait()
        if environ["PATH_INFO"] == "/broken":
            raise KeyError("a secret")
        start_response("200 OK", [("X-Said", "yes"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return Chunks(self, environ["PATH_INFO"])


class Chunks:
    def __init__(self, application: Application, path: str) -> None:
        self._application = application
        self._chunks = iter([b"large"] * MOST_IN_MEMORY if path == "/large" else [b"o", b"k"])

    def __iter__(self) -> Iterator[bytes]:
        return self._chunks

    def close(self) -> None:
        self._application.closed += 1


@pytest.fixture
def application() -> Iterator[Application]:
    application = Application()
    yield application
    application.may_go_on.set()


@pytest.fixture
def lane(application: Application) -> DjangoLane:
    return DjangoLane(
        application,
        threads=1,
        others=1,
        waiting=1,
        first=lambda path: path == "/first",
        hashing=lambda path: path == "/log-in",
        apart=lambda path: path == "/health",
        uploads=[Upload(re.compile(r"^/upload$"), 100_000)],
        busy_page=lambda seconds, can_repeat: f"{seconds} {can_repeat}".encode(),
    )


@pytest.fixture
def client(lane: DjangoLane) -> httpx.AsyncClient:
    return client_of(lane)


async def test_a_request_is_told_as_pep_3333_wants_it(client: httpx.AsyncClient, application: Application) -> None:
    headers = [("Cookie", "a=1"), ("Cookie", "b=2"), ("X-Two", "1"), ("X-Two", "2"), ("X_Two", "forged")]
    answer = await client.post("/é?q=%C3%A9", content=b"body", headers=headers)

    (environ,) = application.called
    assert (answer.status_code, answer.content, answer.headers["x-said"]) == (200, b"ok", "yes")
    assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]
    assert answer.headers["content-length"] == "2"
    assert application.bodies == [b"body"]
    assert environ["CONTENT_LENGTH"] == "4"
    assert environ["PATH_INFO"] == "/é".encode().decode("latin-1")
    assert environ["QUERY_STRING"] == "q=%C3%A9"
    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_X_TWO"] == "1,2"
    assert application.closed == 1


async def test_a_large_answer_arrives_whole(client: httpx.AsyncClient) -> None:
    answer = await client.get("/large")

    assert answer.content == b"large" * MOST_IN_MEMORY


async def test_an_error_of_the_application_says_nothing_of_itself_and_takes_no_thread_along(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.get("/broken")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert (await client.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("path", "content_type", "claims", "expected"),
    [
        ("/upload", "multipart/form-data", {}, 200),
        ("/upload", "multipart/form-data", None, 401),
        ("/upload", "multipart/form-data", {"exp": 1}, 401),
        ("/upload", "application/json", {}, 413),
        ("/elsewhere", "multipart/form-data", {}, 413),
    ],
)
async def test_a_large_body_is_taken_where_it_belongs_and_from_whom_is_known(
    client: httpx.AsyncClient,
    application: Application,
    path: str,
    content_type: str,
    claims: dict[str, int] | None,
    expected: int,
) -> None:
    content = b"x" * 90_000
    headers = {} if claims is None else bearer(**claims)
    answer = await client.post(path, content=content, headers={"Content-Type": content_type, **headers})

    assert answer.status_code == expected
    assert application.bodies == ([content] if expected == 200 else [])


@pytest.mark.parametrize(
    ("method", "accept", "kind"),
    [
        ("GET", "text/html,*/*", "True"),
        ("POST", "text/html,*/*", "False"),
        ("GET", "*/*", "service_unavailable"),
    ],
)
async def test_when_as_many_wait_as_may_the_next_is_told_when_to_come_back(
    client: httpx.AsyncClient, application: Application, method: str, accept: str, kind: str
) -> None:
    holding = asyncio.ensure_future(client.get("/wait"))
    await until(lambda: application.called)
    waiting = asyncio.ensure_future(client.get("/other"))
    await asyncio.sleep(0)

    refused = await client.request(method, "/other", headers={"Accept": accept})
    first = asyncio.ensure_future(client.get("/first"))
    healthy = await client.get("/health")

    assert refused.status_code == 503
    assert 2 <= int(refused.headers["retry-after"]) <= 5
    assert kind in refused.text
    assert healthy.status_code == 200
    application.may_go_on.set()
    assert [answer.status_code for answer in await asyncio.gather(holding, waiting, first)] == [200] * 3
    paths = [environ["PATH_INFO"] for environ in application.called]
    assert paths.index("/first") < paths.index("/other")


async def test_who_goes_away_while_waiting_is_not_answered(lane: DjangoLane, application: Application) -> None:
    client = client_of(lane)
    holding = asyncio.ensure_future(client.get("/wait"))
    await until(lambda: application.called)

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(_message: Any) -> None:
        raise AssertionError("there is nobody to answer")

    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": "/gone", "query_string": b"", "headers": [],
    }  # fmt: skip
    await lane(scope, receive, send)
    application.may_go_on.set()
    await holding

    assert [environ["PATH_INFO"] for environ in application.called] == ["/wait"]
