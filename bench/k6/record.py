"""What a run of the journeys leaves: its figures, and what did not hold."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from apps.rehearsal.verdict import Finding
from bench.about import Machine, commit
from bench.k6.players import Summary


class Run(msgspec.Struct):
    """One play of one journey. Times in milliseconds."""

    journey: str
    what: str
    people: int
    summary: Summary
    missed: list[str]
    """Thresholds that were crossed, and rules that the database does not keep."""

    @classmethod
    def of(cls, journey: str, what: str, people: int, summary: Summary, findings: Sequence[Finding]) -> Run:
        broken = [f"{finding.rule}: {finding.figures}" for finding in findings if not finding.holds]
        return cls(journey, what, people, summary, [*summary.crossed(), *broken])

    @property
    def faults(self) -> int:
        """How many calls got a 5xx or no answer."""
        return int(self.summary.value("faults", "count") + self.summary.value("unanswered", "count"))


class Record(msgspec.Struct):
    """All of them, and where and by what they were played."""

    taken_at: str
    commit: str
    machine: Machine
    player: str
    web_processes: int
    database: str
    runs: list[Run]

    @classmethod
    def now(cls, taken_at: str, *, machine: Machine, player: str, web_processes: int, database: str) -> Record:
        return cls(taken_at, commit(), machine, player, web_processes, database, [])

    def missed(self) -> list[str]:
        """Name what did not hold, with its journey."""
        return [f"{run.journey}: {what}" for run in self.runs for what in run.missed]
