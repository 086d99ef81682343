"""The seat map on the fast lane: one Redis call for most answers, and bytes that were made before."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec

from apps.common.errors import NotFound, ServiceUnavailable, TokenInvalid, ValidationFailed
from apps.common.fastlane import Rank, Request, Response, Route, json_response
from apps.common.fastlane.responses import Header
from apps.concerts.errors import SeatStateNotReady
from apps.concerts.seat_map.drawing import StatusColumn, WholeMap, compress
from apps.concerts.seat_map.layout import aget_layout, aget_layout_on_record
from apps.concerts.seat_map.live_map import live_maps
from apps.concerts.seat_map.plan import ColumnPlan, HallPlan
from apps.concerts.seat_map.statuses import SeatStatus, status_of, versions_held
from apps.concerts.seat_states.reading import NOBODY, ChangesRead, ask_for_seats, read_changes

MAX_VERSION = 2**53
VERSIONS_SHORTER_THAN_COLUMNS = 40
"""Their changes are some 1.5 kB of JSON made for one reader; all statuses of 10,000 seats some 2.5 kB, made once."""

CONTENT_TYPE = (b"content-type", b"application/json")
GZIP_ENCODING = (b"content-encoding", b"gzip")
VARY = (b"vary", b"Authorization, Accept-Encoding")
ASK_AGAIN = (b"cache-control", b"private, no-cache")


class SinceVersion(msgspec.Struct):
    """Asks for the changes since a version instead of the whole map."""

    since: Annotated[int, msgspec.Meta(ge=0, le=MAX_VERSION)] | None = None


class MapSeat(msgspec.Struct):
    """A seat and what it is to the reader."""

    id: int
    row: str
    number: int
    status: SeatStatus


class MapSection(msgspec.Struct):
    """Seats of one price, in KRW."""

    id: int
    code: str
    name: str
    grade: str
    price: int
    seats: list[MapSeat]


class SeatMap(msgspec.Struct):
    """Either every seat that is for sale, in `sections`, or with `?since=` what has `changed` since, as it is now."""

    performance_id: int
    version: int
    sections: list[MapSection] | msgspec.UnsetType = msgspec.UNSET
    changed: list[tuple[int, SeatStatus]] | msgspec.UnsetType = msgspec.UNSET


class SeatStatuses(msgspec.Struct):
    """One letter a seat in the order of the plan in columns: Available, Held, Sold, Blocked, Mine.

    It goes with the plan whose `version` is `layout_version`. With `?since=` it is what has `changed` since, as it is
    now, where that is short.
    """

    performance_id: int
    version: int
    layout_version: int
    statuses: str | msgspec.UnsetType = msgspec.UNSET
    changed: list[tuple[int, SeatStatus]] | msgspec.UnsetType = msgspec.UNSET


async def show_seats(request: Request) -> Response:
    """Answer with the map, with what changed `?since=` a version, or with 304 where the reader has it already.

    Changes since too long ago are the whole map again.
    """
    performance_id: int = request.path_params["performance_id"]
    user_id = NOBODY if request.user is None else request.user.user_id
    try:
        if request.query.since is not None:
            changes = await read_changes.arun(performance_id, since=request.query.since, user_id=user_id)
            if changes is not None:
                changed = await _changed(performance_id, changes)
                seats = SeatMap(performance_id, changes.version, changed=changed)
                return json_response(200, seats, [VARY, ASK_AGAIN])
        return await _map(request, performance_id, user_id=user_id)
    except SeatStateNotReady:
        await _bring_back(performance_id)
        raise


async def show_statuses(request: Request) -> Response:
    """Answer with the statuses alone, with what changed `?since=` a version, or with 304 where the reader has them.

    It is for who has the plan in columns. Changes that are not shorter than all statuses are all statuses.
    """
    performance_id: int = request.path_params["performance_id"]
    user_id = NOBODY if request.user is None else request.user.user_id
    try:
        if request.query.since is not None:
            changes = await read_changes.arun(
                performance_id, since=request.query.since, user_id=user_id, at_most=VERSIONS_SHORTER_THAN_COLUMNS
            )
            if changes is not None:
                changed = await _changed(performance_id, changes)
                seats = SeatStatuses(performance_id, changes.version, changes.layout_version, changed=changed)
                return json_response(200, seats, [VARY, ASK_AGAIN])
        return await _map(request, performance_id, user_id=user_id, in_columns=True)
    except SeatStateNotReady:
        await _bring_back(performance_id)
        raise


async def show_layout(request: Request) -> Response:
    """Answer with where each seat is, for drawing the hall, or with 304 where the reader has it already."""
    plan = await live_maps().of(request.path_params["performance_id"]).plan()
    headers = _headers(plan.version, NOBODY)
    if _has(request, _tag(plan.version, NOBODY)):
        return Response(304, headers=headers)
    return _whole(request, plan.body, plan.compressed, headers)


async def show_columns(request: Request) -> Response:
    """Answer with the plan in its compact form, or with 304."""
    plan = await live_maps().of(request.path_params["performance_id"]).plan()
    headers = _headers(plan.version, NOBODY)
    if _has(request, _tag(plan.version, NOBODY)):
        return Response(304, headers=headers)
    return _whole(request, plan.columns, plan.columns_compressed, headers)


async def _bring_back(performance_id: int) -> None:
    await aget_layout_on_record(performance_id)  # a performance that nobody knows, or is to know, is a 404
    await ask_for_seats(performance_id)


async def _changed(performance_id: int, changes: ChangesRead) -> list[tuple[int, SeatStatus]]:
    layout = await aget_layout(performance_id, at_least=changes.layout_version)
    held, ids = versions_held(changes.own), layout.ids_by_ordinal
    changed = []
    for ordinal, expires_at, version in changes.cells:
        status = status_of(expires_at, now=changes.now)
        if status is SeatStatus.HELD and version in held:
            status = SeatStatus.MINE
        if ordinal in ids:
            changed.append((ids[ordinal], status))
    return changed


async def _map(request: Request, performance_id: int, *, user_id: int, in_columns: bool = False) -> Response:
    live_map = live_maps().of(performance_id)
    state = await live_map.read(user_id=user_id)
    holds_seats = bool(versions_held(state.own))
    if _has(request, _tag(state.version, user_id if holds_seats else NOBODY)):
        return Response(304, headers=_headers(state.version, user_id if holds_seats else NOBODY))
    drawing = await live_map.drawing(state)
    own = drawing.own_ordinals(state.own) if holds_seats else []
    headers = _headers(drawing.version, user_id if own else NOBODY)
    drawn = drawing.statuses if in_columns else drawing.whole
    if not own:
        if isinstance(drawn, WholeMap) and not drawn.is_written:
            await asyncio.to_thread(drawn.write)
        return _whole(request, drawn.body, drawn.compressed, headers)
    body, compressed = await asyncio.to_thread(_draw_with, drawn, own)
    return _whole(request, body, compressed, headers)


def _whole(request: Request, body: bytes, compressed: bytes, headers: list[Header]) -> Response:
    if _takes_gzip(request):
        return Response(200, compressed, [CONTENT_TYPE, *headers, GZIP_ENCODING])
    return Response(200, body, [CONTENT_TYPE, *headers])


def _draw_with(drawing: WholeMap | StatusColumn, own: list[int]) -> tuple[bytes, bytes]:
    body = drawing.body_with(own)
    return body, compress(body)


def _tag(version: int, holder: int) -> bytes:
    """Name a map: whoever holds seats of it has one of their own. Weak, as it is the same compressed or not."""
    return b'W/"%d-%d"' % (version, holder) if holder else b'W/"%d"' % version


def _headers(version: int, holder: int) -> list[Header]:
    return [(b"etag", _tag(version, holder)), VARY, ASK_AGAIN]


def _has(request: Request, tag: bytes) -> bool:
    """Whether the reader has the map of that tag (RFC 9110, "If-None-Match")."""
    known = request.headers.get(b"if-none-match")
    return known is not None and tag.removeprefix(b"W/") in known


def _takes_gzip(request: Request) -> bool:
    accepted = request.headers.get(b"accept-encoding", b"")
    return b"gzip" in accepted and b"gzip;q=0" not in accepted.replace(b" ", b"")


TAGS = ("concerts",)

ROUTES = [
    Route(
        "GET",
        "/api/performances/{performance_id:int}/seats",
        show_seats,
        rank=Rank.SEAT_MAP,
        query=SinceVersion,
        auth="optional",
        responses={200: SeatMap, 304: None},
        errors=[NotFound, TokenInvalid, ValidationFailed, ServiceUnavailable],
        summary="The seats of a performance and what they are to the caller",
        tags=TAGS,
    ),
    Route(
        "GET",
        "/api/performances/{performance_id:int}/seats/columns",
        show_statuses,
        rank=Rank.SEAT_MAP,
        query=SinceVersion,
        auth="optional",
        responses={200: SeatStatuses, 304: None},
        errors=[NotFound, TokenInvalid, ValidationFailed, ServiceUnavailable],
        summary="What the seats are to the caller, one letter each, for who has the plan in columns",
        tags=TAGS,
    ),
    Route(
        "GET",
        "/api/performances/{performance_id:int}/layout/columns",
        show_columns,
        rank=Rank.SEAT_MAP,
        auth="none",
        responses={200: ColumnPlan, 304: None},
        errors=[NotFound, ServiceUnavailable],
        summary="Where the seats of a performance are, in the few bytes that a phone wants",
        tags=TAGS,
    ),
    Route(
        "GET",
        "/api/performances/{performance_id:int}/layout",
        show_layout,
        rank=Rank.SEAT_MAP,
        auth="none",
        responses={200: HallPlan, 304: None},
        errors=[NotFound, ServiceUnavailable],
        summary="Where the seats of a performance are, for drawing the hall",
        tags=TAGS,
    ),
]
