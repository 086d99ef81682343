"""The measuring: rounds of all workloads, so that each has a run of the bare endpoint close by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

import httpx

from apps.concerts.models import Performance
from bench.answers import check_codes, check_run, count_answers
from bench.options import Options
from bench.servers import Server
from bench.workload import BARE, Aim, LatencyAim, ServerName, Workload
from bench.wrk import Run, play

Tell = Callable[[str], None]
Servers = Mapping[ServerName, Server]


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

    def beyond_ms(self, other: Figures) -> float:
        """How much longer its median is than another workload's, each round compared with the same round."""
        return median(run.p50_ms - its.p50_ms for run, its in zip(self.runs, other.runs, strict=True))


@dataclass(slots=True)
class Results:
    """The figures of all workloads, by name."""

    figures: dict[str, Figures]

    @property
    def bare(self) -> Figures:
        return self.figures[BARE]

    def reached(self, aim: Aim | LatencyAim, figures: Figures) -> float:
        """What was reached of an aim, in its own measure."""
        if isinstance(aim, LatencyAim):
            return figures.beyond_ms(self.figures[aim.beyond])
        return figures.times(self.figures[aim.of]) if aim.of else figures.rate

    def holds(self, aim: Aim | LatencyAim, figures: Figures) -> bool:
        """Whether an aim was reached."""
        reached = self.reached(aim, figures)
        return reached <= aim.most_ms if isinstance(aim, LatencyAim) else reached >= aim.least

    def missed(self) -> list[str]:
        """Name the workloads that fell short of their aim."""
        return [
            name
            for name, figures in self.figures.items()
            if not all(self.holds(aim, figures) for aim in figures.workload.aims)
        ]


def measure(workloads: Sequence[Workload], *, servers: Servers, options: Options, tell: Tell) -> Results:
    """Measure every workload once a round.

    Raises:
        WrongAnswers: the answers were not those of the workload.
    """
    results = Results({workload.name: Figures(workload) for workload in workloads})
    for number in range(options.rounds):
        for workload in workloads:
            tell(f"round {number + 1} of {options.rounds}: {workload.name}")
            run = run_once(workload, server=servers[workload.server], number=number, options=options)
            results.figures[workload.name].runs.append(run)
    return results


def run_once(workload: Workload, *, server: Server, number: int, options: Options) -> Run:
    """Play one round of a workload and check its answers."""
    once = workload.once or options.smoke
    calls = workload.files[number % len(workload.files)]
    counted = workload.server == "platform"
    before = count_answers(server.url) if counted else None
    busy_before = server.cpu_seconds()
    run = play(
        calls,
        url=server.url,
        connections=workload.connections or options.scale.connections,
        seconds=None if once else options.seconds,
        per_second=workload.per_second,
    )
    run.web_seconds = server.cpu_seconds() - busy_before
    check_run(workload, run, calls=calls.count if once else None)
    if before is not None:
        check_codes(workload, count_answers(server.url) - before)
    if workload.afterwards is not None:
        workload.afterwards(number)
    return run


def warm_up(
    servers: Servers, *, workloads: Sequence[Workload], performances: Sequence[Performance], options: Options
) -> None:
    """Have the seat maps drawn, which everybody looks at before they order, and the repeatable calls made once."""
    with httpx.Client(base_url=servers["platform"].url, timeout=30, verify=False) as client:
        for performance in performances:
            client.get(f"/api/performances/{performance.pk}/seats").raise_for_status()
    for workload in workloads:
        if not (workload.once or options.smoke):
            play(workload.files[0], url=servers[workload.server].url, connections=options.scale.connections, seconds=1)
