"""What this process says of those who are far from their turn: the same as the scripts, for any line."""

from __future__ import annotations

from math import floor
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from apps.concerts.waiting_room import board
from apps.concerts.waiting_room.far_in_line import JITTER, NEAR_PEOPLE, NEAR_SECONDS, FarInLine, Figures
from apps.concerts.waiting_room.keys import board_keys, line_key, tick_keys, visit_keys
from tests.integration.concerts.waiting_room.line import PERFORMANCE, Line
from tests.lua_clock import put_under_clock

USER = 1
SEEN, RETURNERS = tick_keys(PERFORMANCE)[1], tick_keys(PERFORMANCE)[3]

LINES = st.fixed_dictionaries(
    {
        "cursor": st.integers(0, 5_000),
        "number": st.integers(1, 300_000),
        "behind": st.integers(0, 50_000),
        "gap_from": st.integers(0, 200_000),
        "gap": st.sampled_from([0, 0, 500, 100_000]),
        "returners": st.integers(0, 40),
        "rate": st.floats(0.01, 1_000),
        "outflow": st.floats(0.0, 1_500),
        "door_ends_in": st.floats(-100, 100),
        "opens_in": st.integers(-100, 4_000),
        "seats_left": st.integers(0, 10_000),
        "counted_ago": st.integers(0, 20),
        "microseconds": st.integers(0, 999_999),
    }
)
A_LINE = {
    "cursor": 10, "number": 2_000, "behind": 5, "gap_from": 0, "gap": 0, "returners": 0, "rate": 2.0, "outflow": 2.0,
    "door_ends_in": 0.0, "opens_in": -100, "seats_left": 7, "counted_ago": 1, "microseconds": 0,
}  # fmt: skip


@pytest.fixture(autouse=True)
def board_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    put_under_clock(monkeypatch, board)


def make(line: Line, drawn: dict[str, Any]) -> None:
    """Bring a line to where it was drawn, with one person in it."""
    line.clock.advance(drawn["microseconds"] / 1e6)
    now = line.clock.now
    line.client.delete(SEEN, RETURNERS)
    line.client.hset(
        line_key(PERFORMANCE),
        mapping={
            "next": drawn["number"] + drawn["behind"],
            "cursor": drawn["cursor"],
            "gap_from": drawn["gap_from"],
            "gap_to": drawn["gap_from"] + drawn["gap"],
            "rate": drawn["rate"],
            "outflow": drawn["outflow"],
            "door_ends_at": f"{now + drawn['door_ends_in']:.6f}",
            "opens_at": int(now) + drawn["opens_in"],
            "joins_from": int(now) - 1800,
            "seats_left": drawn["seats_left"],
            "seats_counted_at": int(now) - drawn["counted_ago"],
        },
    )
    if drawn["returners"]:
        line.client.zadd(RETURNERS, {str(1_000_000 + number): number for number in range(drawn["returners"])})
    line.client.hset(visit_keys(PERFORMANCE, USER)[1], str(USER % 100), drawn["number"])


def far_in(line: Line) -> FarInLine:
    return FarInLine.read(board.BOARD.run(board_keys(PERFORMANCE))[-1])


def cell_of(line: Line, number: int) -> int:
    return int.from_bytes(line.client.getrange(SEEN, 4 * (number - 1), 4 * number - 1))


def assert_same(found: Figures, line: Line, *, number: int) -> None:
    """Hold what this process says of somebody to what Redis says, and writes."""
    said = line.look(USER)
    assert (found.ahead, found.behind, found.eta_seconds) == (said.ahead, said.behind, said.eta_seconds)
    assert floor(1000 * found.poll_seconds) / 1000 == said.poll_seconds
    assert found.present_until == cell_of(line, number)
    payload = msgspec.json.decode(found.answer(number, b"a place", far_in(line).of_all))
    assert payload.pop("poll_after_seconds") == pytest.approx(said.poll_seconds, rel=JITTER, abs=0.1)
    assert payload == {
        "status": said.status, "number": said.number, "position": said.ahead + 1, "ahead": said.ahead,
        "behind": said.behind, "eta_seconds": said.eta_seconds, "place": "a place", "pass_expires_at": None,
        "now_serving": said.now_serving, "rate": said.rate, "mode": said.mode, "seats_left": said.seats_left,
    }  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=LINES)
@example(drawn=A_LINE)
@example(drawn={**A_LINE, "gap": 500, "returners": 9})
@example(drawn={**A_LINE, "outflow": 0.0, "rate": 0.01})
@example(drawn={**A_LINE, "opens_in": 1_000})
@example(drawn={**A_LINE, "rate": 100.0, "outflow": 100.0, "door_ends_in": 50.0})
def test_it_is_what_redis_says_and_counts_for_as_long(line: Line, drawn: dict[str, Any]) -> None:
    assume(drawn["number"] > drawn["cursor"])
    make(line, drawn)
    far = far_in(line)

    found = far.figures(drawn["number"], far.at)

    assume(found is not None)
    assert found is not None
    assert_same(found, line, number=drawn["number"])


def test_a_second_later_it_is_what_redis_says_then(line: Line) -> None:
    make(line, {**A_LINE, "opens_in": 500})
    far = far_in(line)
    line.clock.advance(0.7)

    found = far.figures(2_000, far.at + 0.7)

    assert found is not None
    assert_same(found, line, number=2_000)


@pytest.mark.parametrize(("rate", "people"), [(2.0, NEAR_PEOPLE), (50.0, 50 * NEAR_SECONDS)])
def test_who_is_near_is_for_redis_to_tell(line: Line, rate: float, people: int) -> None:
    make(line, {**A_LINE, "cursor": 0, "rate": rate, "number": people + 1, "behind": 0})
    far = far_in(line)

    assert far.figures(people, far.at) is None
    assert far.figures(people + 1, far.at) is not None


def test_free_numbers_keep_nobody_from_being_near(line: Line) -> None:
    """The cursor passes over all of them in a moment."""
    make(line, {**A_LINE, "cursor": 0, "gap_from": 0, "gap": 100_000, "number": 100_050})
    far = far_in(line)

    assert far.figures(100_050, far.at) is None
    assert far.figures(100_000 + NEAR_PEOPLE + 1, far.at) is not None
