"""What a rehearsal came to, as plain figures: for the tables, the page and `--json`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apps.rehearsal.on_sale.crowd import Crowd
from apps.rehearsal.on_sale.machine import CLIENT
from apps.rehearsal.on_sale.sale import Fault
from apps.rehearsal.on_sale.watching import Moment, Watcher

PERCENTS = (50, 95, 99, 100)


class CallFigures(msgspec.Struct, frozen=True):
    """Calls of one kind. `milliseconds` are p50, p95, p99 and the longest; `per_second` from the first moment on."""

    kind: str
    count: int
    milliseconds: list[float]
    outcomes: list[tuple[str, int]]
    p95_by_second: list[tuple[int, float]]


class ProcessFigures(msgspec.Struct, frozen=True):
    """One process. The lists go with the moments."""

    name: str
    cpu_seconds: float
    peak_mib: float
    cpu_seconds_at: list[float]
    memory_mib_at: list[float]


class LoopFigures(msgspec.Struct, frozen=True):
    """One web process's event loop. `longest` are (at, seconds); `counts` (upper bound in seconds, pauses up to it)."""

    url: str
    longest: list[tuple[float, float]]
    counts: list[tuple[float, int]]

    @property
    def longest_seconds(self) -> float:
        return max((seconds for _, seconds in self.longest), default=0.0)

    @property
    def p99_seconds(self) -> float:
        """The bound below which 99 of 100 turns of the loop were late by less."""
        total = self.counts[-1][1] if self.counts else 0
        return next((bound for bound, count in self.counts if count >= 0.99 * total), 0.0)


class Played(msgspec.Struct, frozen=True):
    """A rehearsal in figures; times are seconds from the opening."""

    seats: int
    people: int
    seconds: float
    seed: int
    rate: float
    inside_limit: int
    real_waiting: bool
    base_urls: list[str]
    performance_id: int
    started_at: str
    sold: int
    sold_out_at: float | None
    admitted: int
    lost_races: int
    faults_inside: int
    faults: list[Fault]
    measured_seconds: float
    total_calls: int
    client_microseconds_a_call: float
    calls: list[CallFigures]
    outcomes: list[tuple[str, int]]
    moments: list[Moment]
    processes: list[ProcessFigures]
    loops: list[LoopFigures]
    own_longest_pause: float
    socket_messages: int
    sockets_broken: int
    notes: list[str]


def sum_up(crowd: Crowd, watcher: Watcher, *, started_at: str, notes: Sequence[str] = ()) -> Played:
    """Take all figures of a rehearsal that has ended."""
    plan, sale, machine = crowd.plan, crowd.sale, watcher.machine
    processes = [
        ProcessFigures(
            name=use.name,
            cpu_seconds=use.cpu_seconds[-1],
            peak_mib=max(use.memory_mib),
            cpu_seconds_at=use.cpu_seconds,
            memory_mib_at=use.memory_mib,
        )
        for use in machine.uses
        if use.cpu_seconds
    ]
    own = next((one.cpu_seconds for one in processes if one.name == CLIENT), 0.0)
    return Played(
        seats=plan.seats,
        people=plan.people,
        seconds=plan.seconds,
        seed=plan.seed,
        rate=plan.admission_rate,
        inside_limit=plan.most_inside,
        real_waiting=plan.real_waiting,
        base_urls=list(plan.base_urls),
        performance_id=sale.performance_id,
        started_at=started_at,
        sold=sale.tickets,
        sold_out_at=sale.sold_out_at,
        admitted=sale.admitted,
        lost_races=sale.lost_races,
        faults_inside=sale.fault_count,
        faults=sale.faults,
        measured_seconds=machine.at[-1] - machine.at[0] if machine.at else 0.0,
        total_calls=crowd.figures.calls,
        client_microseconds_a_call=own / max(crowd.figures.calls, 1) * 1e6,
        calls=_calls(crowd),
        outcomes=[(outcome.value, count) for outcome, count in sale.outcomes.most_common()],
        moments=watcher.moments,
        processes=processes,
        loops=[LoopFigures(one.url, one.longest, one.counts) for one in watcher.loop_pauses if one.is_known],
        own_longest_pause=max(watcher.own_pauses, default=0.0),
        socket_messages=sum(sockets.messages for sockets in crowd.sockets),
        sockets_broken=sum(sockets.broken for sockets in crowd.sockets),
        notes=[*notes, _how_they_looked(crowd), *_notes(watcher)],
    )


def _calls(crowd: Crowd) -> list[CallFigures]:
    calls = []
    for name, kind in sorted(crowd.figures.kinds.items(), key=lambda item: -len(item[1].durations)):
        calls.append(
            CallFigures(
                kind=name,
                count=len(kind.durations),
                milliseconds=[seconds * 1000 for seconds in kind.percentiles(*PERCENTS)],
                outcomes=kind.outcomes.most_common(),
                p95_by_second=kind.p95_by_second(crowd.sale.opened_at),
            )
        )
    return calls


def _how_they_looked(crowd: Crowd) -> str:
    kind = crowd.figures.kinds.get("now")
    looks = 0 if kind is None else len(kind.durations)
    if crowd.plan.edge_cache:
        return (
            "Those who waited followed the line through a cache that the crowd plays itself, as a CDN or nginx in "
            f"front would be: of all their looks {looks:,} reached the platform."
        )
    return f"Nothing stood in front: all {looks:,} looks of those who waited reached the platform."


def _notes(watcher: Watcher) -> list[str]:
    notes = []
    if not watcher.machine.is_local:
        notes.append("The platform is not on this machine: its processes' CPU and memory could not be read.")
    if not any(pauses.is_known for pauses in watcher.loop_pauses):
        notes.append("The platform's metrics tell nothing about its event loops' pauses.")
    return notes
