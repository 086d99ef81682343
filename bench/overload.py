"""Who goes first under overload: people inside a sale alone, and beside a crowd of twice what can be served.

    python -m bench.overload [--seconds 8]

One web process on a core of its own. First its capacity for the crowd's call is measured; then people go from the map
to their tickets at an even pace: alone, beside a crowd that asks for twice the capacity, and beside the same
crowd with the admission taken out. Exit code 0 where people beside the crowd finish within 20 % of the time, and at
the pace, that they have alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import django
from rich.console import Console
from rich.table import Table

from bench.calls import Call, CallFile
from bench.machine import Cores
from bench.servers import UVICORN, Backends, WebServer
from bench.wrk import Run, play

if TYPE_CHECKING:
    from bench.people import Journeys, Person
    from bench.stage import Stage

PEOPLE_PER_SECOND = 25
THINK_SECONDS = 0.5  # less than anybody takes to choose
SEATS_EACH = 2
CROWD = 2_000
CONNECTIONS = 6_000  # of the crowd: more than may wait for their turn
CAPACITY_CONNECTIONS, CAPACITY_SECONDS = 100, 3
TIMES = 2  # the capacity
MOST_MORE = 0.2  # of the time alone
ADMISSION = {"ticketlive.asgi:application": "with the admission", "bench.unranked:application": "without it"}


def main() -> int:
    """Run it, print a table, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.overload", description=__doc__)
    parser.add_argument("--seconds", type=int, default=8, help="how long people come, in each of the three parts")
    seconds = parser.parse_args().seconds
    cores = Cores.split()
    cores.keep_off_web()
    with Backends.running(durable=False) as backends:
        os.environ.update(backends.environment())
        django.setup()
        return _run(backends, cores=cores, seconds=seconds, console=Console(width=130))


def _run(backends: Backends, *, cores: Cores, seconds: int, console: Console) -> int:
    from bench.stage import Stage  # noqa: PLC0415 - its models need Django set up, in this environment
    from bench.suite import create_database  # noqa: PLC0415

    folder = backends.folder.path
    create_database(backends)
    stage = Stage(crowd=CROWD)
    crowd = _crowd(stage, folder)
    parts = _people(stage, count=seconds * PEOPLE_PER_SECOND)
    found: dict[str, tuple[Journeys, Run | None]] = {}
    for application, name in ADMISSION.items():
        with WebServer(UVICORN, application, cores=cores, log=folder / "web.log") as web:
            capacity = play(crowd, url=web.url, connections=CAPACITY_CONNECTIONS, seconds=CAPACITY_SECONDS).rate
            console.print(f"{name}: {capacity:,.0f} of the crowd's calls a second can be served")
            if not found:
                found["alone"] = (_go_in(next(parts), web), None)
            per_second = int(TIMES * capacity)
            found[name] = _beside(crowd, next(parts), web=web, seconds=seconds, per_second=per_second)
    _print(found, console)
    alone, beside = found["alone"][0], found["with the admission"][0]
    slower = beside.whole_ms[0] / alone.whole_ms[0] - 1
    lost = 1 - beside.per_second / alone.per_second
    console.print(f"Beside the crowd a way takes {slower:+.1%}, and {lost:+.1%} fewer tickets a second are bought")
    return 0 if slower <= MOST_MORE and lost <= MOST_MORE and not beside.failed else 1


def _crowd(stage: Stage, folder: Path) -> CallFile:
    """Everybody in a line asks where they stand."""
    performance = stage.performance()
    stage.fill_line(performance)
    path = f"/api/waiting-room/{performance.pk}/status"
    return CallFile.write(folder / "crowd", (Call("GET", path, person.access) for person in stage.crowd))


def _people(stage: Stage, *, count: int) -> Iterator[Sequence[Person]]:
    """Yield the people of each part, who want seats of their own in a sale of their own."""
    from bench.people import Person  # noqa: PLC0415

    while True:
        tokens = stage.tokens(count)
        performance = stage.performance(inside=tokens)
        seats = [seat.pk for seat in stage.seats]
        yield [
            Person(token, performance.pk, seats[SEATS_EACH * number : SEATS_EACH * (number + 1)])
            for number, token in enumerate(tokens)
        ]


def _go_in(people: Sequence[Person], web: WebServer) -> Journeys:
    from bench.people import go_in  # noqa: PLC0415

    before = web.cpu_seconds()
    journeys = asyncio.run(go_in(people, url=web.url, per_second=PEOPLE_PER_SECOND, think_seconds=THINK_SECONDS))
    journeys.web_share = (web.cpu_seconds() - before) / journeys.seconds
    return journeys


def _beside(
    crowd: CallFile, people: Sequence[Person], *, web: WebServer, seconds: int, per_second: int
) -> tuple[Journeys, Run]:
    """Let people in while the crowd asks."""
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(
            play, crowd, url=web.url, connections=CONNECTIONS, seconds=seconds + 2, per_second=per_second, politely=True
        )
        journeys = _go_in(people, web)
        return journeys, asking.result()


def _print(found: dict[str, tuple[Journeys, Run | None]], console: Console) -> None:
    from bench.people import CONFIRM, MAP, ORDER, RESERVE  # noqa: PLC0415

    calls = (MAP, ORDER, RESERVE, CONFIRM)
    table = Table("People", "tickets/s", "way p50", "p95", *calls, "failed", "asked/s", "served/s", "web core")
    for name, (journeys, run) in found.items():
        median_ms, late_ms = journeys.whole_ms
        table.add_row(
            name,
            f"{journeys.per_second:.1f}",
            f"{median_ms:,.0f}",
            f"{late_ms:,.0f}",
            *(f"{journeys.median_ms(call):.1f}" for call in calls),
            str(len(journeys.failed)),
            f"{run.rate:,.0f}" if run else "",
            f"{(run.requests - run.refused) / run.seconds:,.0f}" if run else "",
            f"{journeys.web_share:.0%}",
        )
    console.print(table)
    for name, (journeys, _) in found.items():
        for why in journeys.failed[:3]:
            console.print(f"{name}: {why}")


if __name__ == "__main__":
    sys.exit(main())
