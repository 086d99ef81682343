"""What plays a script: an installed k6, or the player beside the scripts, which knows what they use of k6."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent
NODE = str(Path(sys.executable).with_name("node"))


class NotPlayed(Exception):
    """The script left no summary: it could not be read, or its preparations failed. The text is what was said."""


class Metric(msgspec.Struct):
    """As k6's handleSummary has it. `thresholds` names each expression with whether it held."""

    values: dict[str, float]
    thresholds: dict[str, dict[str, Any]] = {}


class State(msgspec.Struct, rename="camel"):
    """How long the run took."""

    test_run_duration_ms: float


class Summary(msgspec.Struct):
    """What a script says at its end."""

    metrics: dict[str, Metric]
    state: State

    def value(self, metric: str, aggregate: str) -> float:
        """Return an aggregate; 0 where there was no sample."""
        found = self.metrics.get(metric)
        return found.values.get(aggregate, 0.0) if found else 0.0

    def thresholds(self) -> list[tuple[str, bool]]:
        """Return each threshold in words, and whether it held."""
        return [
            (f"{name} {expression}", bool(verdict["ok"]))
            for name, metric in self.metrics.items()
            for expression, verdict in metric.thresholds.items()
        ]

    def crossed(self) -> list[str]:
        return [words for words, held in self.thresholds() if not held]


@dataclass(frozen=True, slots=True)
class Player:
    """A command that runs scripts as k6 does, and its name for the tables."""

    command: tuple[str, ...]
    name: str

    @classmethod
    def chosen(cls, k6: str) -> Player:
        """Take the installed k6 that is named, or the player.

        Raises:
            NotPlayed: there is no such program, or it is no k6.
        """
        if not k6:
            return cls((NODE, str(FOLDER / "player" / "main.js")), "`bench/k6/player`")
        try:
            said = subprocess.run([k6, "version"], capture_output=True, text=True, check=True).stdout
        except (OSError, subprocess.CalledProcessError) as error:
            raise NotPlayed(f"{k6} is no k6 that runs: {error}") from error
        return cls((k6,), " ".join(said.split()[:2]))

    def play(self, script: str, environment: Mapping[str, str | int], *, folder: Path) -> Summary:
        """Run a script to its end and return its summary, thresholds crossed or not. Output goes through.

        Raises:
            NotPlayed
        """
        summary = folder / f"{script}.json"
        summary.unlink(missing_ok=True)
        given = {**environment, "SUMMARY": str(summary)}
        arguments = [part for name, value in given.items() for part in ("-e", f"{name}={value}")]
        done = subprocess.run([*self.command, "run", *arguments, str(FOLDER / f"{script}.js")], check=False)
        if not summary.exists():
            raise NotPlayed(f"{script} ended with exit code {done.returncode} and no summary")
        return msgspec.json.decode(summary.read_bytes(), type=Summary)
