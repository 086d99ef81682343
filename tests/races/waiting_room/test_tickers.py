"""Three tickers at once, killed over and over, Redis too: as many are let in as the rate allows for the time passed."""

from __future__ import annotations

import dataclasses
import json
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from math import floor
from pathlib import Path

import pytest

from apps.common.redis import sync_redis
from apps.common.scripts import LuaScript
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.keys import line_key, number_keys, tick_keys
from apps.concerts.waiting_room.line_settings import LineSettings
from tests.integration.waiting_room.line import PERFORMANCE, line_settings
from tests.lua_clock import LuaClock, put_under_clock
from tests.races.waiting_room import ticker
from tests.servers import PrivateProcess, PrivateRedis

RATE = 50.0
PEOPLE = 3_000
KILLS = 9
SECONDS_BETWEEN_KILLS = 3.3  # fewer than credits are kept for
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


def test_tickers_that_are_killed_admit_what_the_rate_allows_and_nobody_more(
    redis_server: PrivateRedis, clock: LuaClock, settings_of_line: LineSettings, tickers: list[Ticker]
) -> None:
    store.create_line(PERFORMANCE, settings_of_line, last_known=0, cursor=0, gap=0)
    join_all(PEOPLE)
    for one in tickers:
        one.start()

    for kill in range(KILLS):
        victim = tickers[kill % len(tickers)]
        victim.kill()
        if kill % 4 == 3:
            redis_server.kill()
            redis_server.start()
        clock.advance(SECONDS_BETWEEN_KILLS)
        victim.start()

    for one in tickers:
        one.kill()
    store.tick(PERFORMANCE, settings_of_line, most=MOST)
    allowed = floor(RATE * KILLS * SECONDS_BETWEEN_KILLS)
    assert allowed < PEOPLE
    assert int(sync_redis().hget(line_key(PERFORMANCE), "cursor") or 0) == pytest.approx(allowed, abs=1)
    assert sync_redis().zcard(tick_keys(PERFORMANCE)[2]) == pytest.approx(allowed, abs=1)


def test_tickers_that_do_not_look_at_the_clock_admit_too_many(
    redis_server: PrivateRedis, settings_of_line: LineSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    careless = without(store.TICK, "credits + elapsed * line.rate", "credits + line.rate")
    store.create_line(PERFORMANCE, settings_of_line, last_known=0, cursor=0, gap=0)
    join_all(300)

    monkeypatch.setattr(store, "TICK", careless)
    with ThreadPoolExecutor(3) as pool:
        ticks = list(pool.map(lambda _: store.tick(PERFORMANCE, settings_of_line, most=MOST), range(3)))

    assert sum(tick.offered for tick in ticks) == 3 * RATE


def test_one_account_that_joins_from_twenty_devices_at_once_has_one_number(
    redis_server: PrivateRedis, settings_of_line: LineSettings
) -> None:
    store.create_line(PERFORMANCE, settings_of_line, last_known=0, cursor=0, gap=0)

    assert numbers_of_twenty_joins(store.JOIN) == {1}


def test_a_join_that_does_not_look_first_gives_one_account_twenty_numbers(
    redis_server: PrivateRedis, settings_of_line: LineSettings
) -> None:
    store.create_line(PERFORMANCE, settings_of_line, last_known=0, cursor=0, gap=0)
    careless = without(store.JOIN, 'known and known[1] ~= "CLOSED"', "false")

    assert numbers_of_twenty_joins(careless) == set(range(1, 21))


def numbers_of_twenty_joins(join: LuaScript) -> set[int]:
    with ThreadPoolExecutor(20) as pool:
        answers = pool.map(lambda _: join.run(number_keys(PERFORMANCE, 5), (5, 0, 0, 0, 0)), range(20))
        return {answer[1] for answer in answers}


def without(script: LuaScript, guard: str, instead: str) -> LuaScript:
    """Return the script with a guard taken out."""
    source = script.source.decode()
    assert guard in source
    return LuaScript(source.replace(guard, instead), header=script.header)
