"""What a line tells everybody, on the fast lane: bytes that were made this second."""

from __future__ import annotations

from apps.common.errors import NotFound, ServiceUnavailable
from apps.common.fastlane import Request, Response, Route
from apps.concerts.waiting_room.board import LineNow, boards


async def show_now(request: Request) -> Response:
    """How the line stands and moves: public, the same for all, and cacheable for a second.

    Your own place follows from it and your last answer of `join` or `status`: so many are `ahead` of you as that
    answer said, less what `now_serving` has grown by since. Without that answer it is at most `number - now_serving -
    1`. Your turn comes in about `(ahead + 1) / moved_per_second` seconds, from `opens_at` on, while `mode` is QUEUE.
    Look again after `next_look_seconds`, or a tenth of your wait where that is longer. Ask `status` once `now_serving`
    has reached your number, which claims the turn, and after `poll_after_seconds` in any case, which keeps your place.
    """
    known_boards = boards()
    performance_id: int = request.path_params["performance_id"]
    board = known_boards.fresh(performance_id) or await known_boards.read(performance_id)
    known = request.headers.get(b"if-none-match")
    return board.whole if known is None or board.tag not in known else board.unchanged


ROUTES = [
    Route(
        "GET",
        "/api/waiting-room/{performance_id:int}/now",
        show_now,
        auth="none",
        responses={200: LineNow, 304: None},
        errors=[NotFound, ServiceUnavailable],
        summary="How the line of a performance stands and moves, for everybody",
        tags=("waiting room",),
    )
]
