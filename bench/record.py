"""What a run leaves: every figure and aim."""

from __future__ import annotations

import msgspec

from bench.about import About
from bench.comparison import Comparison
from bench.rounds import Figures, Results
from bench.talk.suite import Talk, TalkRecord
from bench.workload import BARE, Aim, LatencyAim
from bench.wrk import Run


class AimRecord(msgspec.Struct):
    """An aim and what was reached of it, in words."""

    aim: str
    reached: str
    missed: bool


class WorkloadRecord(msgspec.Struct):
    """The medians of one workload, and its runs."""

    name: str
    what: str
    rate: float
    of_bare: float
    web_us: float
    p50_ms: float
    p99_ms: float
    aims: list[AimRecord]
    runs: list[Run]


class Record(msgspec.Struct):
    """A run. What was left out of it is empty, or None."""

    about: About
    seconds: float
    workloads: list[WorkloadRecord]
    servers: dict[str, dict[str, float]]
    talk: TalkRecord | None

    def missed(self) -> list[str]:
        """Name what fell short of an aim."""
        names = [workload.name for workload in self.workloads if any(aim.missed for aim in workload.aims)]
        return names + (self.talk.missed if self.talk else [])


def record_of(results: Results, comparison: Comparison, talk: Talk | None, *, about: About, seconds: float) -> Record:
    """Write a run down."""
    return Record(
        about=about,
        seconds=round(seconds, 1),
        workloads=[_workload(figures, results) for figures in results.figures.values()],
        servers=comparison.rates,
        talk=talk.record() if talk is not None else None,
    )


def _workload(figures: Figures, results: Results) -> WorkloadRecord:
    return WorkloadRecord(
        name=figures.workload.name,
        what=figures.workload.what,
        rate=figures.rate,
        of_bare=figures.times(results.bare),
        web_us=figures.web_us,
        p50_ms=figures.p50_ms,
        p99_ms=figures.p99_ms,
        aims=[
            AimRecord(
                _aim_in_words(aim), _in_words(aim, results.reached(aim, figures)), not results.holds(aim, figures)
            )
            for aim in figures.workload.aims
        ],
        runs=figures.runs,
    )


def _aim_in_words(aim: Aim | LatencyAim) -> str:
    return _in_words(aim, aim.most_ms if isinstance(aim, LatencyAim) else aim.least)


def _in_words(aim: Aim | LatencyAim, value: float) -> str:
    """Write an amount in the measure of its aim: added in the median, of the bare endpoint, of another, a second."""
    if isinstance(aim, LatencyAim):
        return f"{value:+.1f} ms"
    if aim.of == BARE:
        return f"{value:.0%}"
    return f"{value:.1f} x" if aim.of else f"{value:,.0f}/s"
