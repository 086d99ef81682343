"""The measuring: rounds of all workloads, so that each has a run of the bare endpoint close by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import httpx

from apps.concerts.models import Performance
from bench.answers import check_codes, check_run, count_answers
from bench.servers import WebServer
from bench.workloads import BARE, Aim, ServerName, Workload
from bench.wrk import Run, play

CONNECTIONS = 100

Tell = Callable[[str], None]
Servers = Mapping[ServerName, WebServer]


@dataclass(slots=True)
class Figures:
    """The runs of one workload, a round each."""

    workload: Workload
    runs: list[Run] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(run.rate for run in self.runs)

    @property
    def p50_ms(self) -> float:
        return median(run.p50_ms for run in self.runs)

    @property
    def p99_ms(self) -> float:
        return median(run.p99_ms for run in self.runs)

    @property
    def web_us(self) -> float:
        return median(run.web_us for run in self.runs)

    def times(self, other: Figures) -> float:
        """How often the rate of another workload, each round compared with the same round."""
        return median(run.rate / its.rate for run, its in zip(self.runs, other.runs, strict=True))


@dataclass(slots=True)
class Results:
    """The figures of all workloads, by name."""

    figures: dict[str, Figures]

    @property
    def bare(self) -> Figures:
        return self.figures[BARE]

    def reached(self, aim: Aim, figures: Figures) -> float:
        """What was reached of an aim, in its own measure."""
        return figures.times(self.figures[aim.of]) if aim.of else figures.rate

    def missed(self) -> list[str]:
        """Name the workloads that fell short of their aim."""
        return [
            name
            for name, figures in self.figures.items()
            if (aim := figures.workload.aim) and self.reached(aim, figures) < aim.least
        ]


def measure(workloads: Sequence[Workload], *, servers: Servers, rounds: int, seconds: float, tell: Tell) -> Results:
    """Measure every workload once a round.

    Raises:
        WrongAnswers: the answers were not those of the workload.
    """
    results = Results({workload.name: Figures(workload) for workload in workloads})
    for number in range(rounds):
        for workload in workloads:
            tell(f"round {number + 1} of {rounds}: {workload.name}")
            run = run_once(workload, server=servers[workload.server], number=number, seconds=seconds)
            results.figures[workload.name].runs.append(run)
    return results


def run_once(workload: Workload, *, server: WebServer, number: int, seconds: float) -> Run:
    """Play one round of a workload and check its answers."""
    calls = workload.files[number % len(workload.files)]
    counted = workload.server == "platform"
    before = count_answers(server.url) if counted else None
    busy_before = server.cpu_seconds()
    run = play(calls, url=server.url, connections=CONNECTIONS, seconds=None if workload.once else seconds)
    run.web_seconds = server.cpu_seconds() - busy_before
    check_run(workload, run)
    if before is not None:
        check_codes(workload, count_answers(server.url) - before)
    return run


def warm_up(servers: Servers, *, workloads: Sequence[Workload], performances: Sequence[Performance]) -> None:
    """Have the seat maps drawn, which everybody looks at before they order, and the repeatable calls made once."""
    for performance in performances:
        httpx.get(f"{servers['platform'].url}/api/performances/{performance.pk}/seats", timeout=30).raise_for_status()
    for workload in workloads:
        if not workload.once:
            play(workload.files[0], url=servers[workload.server].url, connections=CONNECTIONS, seconds=1)
