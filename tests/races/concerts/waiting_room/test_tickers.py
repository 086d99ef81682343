"""Three tickers at once, killed over and over, Redis too: as many are let in as the rate allows for the time passed."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from apps.common.redis import sync_redis
from apps.common.redis.scripts import LuaScript
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import number_keys, record_key, tick_keys, visit_keys
from apps.concerts.waiting_room.line_settings import LineSettings
from tests.integration.concerts.waiting_room.line import PERFORMANCE, line_settings
from tests.lua_clock import LuaClock, put_under_clock
from tests.races.concerts.waiting_room import ticker
from tests.servers import PrivateProcess, PrivateRedis

RATE = 50.0
PEOPLE = 3_000
KILLS = 9
STEPS, STEP_SECONDS = 7, 0.5  # between two of them
MOST = 5_000


@pytest.fixture
def clock(redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch) -> LuaClock:
    """The clock that the tickers see too: it lies in their Redis, and outlives its death as all else there does."""
    put_under_clock(monkeypatch, store)
    return LuaClock(sync_redis())


@pytest.fixture
def settings_of_line(clock: LuaClock) -> LineSettings:
    settings = line_settings(clock, rate=RATE, inside_limit=1_000_000)
    return dataclasses.replace(settings, opens_at=settings.opens_at - 60)


@pytest.fixture
def tickers(redis_server: PrivateRedis, settings_of_line: LineSettings, tmp_path: Path) -> Iterator[list[Ticker]]:
    call = tmp_path / "call.json"
    call.write_text(
        json.dumps(
            {
                "socket": str(redis_server.socket),
                "source": store.TICK.source.decode(),
                "keys": tick_keys(PERFORMANCE),
                "args": [settings_of_line.as_json().decode(), MOST],
            }
        )
    )
    tickers = [Ticker(f"ticker{number}", call, tmp_path) for number in range(3)]
    yield tickers
    for one in tickers:
        one.process.end(signal.SIGKILL)


class Ticker:
    """A process that ticks. It counts as started once it has ticked again."""

    def __init__(self, name: str, call: Path, folder: Path) -> None:
        command = [sys.executable, ticker.__file__, str(call), name]
        self.process = PrivateProcess(command, log=folder / f"{name}.log")
        self.name = name

    def ticks(self) -> int:
        return int(sync_redis().hget(ticker.TICKS, self.name) or 0)

    def start(self) -> None:
        before = self.ticks()
        self.process.start(ready=lambda: self.ticks() > before)

    def kill(self) -> None:
        self.process.end(signal.SIGKILL)


def join_all(people: int) -> None:
    """Put people in line who stay present for however long the test takes."""
    for user_id in range(1, people + 1):
        store.JOIN.run(number_keys(PERFORMANCE, user_id), (user_id, 0, 0, 0, 0))
    sync_redis().set(tick_keys(PERFORMANCE)[1], b"\xff" * 4 * people)


def test_tickers_that_are_killed_and_claims_at_once_let_in_what_the_rate_allows_and_nobody_more(
    redis_server: PrivateRedis, clock: LuaClock, settings_of_line: LineSettings, tickers: list[Ticker]
) -> None:
    store.create_line(PERFORMANCE, settings_of_line, last_known=0, cursor=0, gap=0)
    join_all(PEOPLE)
    for one in tickers:
        one.start()

    started = clock.now
    for kill in range(KILLS):
        victim = tickers[kill % len(tickers)]
        victim.kill()
        if kill % 4 == 3:
            redis_server.kill()
            redis_server.start()
        victim.start()
        for _ in range(STEPS):
            claim_at_once(store.STATUS)
            clock.advance(STEP_SECONDS)

    moments = admissions()
    assert all(later - earlier >= 1 / RATE - 1e-4 for earlier, later in pairwise(moments))
    assert len(moments) >= 0.9 * RATE * (clock.now - started)


def test_claims_that_do_not_look_at_the_last_one_let_too_many_in(
    redis_server: PrivateRedis, clock: LuaClock, settings_of_line: LineSettings
) -> None:
    careless = without(store.STATUS, "math.max(now, tonumber(fields[1]) + 1 / line.rate)", "now")
    store.create_line(PERFORMANCE, settings_of_line, last_known=0, cursor=0, gap=0)
    join_all(300)
    store.tick(PERFORMANCE, settings_of_line, most=MOST)
    clock.advance(1)

    claim_at_once(careless)

    assert len(admissions()) > RATE / 2
    assert len(set(admissions())) == 1, "all in one moment"


def claim_at_once(status: LuaScript) -> None:
    """Let everybody who is called ask at the same time."""
    called = [int(number) for number in sync_redis().zrange(tick_keys(PERFORMANCE)[2], 0, -1)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda user_id: status.run(visit_keys(PERFORMANCE, user_id), (user_id,)), called))


def admissions() -> list[float]:
    """The moments at which people were let in, in the order in which the line gave them."""
    arrivals = [fields[b"A"] for _, fields in sync_redis().xrange(record_key(PERFORMANCE)) if b"A" in fields]
    return [float(what.split()[2]) for what in arrivals]


def test_one_account_that_joins_from_twenty_devices_at_once_has_one_number(
    redis_server: PrivateRedis, settings_of_line: LineSettings
) -> None:
    store.create_line(PERFORMANCE, settings_of_line, last_known=0, cursor=0, gap=0)

    assert numbers_of_twenty_joins(store.JOIN) == {1}


def test_a_join_that_does_not_look_first_gives_one_account_twenty_numbers(
    redis_server: PrivateRedis, settings_of_line: LineSettings
) -> None:
    store.create_line(PERFORMANCE, settings_of_line, last_known=0, cursor=0, gap=0)
    careless = without(store.JOIN, 'known and status ~= "CLOSED"', "false")

    assert numbers_of_twenty_joins(careless) == set(range(1, 21))


def numbers_of_twenty_joins(join: LuaScript) -> set[int]:
    with ThreadPoolExecutor(20) as pool:
        answers = pool.map(lambda _: join.run(number_keys(PERFORMANCE, 5), (5, 0, 0, 0, 0)), range(20))
        return {store._position(answer).number or 0 for answer in answers}


def without(script: LuaScript, guard: str, instead: str) -> LuaScript:
    """Return the script with a guard taken out."""
    source = script.source.decode()
    assert guard in source
    return LuaScript(source.replace(guard, instead), header=script.header)
