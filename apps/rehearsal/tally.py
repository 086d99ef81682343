"""What the crowd was answered, and how fast."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from math import ceil
from typing import Protocol


class Counted(Protocol):
    """An answer as far as the tally looks at it."""

    @property
    def status(self) -> int: ...

    @property
    def code(self) -> str: ...


@dataclass
class StepTally:
    """One step of the way, seconds throughout."""

    outcomes: Counter[str] = field(default_factory=Counter)
    durations: list[float] = field(default_factory=list)
    first_started: float = float("inf")
    last_ended: float = 0.0
    faults: int = 0

    @property
    def wall_seconds(self) -> float:
        return max(self.last_ended - self.first_started, 0.0)

    @property
    def per_second(self) -> float:
        return len(self.durations) / self.wall_seconds if self.wall_seconds else 0.0

    def percentile(self, percent: float) -> float:
        """The nearest-rank percentile of the durations."""
        ordered = sorted(self.durations)
        return ordered[max(ceil(len(ordered) * percent / 100), 1) - 1] if ordered else 0.0


class Tally:
    """Answers by step. A fault is a 5xx other than 503, or no answer at all."""

    def __init__(self) -> None:
        self.steps: defaultdict[str, StepTally] = defaultdict(StepTally)

    def count(self, step: str, answer: Counted, *, started: float, ended: float) -> None:
        tally = self.steps[step]
        tally.outcomes[answer.code] += 1
        tally.durations.append(ended - started)
        tally.first_started = min(tally.first_started, started)
        tally.last_ended = max(tally.last_ended, ended)
        tally.faults += answer.status == 0 or (answer.status >= 500 and answer.status != 503)  # noqa: PLR2004

    @property
    def faults(self) -> int:
        return sum(tally.faults for tally in self.steps.values())
