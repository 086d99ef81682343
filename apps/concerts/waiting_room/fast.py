"""Join, status and leave, on the fast lane: a token check, one script, a few bytes of JSON."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import random
from typing import Annotated, Concatenate, Literal, ParamSpec, TypeVar

import msgspec
from django.conf import settings

from apps.accounts.client_address import crowd_network
from apps.common.budgets import SpenderArgs, spenders
from apps.common.database.threads import in_database_thread
from apps.common.errors import NotFound, ServiceUnavailable, TooManyRequests, ValidationFailed
from apps.common.fastlane import Request, Response, Route, empty_response, json_response
from apps.common.fastlane.responses import JSON_TYPE
from apps.concerts.errors import LineNotReady, NotInLine, NotOnSale
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.far_in_line import JITTER_SPAN, LEAST_JITTER
from apps.concerts.waiting_room.kept_positions import kept_positions
from apps.concerts.waiting_room.queue_token import QueueToken, read_queue_token, sign_queue_token
from apps.concerts.waiting_room.services.open_line import open_line
from apps.concerts.waiting_room.store import QueuePosition

LONGEST_HOLD_SECONDS = 0.25  # for which an answer waits for its owner's moment, so that nobody has to ask once more
JSON_HEADERS = (JSON_TYPE,)
LOOKS_HELD = 2  # when the turn comes; then when the one before is through

T = TypeVar("T")
P = ParamSpec("P")


class JoinLine(msgspec.Struct):
    """What may come with a join: the place that an earlier answer handed over.

    `only_come_back` asks for no new number: whoever has none, and no place that counts, gets `not_in_line`.
    """

    place: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    only_come_back: bool = False


class PlaceInLine(msgspec.Struct):
    """Where somebody stands, and when to ask again.

    `seats_left` is how many seats can be had, as of some seconds ago; null where that is not known. far_in_line.py
    writes the same members.
    """

    status: Literal["WAITING", "ADMITTED", "OPEN", "PAUSED", "CLOSED"]
    number: int | None
    position: int
    ahead: int
    behind: int
    eta_seconds: int | None
    poll_after_seconds: float
    place: str | None
    pass_expires_at: datetime | None
    now_serving: int
    rate: float
    mode: Literal["OPEN", "QUEUE", "PAUSED", "CLOSED"]
    seats_left: int | None


async def join_line(request: Request) -> Response:
    """Give the caller a number, or the one they have.

    A place that is not theirs is refused, with where they stand without it: {"status", "number", "ahead"}, null where
    they are not in line. One that was spent gives no number back, and its owner stands at the end.
    """
    performance_id, user_id = request.path_params["performance_id"], request.user.user_id
    token = store.NO_TOKEN
    if request.body.place is not None:
        try:
            token = read_queue_token(request.body.place, performance_id=performance_id, user_id=user_id)
        except ValidationFailed as refusal:
            refusal.extras["standing"] = await _position_of(performance_id, user_id)
            raise
    only_come_back = request.body.only_come_back
    position = await _in_line(
        store.join, performance_id, user_id, token=token, only_come_back=only_come_back, who=_who(request)
    )
    kept_positions().learn(performance_id, user_id, position)
    return _answer(position, performance_id=performance_id, user_id=user_id)


async def show_place(request: Request) -> Response:
    """Tell the caller where they stand; being asked keeps them in line, and claims the turn that has come.

    Redis is asked about whoever is near their turn. Whose moment is near enough is answered when it is there.
    """
    performance_id, user_id = request.path_params["performance_id"], request.user.user_id
    kept = kept_positions()
    answer = await kept.answer(performance_id, user_id)
    if answer is not None:
        return Response(200, answer, JSON_HEADERS)
    kept.forget(performance_id, user_id)  # until Redis has said more
    position = await _ask_redis(performance_id, user_id)
    kept.learn(performance_id, user_id, position)
    return _answer(position, performance_id=performance_id, user_id=user_id)


async def _ask_redis(performance_id: int, user_id: int) -> QueuePosition:
    position = await _in_line(store.look, performance_id, user_id)
    for _ in range(LOOKS_HELD):
        if not position.is_called or position.poll_seconds > LONGEST_HOLD_SECONDS:
            break
        await asyncio.sleep(position.poll_seconds)
        position = await _in_line(store.look, performance_id, user_id)
    return position


async def leave_line(request: Request) -> Response:
    """Give up the caller's place and pass."""
    performance_id, user_id = request.path_params["performance_id"], request.user.user_id
    await _in_line(store.leave, performance_id, user_id, who=_who(request))
    kept_positions().forget(performance_id, user_id)
    return empty_response()


def _who(request: Request) -> SpenderArgs:
    """Return who spends of the numbers that may be given up: a place is free, leaving it again and again is not."""
    return spenders(settings.SALE_RATES["joins"], account=request.user.user_id, network=crowd_network(request))


async def _in_line(
    call: Callable[Concatenate[int, P], Awaitable[T]], performance_id: int, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Call the store, making the line first where it is not there."""
    try:
        return await call(performance_id, *args, **kwargs)
    except LineNotReady:
        await in_database_thread(open_line, performance_id)
        return await call(performance_id, *args, **kwargs)


async def _position_of(performance_id: int, user_id: int) -> dict[str, str | int] | None:
    """Return where the caller stands, without counting them as present."""
    position = await store.peek.arun(performance_id, user_id)
    return None if position is None else msgspec.structs.asdict(position)


def _answer(position: QueuePosition, *, performance_id: int, user_id: int) -> Response:
    place = None
    if position.number is not None:
        place = sign_queue_token(
            QueueToken(position.number, position.at), performance_id=performance_id, user_id=user_id
        )
    is_waiting = position.status in {"WAITING", "PAUSED"}
    poll_seconds = position.poll_seconds  # to the moment of somebody who is called; the others spread
    if not position.is_called:
        poll_seconds = int(10 * poll_seconds * (LEAST_JITTER + JITTER_SPAN * random())) / 10
    pass_ends_at = position.pass_ends_at
    content = PlaceInLine(
        status=position.status,  # type: ignore[arg-type]  # the script's words are the contract's
        number=position.number,
        position=position.ahead + 1 if is_waiting else 0,
        ahead=position.ahead,
        behind=position.behind,
        eta_seconds=position.eta_seconds,
        poll_after_seconds=poll_seconds,
        place=place,
        pass_expires_at=None if pass_ends_at is None else datetime.fromtimestamp(pass_ends_at, UTC),
        now_serving=position.now_serving,
        rate=position.rate,
        mode=position.mode,  # type: ignore[arg-type]
        seats_left=position.seats_left,
    )
    return json_response(200, content)


TAGS = ("waiting room",)

ROUTES = [
    Route(
        "POST",
        "/api/waiting-room/{performance_id:int}/join",
        join_line,
        body=JoinLine,
        responses={200: PlaceInLine},
        errors=[NotFound, NotInLine, NotOnSale, TooManyRequests, ValidationFailed, ServiceUnavailable],
        summary="Join the line of a performance, or come back to it",
        tags=TAGS,
    ),
    Route(
        "GET",
        "/api/waiting-room/{performance_id:int}/status",
        show_place,
        responses={200: PlaceInLine},
        errors=[NotFound, NotInLine, NotOnSale, ServiceUnavailable],
        summary="Where the caller stands; claims the turn that has come",
        tags=TAGS,
    ),
    Route(
        "POST",
        "/api/waiting-room/{performance_id:int}/leave",
        leave_line,
        responses={204: None},
        errors=[NotFound, NotOnSale, ServiceUnavailable],
        summary="Give up the place in line, and the pass",
        tags=TAGS,
    ),
]
