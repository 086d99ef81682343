"""What waiting costs: `python -m bench.line_of_a_million`, in a few minutes.

1. The web process' share of a core while many wait: the heartbeats of all, and their looks through a cache or without.
2. A long line: joins a second, over HTTP and by the script alone, and Redis' memory for each of the people.
3. The tick, while so many are in line.

The web process has a core of its own; Redis, the database and the client share the others.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from typing import TYPE_CHECKING

import django
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisTimeout
from rich.console import Console
from rich.table import Table

from bench.calls import Call, CallFile
from bench.machine import Cores, describe_machine
from bench.servers import UVICORN, Backends, WebServer
from bench.wrk import play

if TYPE_CHECKING:
    from apps.concerts.models import Performance

HEARTBEAT_SECONDS = (60, 120, 300)
FARTHEST_LOOK_SECONDS = 60  # static/concerts/waiting-room/looks.js
CONNECTIONS = 16  # as a proxy keeps some open
JOINS_AT_ONCE = 500
HTTP_JOINS = 20_000
TICKS = 20
TOKEN_SECONDS = 900
RATE = 200.0  # admissions a second, while the tick is measured


class LineBench:
    """One run; the performances and the web server are its own."""

    def __init__(self, backends: Backends, *, cores: Cores, options: argparse.Namespace, console: Console) -> None:
        from bench.stage import Stage  # noqa: PLC0415 - its models need Django set up
        from bench.suite import create_database  # noqa: PLC0415

        self._folder = backends.folder.path
        self._cores = cores
        self._options = options
        self._console = console
        create_database(backends)
        self._stage = Stage(crowd=0)

    def run(self) -> None:
        """Measure all parts, and show them."""
        if not self._options.only_line:
            log = self._folder / "web.log"
            with WebServer(UVICORN, "ticketlive.asgi:application", cores=self._cores, log=log) as web:
                self._waiting(web)
                self._http_joins(web)
        self._long_line()

    def _waiting(self, web: WebServer) -> None:
        people = self._options.people
        performance = self._stage.performance()
        asyncio.run(_join_all(performance.pk, people))
        room = f"/api/waiting-room/{performance.pk}"
        first = self._calls("GET", f"{room}/status", count=people)
        play(first, url=web.url, connections=CONNECTIONS, seconds=None)  # the process asks Redis once about each
        table = Table(title=f"{people:,} people wait: the web process")
        for name in ("what", "calls a second", "of one core", "µs a call"):
            table.add_column(name, justify="left" if name == "what" else "right")
        loads = [("nothing", "", 0.0), ("looks through a cache", f"{room}/now", 1.0)]
        loads += [(f"heartbeats each {pause} s", f"{room}/status", people / pause) for pause in HEARTBEAT_SECONDS]
        loads.append(("looks without a cache", f"{room}/now", people / FARTHEST_LOOK_SECONDS))
        idle = 0.0
        for what, path, per_second in loads:
            share = self._share_of_core(web, path, per_second)
            idle = idle if per_second else share
            cost = f"{1e6 * (share - idle) / per_second:,.0f}" if per_second > 1 else ""
            table.add_row(what, f"{per_second:,.0f}", f"{share:.1%}", cost)
        self._console.print(table)

    def _share_of_core(self, web: WebServer, path: str, per_second: float) -> float:
        """Call for some seconds, each time as another person, evenly; return how busy the web process was."""
        seconds = self._options.seconds
        calls = self._calls("GET", path, count=max(1, round(per_second * seconds)))
        used, started = web.cpu_seconds(), time.monotonic()
        if per_second:
            run = play(calls, url=web.url, connections=CONNECTIONS, seconds=None, per_second=max(1, round(per_second)))
            assert run.statuses == {"200": calls.count}, run
        time.sleep(max(0.0, started + seconds - time.monotonic()))
        return (web.cpu_seconds() - used) / (time.monotonic() - started)

    def _http_joins(self, web: WebServer) -> None:
        performance = self._stage.performance()
        calls = self._calls("POST", f"/api/waiting-room/{performance.pk}/join", count=HTTP_JOINS)
        run = play(calls, url=web.url, connections=100, seconds=None)
        assert run.statuses == {"200": HTTP_JOINS}, run
        self._console.print(f"Joins over HTTP, one web process: {run.rate:,.0f} a second")

    def _calls(self, method: str, path: str, *, count: int) -> CallFile:
        """One call of each of so many people; `now` has nobody's token."""
        from tests.fast_lane import access_token  # noqa: PLC0415

        is_public = path.endswith("/now")
        ends = int(time.time()) + TOKEN_SECONDS
        tokens = ("" if is_public else access_token(user_id=number, exp=ends) for number in range(1, count + 1))
        return CallFile.write(self._folder / "calls", (Call(method, path, token) for token in tokens))

    def _long_line(self) -> None:
        from apps.common.redis import sync_redis  # noqa: PLC0415

        line, performance = self._options.line, self._stage.performance()
        before, started = sync_redis().info("memory")["used_memory"], time.monotonic()
        redis_before = sync_redis().info("cpu")["used_cpu_user"]
        asyncio.run(_join_all(performance.pk, line))
        seconds = time.monotonic() - started
        redis_seconds = sync_redis().info("cpu")["used_cpu_user"] - redis_before
        each = (sync_redis().info("memory")["used_memory"] - before) / line
        self._console.print(
            f"{line:,} joins by the script: {line / seconds:,.0f} a second, client and Redis on one core "
            f"({1e6 * redis_seconds / line:.1f} µs of Redis each); {each:.1f} bytes of Redis' memory each"
        )
        self._ticks(performance)

    def _ticks(self, performance: Performance) -> None:
        """Tick once a second; another tick's line has nobody in it, so that nearly all of it is this one's."""
        from apps.concerts.waiting_room import store  # noqa: PLC0415
        from apps.concerts.waiting_room.selectors import get_line_settings  # noqa: PLC0415
        from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room  # noqa: PLC0415
        from apps.concerts.waiting_room.services.tick_waiting_rooms import (  # noqa: PLC0415
            NUMBERS_PER_CALL,
            tick_waiting_rooms,
        )

        change_waiting_room(performance.pk, actor=None, rate=RATE, inside_limit=1_000_000)
        settings, scripts, whole, offered = get_line_settings(performance.pk), [], [], 0
        tick_waiting_rooms()
        for number in range(TICKS):
            time.sleep(1)
            started = time.perf_counter()
            if number % 2:
                offered += tick_waiting_rooms()
                whole.append(time.perf_counter() - started)
            else:
                offered += store.tick(performance.pk, settings, most=NUMBERS_PER_CALL).offered
                scripts.append(time.perf_counter() - started)
        self._console.print(
            f"The tick, {offered / TICKS:,.0f} turns each: its script {_milliseconds(scripts)}, the task with all "
            f"lines of this run {_milliseconds(whole)}"
        )


def _milliseconds(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.1f} ms, {1000 * max(seconds):.1f} ms at most"


async def _join_all(performance_id: int, people: int) -> None:
    from apps.common.redis import pipelined_redis  # noqa: PLC0415
    from apps.concerts.waiting_room import store  # noqa: PLC0415

    for first in range(1, people + 1, JOINS_AT_ONCE):
        last = min(people, first + JOINS_AT_ONCE - 1)
        is_done = False
        while not is_done:  # a neighbour may keep Redis from the core for seconds; a join that is repeated is the same
            joins = (store.join(performance_id, user_id) for user_id in range(first, last + 1))
            answers = await asyncio.gather(*joins, return_exceptions=True)
            is_done = not any(isinstance(answer, RedisAway | RedisTimeout) for answer in answers)
    await pipelined_redis().aclose()


def main() -> int:
    """Run it with the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.line_of_a_million", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--people", type=int, default=50_000, help="who wait while the web process is watched")
    parser.add_argument("--line", type=int, default=1_000_000, help="how long the long line is")
    parser.add_argument("--only-line", action="store_true", help="leave the web process out")
    parser.add_argument("--seconds", type=float, default=15.0, help="of each load of the web process")
    options = parser.parse_args()
    machine, cores = describe_machine(), Cores.split()
    cores.keep_off_web()
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(machine)
    with Backends.running(durable=True) as backends:
        os.environ.update(backends.environment())
        django.setup()
        LineBench(backends, cores=cores, options=options, console=console).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
