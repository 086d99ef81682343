"""What the crowd was answered, when, and how fast. Seconds throughout, by the monotonic clock."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from math import ceil, floor
from typing import Protocol

import msgspec

SUCCESS = range(200, 400)


class Answered(Protocol):
    """An answer as far as the figures look at it."""

    @property
    def status(self) -> int: ...

    @property
    def body(self) -> bytes: ...


class _Problem(msgspec.Struct):
    code: str = ""


_problem = msgspec.json.Decoder(_Problem)


class Kind:
    """All calls of one kind: in `ended` when each was answered, in `durations` how long it took."""

    __slots__ = ("durations", "ended", "no_answers", "outcomes", "server_errors")

    def __init__(self) -> None:
        self.ended = array("d")
        self.durations = array("f")
        self.outcomes: Counter[str] = Counter()
        self.no_answers = 0
        self.server_errors = 0

    @property
    def faults(self) -> int:
        return self.no_answers + self.server_errors

    def percentiles(self, *percents: float) -> list[float]:
        """The nearest-rank percentiles of the durations."""
        return percentiles(self.durations, percents)

    def p95_by_second(self, zero: float) -> list[tuple[int, float]]:
        """The 95th percentile of what was answered in each second from `zero` on, in milliseconds."""
        by_second: defaultdict[int, list[float]] = defaultdict(list)
        for ended, duration in zip(self.ended, self.durations, strict=True):
            by_second[floor(ended - zero)].append(duration)
        return [(second, percentiles(values, (95,))[0] * 1000) for second, values in sorted(by_second.items())]


class Figures:
    """Calls by kind."""

    def __init__(self) -> None:
        self.kinds: defaultdict[str, Kind] = defaultdict(Kind)
        self.calls = 0

    def count(self, kind: str, answer: Answered, *, started: float, ended: float) -> None:
        figures = self.kinds[kind]
        figures.ended.append(ended)
        figures.durations.append(ended - started)
        status = answer.status
        if status in SUCCESS:
            figures.outcomes[str(status)] += 1
        else:
            figures.outcomes[outcome_of(status, answer.body)] += 1
            figures.no_answers += status == 0
            figures.server_errors += status >= 500  # noqa: PLR2004
        self.calls += 1

    @property
    def faults(self) -> int:
        return sum(kind.faults for kind in self.kinds.values())


def outcome_of(status: int, body: bytes) -> str:
    """Name a refusal by its problem's code, with its status before it."""
    if status == 0:
        return "no answer"
    try:
        code = _problem.decode(body).code
    except msgspec.DecodeError:
        code = ""
    return f"{status} {code}".strip()


def percentiles(values: Sequence[float], percents: Sequence[float]) -> list[float]:
    """The nearest-rank percentiles; 0 of no values."""
    ordered = sorted(values)
    if not ordered:
        return [0.0] * len(percents)
    return [ordered[max(ceil(len(ordered) * percent / 100), 1) - 1] for percent in percents]
