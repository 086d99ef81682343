"""A pass outlives neither its purchase nor the hard limit, and does not end while seats are held."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.common.redis.scripts import Header, LuaScript, with_includes
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import line_key, pass_keys
from tests.integration.concerts.waiting_room.line import PERFORMANCE, Line
from tests.lua_clock import REAL, TURNED

# What a booking script does of it: check, then prolong.
BOOKING = """\
-- booking: holds seats for as long as it is told.
-- KEYS[1] line:{performance:ID}     the line
-- KEYS[2] passes:{performance:ID}   the passes
-- KEYS[3] entered:{performance:ID}  when they were given
-- ARGV[1] user_id
-- ARGV[2] seconds that the seats are held
-- returns what the check said
-- include apps/common/redis/now.lua
-- include apps/concerts/waiting_room/pass_check.lua
local now = now()
local access = has_pass(KEYS[1], KEYS[2], ARGV[1], now)
if access == "PASS" then
  prolong_pass(KEYS[1], KEYS[2], KEYS[3], ARGV[1], now, now + tonumber(ARGV[2]))
end
return access
"""


def book(user_id: int, *, seconds: int = 600) -> bytes:
    source = with_includes(BOOKING, folder=Path(store.__file__).parent).replace(REAL, TURNED)
    script = LuaScript(source, header=Header.parse(BOOKING))
    return script.run([line_key(PERFORMANCE), *pass_keys(PERFORMANCE)], (user_id, seconds))


def pass_ends_in(line: Line, user_id: int) -> float:
    return (line.look(user_id).pass_ends_at or 0) - line.clock.now


def test_a_pass_lasts_as_long_as_the_seats_are_held(line: Line) -> None:
    line.join(1)
    line.admit(1)
    line.clock.advance(500)

    assert book(1) == b"PASS"

    assert pass_ends_in(line, 1) == pytest.approx(600, abs=1)
    line.pass_time(599)
    assert line.has_pass(1)
    line.pass_time(1)
    assert not line.has_pass(1)


def test_a_short_hold_does_not_shorten_a_pass(line: Line) -> None:
    line.join(1)
    line.admit(1)

    book(1, seconds=60)

    assert pass_ends_in(line, 1) == pytest.approx(600, abs=1)


def test_holding_again_and_again_ends_at_the_hard_limit(line: Line) -> None:
    line.join(1)
    line.admit(1)
    admitted_at = line.clock.now

    while line.has_pass(1):
        book(1)
        line.pass_time(100)
        assert line.clock.now <= admitted_at + 1900

    assert line.clock.now == pytest.approx(admitted_at + 1800, abs=100)
    assert book(1) == b"NO_PASS"


def test_a_new_pass_starts_a_new_limit(line: Line) -> None:
    line.join(1)
    line.admit(1)
    for _ in range(20):
        book(1)
        line.pass_time(100)
    assert not line.has_pass(1)

    line.join(1)
    line.admit(1)
    line.clock.advance(300)
    book(1)

    assert pass_ends_in(line, 1) == pytest.approx(600, abs=1)


def test_who_books_through_an_open_door_may_finish_when_it_queues(line: Line) -> None:
    line.change(mode="OPEN")
    assert book(1) == b"PASS"

    line.change(mode="QUEUE")

    assert line.has_pass(1)
    assert line.look(1).status == "ADMITTED"
    assert not line.has_pass(2)
    assert line.inside() == 1


@pytest.mark.parametrize(("mode", "answer"), [("QUEUE", b"NO_PASS"), ("PAUSED", b"NO_PASS"), ("CLOSED", b"CLOSED")])
def test_without_a_pass_nobody_books(line: Line, mode: str, answer: bytes) -> None:
    line.change(mode=mode)

    assert book(1) == answer
    assert not line.client.exists(*pass_keys(PERFORMANCE))


def test_nobody_books_while_the_line_is_not_there(line: Line) -> None:
    line.join(1)
    line.admit(1)
    line.client.delete(line_key(PERFORMANCE))

    assert book(1) == b"NOT_READY"


def test_another_line_s_pass_is_none_here(line: Line) -> None:
    store.restore_passes(PERFORMANCE + 1, {1: int(line.clock.now) + 600})

    assert not line.has_pass(1)
