"""What the fast lane answers, and what it leaves to Django."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any, Literal

import httpx
import msgspec
import pytest
from django.db import OperationalError
from prometheus_client import REGISTRY
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.common.errors import DomainError, ServiceUnavailable
from apps.common.fastlane import FastLane, Id, Request, Response, Route, counters, empty_response, json_response
from tests.fast_lane import bearer, client_of


class Order(msgspec.Struct):
    seat_ids: Annotated[list[Id], msgspec.Meta(min_length=1)]
    note: str = ""
    delivery: Literal["MOBILE", "ON_SITE"] = "MOBILE"


class Since(msgspec.Struct):
    since: int = 0


class SeatGone(DomainError):
    code = "test_seat_gone"
    status = 409
    title = "That seat is gone"


async def place(request: Request) -> Response:
    return json_response(201, {"user": request.user.user_id, "seats": request.body.seat_ids})


async def look(request: Request) -> Response:
    who = request.user.user_id if request.user else None
    return json_response(200, {"id": request.path_params["id"], "since": request.query.since, "user": who})


async def leave(request: Request) -> Response:
    return empty_response()


async def lose(request: Request) -> Response:
    raise SeatGone(seat_ids=[3])


async def break_down(request: Request) -> Response:
    raise {
        "redis": RedisConnectionError("lost"),
        "database": OperationalError(2003, "nobody answers"),
        "bug": KeyError("a secret"),
    }[request.path_params["what"]]


async def django(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": [(b"Allow", b"GET, HEAD")]})
    await send({"type": "http.response.body", "body": b"django"})


ROUTES = [
    Route("POST", "/orders", place, body=Order, shared=True),
    Route("GET", "/performances/{id:int}", look, query=Since, auth="optional"),
    Route("POST", "/line/leave", leave),
    Route("POST", "/lost", lose, auth="none"),
    Route("GET", "/broken/{what}", break_down, auth="none"),
]
JSON = {"content-type": "application/json"}


@pytest.fixture
def lane() -> FastLane:
    return FastLane(ROUTES, fallback=django)


@pytest.fixture
async def client(lane: FastLane) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(lane) as client:
        yield client


async def test_a_handler_gets_the_caller_and_the_decoded_body(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders", json={"seat_ids": [4, 5], "colour": "red"}, headers=bearer(user_id=9))

    assert (answer.status_code, answer.json()) == (201, {"user": 9, "seats": [4, 5]})
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))


async def test_a_visitor_may_look_and_a_caller_is_known(client: httpx.AsyncClient) -> None:
    visited = await client.get("/performances/3?since=8")
    called = await client.get("/performances/3", headers=bearer(user_id=9))

    assert visited.json() == {"id": 3, "since": 8, "user": None}
    assert called.json() == {"id": 3, "since": 0, "user": 9}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "not_authenticated"),
        ({"Authorization": "Basic c2VsbGVyOnNlY3JldA=="}, "not_authenticated"),
        ({"Authorization": "Bearer"}, "token_invalid"),
        ({"Authorization": "Bearer x.y.z"}, "token_invalid"),
        (bearer(exp=1), "token_invalid"),
    ],
)
async def test_without_a_good_token_nobody_gets_in(client: httpx.AsyncClient, headers: Any, code: str) -> None:
    answer = await client.post("/line/leave", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_bad_token_is_refused_even_where_none_is_needed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/performances/3", headers=bearer(exp=1))

    assert answer.json()["code"] == "token_invalid"


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b"  ", JSON, 400, "malformed_body"),
        (b'{"seat_ids": [1', JSON, 400, "malformed_body"),
        (b'{"seat_ids": [1]} x', JSON, 400, "malformed_body"),
        (b'{"seat_ids": [1], "note": "\xff"}', JSON, 400, "malformed_body"),
        (b'{"seat_ids": [NaN]}', JSON, 400, "malformed_body"),
        (b'{"extra": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", JSON, 400, "malformed_body"),
        (b'{"seat_ids": [1]}', {}, 415, "unsupported_media_type"),
        (b"seat_ids=1", {"content-type": "application/x-www-form-urlencoded"}, 415, "unsupported_media_type"),
        (b'{"note": "' + b"x" * 65_536 + b'"}', JSON, 413, "payload_too_large"),
        (b"[]", JSON, 422, "validation_error"),
        (b"", {}, 422, "validation_error"),
    ],
    ids=lambda value: str(value)[:20],
)
async def test_a_body_that_cannot_be_read_is_refused(
    client: httpx.AsyncClient, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post("/orders", content=body, headers={**headers, **bearer()})

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "seat_ids"),
        ({"seat_ids": "1"}, "seat_ids"),
        ({"seat_ids": []}, "seat_ids"),
        ({"seat_ids": [1, "2"]}, "seat_ids[1]"),
        ({"seat_ids": [0]}, "seat_ids[0]"),
        ({"seat_ids": [2**64]}, "seat_ids[0]"),
        ({"seat_ids": [1.5]}, "seat_ids[0]"),
        ({"seat_ids": [1], "note": None}, "note"),
    ],
)
async def test_a_field_of_the_wrong_type_is_named(client: httpx.AsyncClient, body: Any, field: str) -> None:
    answer = await client.post("/orders", json=body, headers=bearer())

    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize("value", ["x" * 60_000, " - at `" * 8_000, " - at `x" * 7_000, " - at `$.note`"])
async def test_a_refused_value_is_not_repeated_at_length_nor_taken_for_a_field(
    client: httpx.AsyncClient, value: str
) -> None:
    answer = await client.post("/orders", json={"seat_ids": [1], "delivery": value}, headers=bearer())

    ((field, messages),) = answer.json()["errors"].items()
    assert field == "delivery"
    assert len(messages[0]) <= 200


async def test_a_length_of_any_number_of_digits_is_too_large(lane: FastLane) -> None:
    scope = {
        "type": "http", "method": "POST", "path": "/orders", "query_string": b"",
        "headers": [(b"authorization", bearer()["Authorization"].encode()), (b"content-length", b"9" * 5_000)],
    }  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing has to be read")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await lane(scope, receive, send)

    assert sent[0]["status"] == 413


async def test_a_long_body_without_a_length_is_refused_before_it_is_whole(lane: FastLane) -> None:
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 1
            yield b" " * 1024

    async with client_of(lane) as client:
        answer = await client.post("/orders", content=chunks(), headers={**JSON, **bearer()})

    assert answer.status_code == 413
    assert sent < 100


async def test_a_client_that_goes_away_in_its_body_is_not_answered(lane: FastLane) -> None:
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]
    answers: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return messages.pop(0)

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    headers = [(name.lower().encode(), value.encode()) for name, value in {**JSON, **bearer()}.items()]
    scope = {"type": "http", "method": "POST", "path": "/orders", "query_string": b"", "headers": headers}
    await lane(scope, receive, send)

    assert answers == []


@pytest.mark.parametrize("query", ["since=yesterday", "since=1.5", "&".join(f"a{n}=1" for n in range(200))])
async def test_a_query_that_makes_no_sense_is_refused(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.get(f"/performances/3?{query}")

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


async def test_what_is_no_id_in_the_path_is_not_found(client: httpx.AsyncClient) -> None:
    answer = await client.get("/performances/first")

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_refusal_is_a_problem_document_and_is_counted_not_logged(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    key = ("POST", "/lost", 409, "test_seat_gone")
    before = counters().get(key, 0)

    answer = await client.post("/lost")

    assert answer.json() == {
        "type": "/problems/test_seat_gone",
        "title": "That seat is gone",
        "status": 409,
        "detail": "That seat is gone",
        "code": "test_seat_gone",
        "seat_ids": [3],
    }
    assert counters()[key] == before + 1
    assert [record for record in caplog.records if record.name.startswith("apps.")] == []


@pytest.mark.parametrize("what", ["redis", "database"])
async def test_an_absent_store_is_answered_503_with_a_time_to_come_back(client: httpx.AsyncClient, what: str) -> None:
    answer = await client.get(f"/broken/{what}")

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_a_bug_is_logged_and_kept_from_the_client(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.get("/broken/bug")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "secret" not in answer.text
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    assert "secret" in str(record.exc_info[1])


async def test_a_method_that_an_address_does_not_have_is_refused_with_those_it_has(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/performances/3")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_invented_methods_do_not_fill_the_counters(client: httpx.AsyncClient) -> None:
    await client.request("A", "/performances/3")
    known = len(counters())

    await client.request("B", "/performances/3")

    assert len(counters()) == known


async def test_the_answers_are_among_the_metrics(client: httpx.AsyncClient) -> None:
    labels = {"method": "POST", "path": "/lost", "status": "409", "code": "test_seat_gone"}
    before = REGISTRY.get_sample_value("ticketlive_fast_lane_answers_total", labels) or 0

    await client.post("/lost")

    assert REGISTRY.get_sample_value("ticketlive_fast_lane_answers_total", labels) == before + 1


async def test_options_tells_the_methods(client: httpx.AsyncClient) -> None:
    answer = await client.options("/line/leave")

    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "OPTIONS, POST", b"")


async def test_head_is_get_without_the_body(client: httpx.AsyncClient) -> None:
    got = await client.get("/performances/3")
    asked = await client.head("/performances/3")

    assert (asked.status_code, asked.content) == (200, b"")
    assert asked.headers["content-length"] == got.headers["content-length"]


async def test_django_has_the_rest(client: httpx.AsyncClient) -> None:
    for method, path in [("GET", "/"), ("POST", "/lost/"), ("GET", "/orders"), ("OPTIONS", "/orders")]:
        assert (await client.request(method, path)).status_code == 299


async def test_an_address_in_both_lanes_tells_the_methods_of_both(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/orders")).headers["allow"] == "GET, HEAD, POST"
    assert (await client.delete("/elsewhere")).headers["allow"] == "GET, HEAD"


async def test_a_request_id_comes_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/lost", headers={"X-Request-ID": "a" * 200})

    assert answer.headers["x-request-id"] == "a" * 128
    assert "x-request-id" not in (await client.post("/lost")).headers


async def test_one_answer_may_be_sent_many_times() -> None:
    kept = json_response(200, [1])

    async def same(request: Request) -> Response:
        return kept

    lane = FastLane([Route("GET", "/same", same, auth="none")], fallback=django)
    async with client_of(lane) as client:
        first, second = [await client.get("/same", headers={"X-Request-ID": str(n)}) for n in range(2)]

    assert (first.headers["x-request-id"], second.headers["x-request-id"]) == ("0", "1")


async def live(lane: FastLane) -> list[str]:
    """Play a server that starts and ends the application; return what it is told."""
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "lifespan.shutdown" if sent else "lifespan.startup"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message["type"])

    await lane({"type": "lifespan"}, receive, send)
    return sent


def hook(done: list[str], name: str) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        done.append(name)

    return run


async def test_the_process_starts_and_ends_what_it_was_told_to() -> None:
    done: list[str] = []
    lane = FastLane(ROUTES, fallback=django, on_startup=[hook(done, "up")], on_shutdown=[hook(done, "down")])

    assert await live(lane) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert done == ["up", "down"]


async def test_a_failed_start_is_told_to_the_server() -> None:
    async def fail() -> None:
        raise ServiceUnavailable

    assert await live(FastLane(ROUTES, fallback=django, on_startup=[fail])) == ["lifespan.startup.failed"]


async def test_a_problem_document_is_json(client: httpx.AsyncClient) -> None:
    answer = await client.get("/performances/first")

    assert json.loads(answer.content)["type"] == "/problems/not_found"


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Only the plainest of requests."""


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("body", "content_type", "taken"),
    [
        (b"{}", b"application/json", True),
        (b"", b"", True),
        (b'{"line_ids": [1]}', b"application/json", False),
        (b"not json", b"application/json", False),
        (b"line_ids=1", b"application/x-www-form-urlencoded", False),
    ],
)
async def test_what_a_partial_route_does_not_take_the_fallback_gets_as_it_came(
    body: bytes, content_type: bytes, taken: bool, chunked: bool
) -> None:
    came: list[bytes] = []

    async def fallback(scope: Any, receive: Any, send: Any) -> None:
        came.append((await receive())["body"])
        await django(scope, receive, send)

    async def drop(_request: Request) -> Response:
        return empty_response()

    lane = FastLane([Route("POST", "/drop", drop, body=Nothing, auth="none", partial=True)], fallback=fallback)
    content: Any = body

    async def parts() -> AsyncIterator[bytes]:
        yield body[:1]
        yield body[1:]

    if chunked:
        content = parts()
    async with client_of(lane) as client:
        answer = await client.post("/drop", content=content, headers={"content-type": content_type.decode()})

    assert (answer.status_code, came) == ((204, []) if taken else (299, [body]))


async def test_a_partial_route_may_decline_what_it_has_read() -> None:
    async def decline(_request: Request) -> None:
        return None

    lane = FastLane([Route("POST", "/drop", decline, body=Nothing, auth="none", partial=True)], fallback=django)
    async with client_of(lane) as client:
        answer = await client.post("/drop", json={})

    assert (answer.status_code, answer.text) == (299, "django")
