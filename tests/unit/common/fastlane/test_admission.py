"""Who goes first when more comes than can be served, who waits, and who is told when to come back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from apps.common.fastlane import FastLane, Rank, Request, Response, Route, empty_response
from apps.common.fastlane.admission import BOUNDS, Admission, Bounds
from apps.common.sockets.early_refusals import early_refusals
from tests.fast_lane import bearer, client_of
from ticketlive.fast_lane import fast_lane_routes

TIGHT = {rank: Bounds(under_way=2, when_some_wait=1, waiting=2, retry_seconds=(4, 6)) for rank in Rank}


@pytest.fixture(autouse=True)
def _no_early_refusals() -> Iterator[None]:
    yield
    early_refusals.are_on = False


@pytest.fixture
def admission() -> Admission:
    return Admission(TIGHT)


def coming(admission: Admission, rank: Rank, order: list[Rank]) -> asyncio.Task[Response | None]:
    """Let a request come that cannot begin at once."""

    async def come() -> Response | None:
        assert not admission.begins(rank)
        refusal = await admission.comes_up(rank)
        if refusal is None:
            order.append(rank)
        return refusal

    return asyncio.ensure_future(come())


async def some_turns() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_fits_begins_at_once(admission: Admission) -> None:
    assert admission.begins(Rank.LINE)
    assert admission.begins(Rank.LINE)
    assert not admission.begins(Rank.LINE)
    admission.ends(Rank.LINE)
    assert admission.begins(Rank.LINE)


async def test_the_nearest_to_a_ticket_goes_first_whoever_came_first(admission: Admission) -> None:
    admission = Admission(TIGHT, taken_up=1)
    order: list[Rank] = []
    for rank in Rank:
        assert admission.begins(rank)
        assert admission.begins(rank)
    tasks = [coming(admission, rank, order) for rank in reversed(Rank)]
    await some_turns()
    assert order == []

    for rank in reversed(Rank):
        admission.ends(rank)
        admission.ends(rank)
    await asyncio.gather(*tasks)

    assert order == list(Rank)


async def test_beside_those_that_wait_who_is_nearer_begins_at_once_and_who_is_not_waits(admission: Admission) -> None:
    order: list[Rank] = []
    for _ in range(2):
        assert admission.begins(Rank.ORDER)
    waiting = coming(admission, Rank.ORDER, order)
    await some_turns()

    assert admission.begins(Rank.CONFIRM)
    later = coming(admission, Rank.LINE, order)
    await later  # the line's own are few: those of another class that wait for something else do not hold it up
    assert order == [Rank.LINE]
    waiting.cancel()


async def test_while_some_wait_fewer_of_the_class_are_under_way(admission: Admission) -> None:
    order: list[Rank] = []
    for _ in range(2):
        assert admission.begins(Rank.LINE)
    waiting = coming(admission, Rank.LINE, order)
    await some_turns()

    admission.ends(Rank.LINE)
    await some_turns()
    assert order == []
    admission.ends(Rank.LINE)
    await waiting


async def test_who_does_not_fit_is_told_different_times_to_come_back(admission: Admission) -> None:
    order: list[Rank] = []
    for _ in range(2):
        assert admission.begins(Rank.LINE)
    waiting = [coming(admission, Rank.LINE, order) for _ in range(2)]
    await some_turns()

    refusals = [await coming(admission, Rank.LINE, order) for _ in range(3)]

    assert [refusal.status for refusal in refusals if refusal] == [503] * 3
    seconds = [dict(refusal.headers)[b"retry-after"] for refusal in refusals if refusal]
    assert seconds == [b"4", b"5", b"6"]
    for one in waiting:
        one.cancel()


async def test_while_the_line_is_full_its_calls_are_refused_by_their_bytes(admission: Admission) -> None:
    order: list[Rank] = []
    for _ in range(2):
        assert admission.begins(Rank.LINE)
    waiting = [coming(admission, Rank.LINE, order) for _ in range(2)]
    await some_turns()
    assert not early_refusals.are_on

    await coming(admission, Rank.LINE, order)
    assert early_refusals.are_on

    admission.ends(Rank.LINE)
    admission.ends(Rank.LINE)
    await waiting[0]
    assert not early_refusals.are_on, "there is room again"
    waiting[1].cancel()


async def test_another_class_that_is_full_keeps_nobody_in_line_from_being_heard(admission: Admission) -> None:
    order: list[Rank] = []
    for _ in range(2):
        assert admission.begins(Rank.ORDER)
    waiting = [coming(admission, Rank.ORDER, order) for _ in range(2)]
    await some_turns()

    refusal = await coming(admission, Rank.ORDER, order)

    assert refusal is not None
    assert not early_refusals.are_on
    for one in waiting:
        one.cancel()


async def test_who_gives_up_waiting_takes_nobody_s_place(admission: Admission) -> None:
    order: list[Rank] = []
    for _ in range(2):
        assert admission.begins(Rank.LINE)
    impatient, patient = coming(admission, Rank.LINE, order), coming(admission, Rank.LINE, order)
    await some_turns()
    impatient.cancel()
    await some_turns()
    admission.ends(Rank.LINE)
    admission.ends(Rank.LINE)
    await patient

    assert order == [Rank.LINE]
    admission.ends(Rank.LINE)
    assert admission.begins(Rank.LINE)
    assert admission.begins(Rank.LINE)


class Lane:
    """A lane with one slow address; `free` lets it answer."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.begun = 0
        routes = [
            Route("GET", "/line/{id:int}", self.wait),
            Route("POST", "/confirm", self.wait, rank=Rank.CONFIRM),
            Route("GET", "/broken", self.break_down, auth="none"),
        ]
        self.client = client_of(FastLane(routes, fallback=_nowhere, admission=Admission(TIGHT)))

    async def wait(self, _request: Request) -> Response:
        self.begun += 1
        await self.free.wait()
        return empty_response()

    async def break_down(self, _request: Request) -> Response:
        raise KeyError("a secret")

    def ask(self, method: str = "GET", path: str = "/line/1", **headers: str) -> asyncio.Task[httpx.Response]:
        return asyncio.ensure_future(self.client.request(method, path, headers=headers or bearer()))


async def _nowhere(*_arguments: object) -> None:
    raise AssertionError("nothing is left to the fallback")


async def _nothing(_request: Request) -> Response:
    return empty_response()


@pytest.fixture
async def lane() -> AsyncIterator[Lane]:
    lane = Lane()
    yield lane
    lane.free.set()


async def test_a_full_line_refuses_its_own_and_keeps_nobody_from_paying(lane: Lane) -> None:
    crowd = [lane.ask() for _ in range(5)]
    refused = await crowd[4]
    confirm = lane.ask("POST", "/confirm")
    while lane.begun < 3:
        await asyncio.sleep(0)

    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")
    assert refused.headers["retry-after"] == "4"
    lane.free.set()
    assert [answer.status_code for answer in await asyncio.gather(*crowd[:4], confirm)] == [204] * 5


async def test_who_has_no_token_is_refused_for_that_and_takes_no_place(lane: Lane) -> None:
    strangers = [await lane.ask(**{"X-Nobody": "1"}) for _ in range(10)]

    assert {answer.status_code for answer in strangers} == {401}
    crowd = [lane.ask() for _ in range(2)]
    while lane.begun < 2:
        await asyncio.sleep(0)
    lane.free.set()
    await asyncio.gather(*crowd)


async def test_a_handler_that_fails_gives_its_place_back(lane: Lane) -> None:
    for _ in range(10):
        assert (await lane.ask(path="/broken")).status_code == 500


def test_the_sale_s_calls_have_the_ranks_that_lead_to_a_ticket() -> None:
    ranks = {(route.method, route.path): route.rank for route in fast_lane_routes()}

    assert ranks["POST", "/api/payments/confirm"] == Rank.CONFIRM
    assert ranks["POST", "/api/orders/{order_id}/reserve"] == Rank.RESERVE
    assert ranks["POST", "/api/orders"] == Rank.ORDER
    assert ranks["GET", "/api/performances/{performance_id:int}/seats"] == Rank.SEAT_MAP
    assert ranks["POST", "/api/waiting-room/{performance_id:int}/join"] == Rank.LINE
    assert ranks["GET", "/api/waiting-room/{performance_id:int}/status"] == Rank.LINE


def test_by_their_bytes_the_calls_of_those_who_wait_are_refused_and_no_others() -> None:
    early_refusals.set_up([], [b""])
    routes = list(fast_lane_routes())
    FastLane(routes, fallback=_nowhere)

    def answer_to(route: Route) -> bytes | None:
        path = re.sub(r"{[^}]*}", "7", route.path)
        return early_refusals.answer_to(f"{route.method} {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode())

    answers = {f"{route.method} {route.path}": answer_to(route) for route in routes}
    refused = {call: answer for call, answer in answers.items() if answer is not None}
    assert list(refused) == ["GET /api/waiting-room/{performance_id:int}/status"]
    (answer,) = refused.values()
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: " in answer


def test_a_call_that_is_not_known_by_its_bytes_alone_is_parsed() -> None:
    early_refusals.set_up([], [b""])
    routes = [
        Route("GET", "/all", _nothing),
        Route("GET", "/of/{one:int}/{other:int}", _nothing),
        Route("POST", "/of/{one:int}/join", _nothing),
        Route("GET", "/of/{one:int}/end", _nothing),
    ]
    FastLane(routes, fallback=_nowhere)

    def is_refused(path: str) -> bool:
        return early_refusals.answer_to(f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode()) is not None

    assert is_refused("/of/7/end")
    assert not any(map(is_refused, ("/all", "/all/else", "/of/7/8", "/of/7/join")))


def test_no_class_has_more_room_than_the_one_before_it() -> None:
    rooms = [BOUNDS[rank].when_some_wait for rank in Rank]

    assert rooms == sorted(rooms, reverse=True)
