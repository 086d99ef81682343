"""Everybody plays the same scenarios, one after the other in every round; the medians count."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import msgspec

from bench.machine import Cores
from bench.options import Options, Scale
from bench.talk.matching import measure_matching
from bench.talk.subjects import RABBITMQ, subjects

LONGEST_SECONDS = 3.0
MEMORY = "KiB an idle connection"


class Subject(Protocol):
    """A server that is up. `pids` are the processes whose memory counts as its own."""

    host: str
    port: int
    path: str

    @property
    def logins(self) -> Sequence[dict[str, str]]: ...
    @property
    def pids(self) -> Sequence[int]: ...


@dataclass(frozen=True, slots=True)
class Aim:
    """The platform's figure is to be at least (or with `at_most` at most) so many times RabbitMQ's."""

    times: float
    at_most: bool = False

    def holds(self, ratio: float) -> bool:
        return ratio <= self.times if self.at_most else ratio >= self.times


AIMS = {
    "one to one, messages/s": Aim(2),
    "fan-out to 500, deliveries/s": Aim(3),
    MEMORY: Aim(0.25, at_most=True),
    "200 pairs, p99 ms": Aim(1, at_most=True),
}


@dataclass(slots=True)
class Figures:
    """What each round measured, by name."""

    rounds: dict[str, list[float]] = field(default_factory=dict)

    def note(self, name: str, value: float) -> None:
        self.rounds.setdefault(name, []).append(value)

    def of(self, name: str) -> float:
        return median(self.rounds[name])


class NothingHeard(Exception):
    """A server let a scenario talk, and nothing came through; the text says whose and which."""


def measure_talk(*, cores: Cores, folder: Path, options: Options, tell: Callable[[str], None]) -> Talk:
    """Start each server alone, play all scenarios, and stop it again.

    Raises:
        NothingHeard
    """
    talk, rounds, scale = Talk(), options.rounds, options.scale
    seconds = min(options.seconds, LONGEST_SECONDS)
    tell("matching")
    matching = measure_matching(counselors=scale.counselors, waiting=scale.waiting, samples=scale.notified)
    talk.matching = {
        "matches/s, the script alone": matching.script_rate,
        "matches/s, through to both notified": matching.through_rate,
        "READY to both notified, p50 ms": matching.p50_ms,
        "READY to both notified, p99 ms": matching.p99_ms,
    }
    for number in range(1, rounds + 1):
        for name, start in subjects(cores=cores, folder=folder / f"talk-{number}").items():
            tell(f"round {number} of {rounds}: {name}")
            with start() as server:
                _play_all(server, talk.figures.setdefault(name, Figures()), scale=scale, seconds=seconds)
            if silent := [what for what, values in talk.figures[name].rounds.items() if not _is_heard(what, values)]:
                raise NothingHeard(f"{name}: {', '.join(silent)}")
    return talk


def _is_heard(what: str, values: list[float]) -> bool:
    """Memory may not grow at all for a few connections; all else is more than nothing where anything was heard."""
    return what == MEMORY or min(values) > 0


def _play_all(server: Subject, figures: Figures, *, scale: Scale, seconds: float) -> None:
    before = memory_kib(server.pids)
    with load(server, "idle", connections=scale.idle) as answer:
        figures.note("connections/s", answer["rate"])
        figures.note(MEMORY, (memory_kib(server.pids) - before) / scale.idle)
    with load(server, "one_to_one", pairs=scale.pairs, seconds=seconds) as answer:
        figures.note("one to one, messages/s", answer["rate"])
    with load(server, "latency", pairs=scale.latency_pairs, seconds=seconds) as answer:
        figures.note("200 pairs, p50 ms", answer["p50_ms"])
        figures.note("200 pairs, p99 ms", answer["p99_ms"])
    with load(server, "fan_out", subscribers=scale.subscribers, seconds=seconds) as answer:
        figures.note("fan-out to 500, deliveries/s", answer["rate"])


@contextmanager
def load(server: Subject, scenario: str, **options: Any) -> Iterator[dict[str, Any]]:
    """Play a scenario in a process of its own, and keep its connections for the length of the block."""
    order = {
        "scenario": scenario,
        "host": server.host,
        "port": server.port,
        "path": server.path,
        "logins": server.logins,
        "options": options,
    }
    command = [sys.executable, "-m", "bench.talk.load"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        process.stdin.flush()
        try:
            yield msgspec.json.decode(process.stdout.readline())
        finally:
            process.stdin.close()


def memory_kib(pids: Sequence[int]) -> int:
    """Return the processes' proportional set size (proc(5), `smaps_rollup`)."""
    lines = (line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


class TalkRecord(msgspec.Struct):
    """The tables in words, and every round's figures by server."""

    columns: list[str]
    rows: list[list[str]]
    matching: list[list[str]]
    missed: list[str]
    beside_rabbitmq: bool
    rounds: dict[str, dict[str, list[float]]]


MATCHING_AIMS = {
    "matches/s, the script alone": (10_000, False),
    "matches/s, through to both notified": (1_000, False),
    "READY to both notified, p99 ms": (250, True),
}


@dataclass(slots=True)
class Talk:
    """The figures of all servers, and of the matching."""

    figures: dict[str, Figures] = field(default_factory=dict)
    matching: dict[str, float] = field(default_factory=dict)

    def missed(self) -> list[str]:
        """Name the aims that the platform missed; without RabbitMQ there are none."""
        slower = [
            name for name, aim in AIMS.items() if (ratio := self._ratio(name)) is not None and not aim.holds(ratio)
        ]
        return slower + [name for name, value in self.matching.items() if not _reaches(name, value)]

    def record(self) -> TalkRecord:
        """Write it down."""
        return TalkRecord(
            columns=["", *self.figures, "aim", "reached"],
            rows=list(self.rows()),
            matching=list(self.matching_rows()),
            missed=self.missed(),
            beside_rabbitmq=RABBITMQ in self.figures,
            rounds={name: figures.rounds for name, figures in self.figures.items()},
        )

    def rows(self) -> Iterator[list[str]]:
        names = list(dict.fromkeys(name for figures in self.figures.values() for name in figures.rounds))
        for name in names:
            cells = [_in_words(figures.of(name)) for figures in self.figures.values()]
            aim, ratio = AIMS.get(name), self._ratio(name)
            aimed = f"{'at most' if aim.at_most else 'at least'} {aim.times:g} x" if aim and ratio else ""
            yield [name, *cells, aimed, f"{ratio:.2f} x" if ratio is not None else ""]

    def matching_rows(self) -> Iterator[list[str]]:
        for name, value in self.matching.items():
            aim, at_most = MATCHING_AIMS.get(name, (None, False))
            yield [name, _in_words(value), "" if aim is None else f"{'at most' if at_most else 'at least'} {aim:,}"]

    def _ratio(self, name: str) -> float | None:
        """Return how often the platform's figure is RabbitMQ's, each round compared with the same round."""
        peer = self.figures.get(RABBITMQ)
        if peer is None:
            return None
        own = next(iter(self.figures.values()))
        return median(one / other for one, other in zip(own.rounds[name], peer.rounds[name], strict=True))


MATCHING_COLUMNS = ("matching", "reached", "aim")


def _reaches(name: str, value: float) -> bool:
    if name not in MATCHING_AIMS:
        return True
    aim, at_most = MATCHING_AIMS[name]
    return value <= aim if at_most else value >= aim


def _in_words(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}"
