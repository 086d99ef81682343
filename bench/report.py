"""What came of a run: a table on the terminal, and bench/results/ with JSON, Markdown and plots."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from bench.comparison import BARE_ENDPOINT, STATUS, VIEW, Comparison
from bench.plots import plot_servers, plot_workloads
from bench.rounds import Figures, Results
from bench.workloads import BARE, Aim

FOLDER = Path(__file__).with_name("results")
SUBJECTS = (BARE_ENDPOINT, STATUS, VIEW)
WORKLOAD_COLUMNS = ("workload", "answers/s", "of the bare", "web µs", "p50 ms", "p99 ms", "aim", "reached")
SERVER_COLUMNS = ("server", *(f"{subject}, /s" for subject in SUBJECTS))


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one run."""

    results: Results
    comparison: Comparison
    machine: dict[str, str | int | float]
    seconds: float

    def show(self, console: Console) -> None:
        """Print the tables."""
        missed = self.results.missed()
        table = _table("One web process on one core", WORKLOAD_COLUMNS)
        for row in self.workload_rows():
            table.add_row(*row, style="red" if row[0] in missed else None)
        console.print(table)
        if self.comparison.rates:
            table = _table("Web servers", SERVER_COLUMNS)
            for row in self.server_rows():
                table.add_row(*row)
            console.print(table)

    def write(self) -> None:
        """Write latest.json, latest.md and the plots."""
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / "latest.json").write_bytes(msgspec.json.format(msgspec.json.encode(self.document()), indent=2))
        (FOLDER / "latest.md").write_text(self.markdown())
        plot_workloads(self.results, FOLDER / "workloads.png")
        if self.comparison.rates:
            plot_servers(self.comparison, subjects=SUBJECTS, path=FOLDER / "servers.png")

    def document(self) -> dict[str, Any]:
        """The figures with every run of theirs."""
        return {
            "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": self.machine,
            "seconds": round(self.seconds, 1),
            "workloads": {
                name: {
                    "rate": round(figures.rate),
                    "of_bare": round(figures.times(self.results.bare), 3),
                    "runs": figures.runs,
                }
                for name, figures in self.results.figures.items()
            },
            "servers": self.comparison.rates,
            "missed": self.results.missed(),
        }

    def markdown(self) -> str:
        """The tables for a document."""
        about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in self.machine.items())
        parts = [about, _markdown_table(WORKLOAD_COLUMNS, self.workload_rows())]
        if self.comparison.rates:
            parts.append(_markdown_table(SERVER_COLUMNS, self.server_rows()))
        return "\n\n".join(parts) + "\n"

    def workload_rows(self) -> Iterator[tuple[str, ...]]:
        for name, figures in self.results.figures.items():
            yield (
                name,
                f"{figures.rate:,.0f}",
                "" if name == BARE else f"{figures.times(self.results.bare):.0%}",
                f"{figures.web_us:,.0f}",
                f"{figures.p50_ms:.1f}",
                f"{figures.p99_ms:.1f}",
                *self._aim_cells(figures),
            )

    def server_rows(self) -> Iterator[tuple[str, ...]]:
        for server, rates in self.comparison.rates.items():
            yield server, *(f"{rates[subject]:,.0f}" if subject in rates else "" for subject in SUBJECTS)

    def _aim_cells(self, figures: Figures) -> tuple[str, str]:
        aim = figures.workload.aim
        if aim is None:
            return "", ""
        return _in_words(aim, aim.least), _in_words(aim, self.results.reached(aim, figures))


def _in_words(aim: Aim, value: float) -> str:
    """Write an amount in the measure of its aim: of the bare endpoint, of another workload, a second."""
    if aim.of == BARE:
        return f"{value:.0%}"
    return f"{value:.1f} x" if aim.of else f"{value:,.0f}/s"


def _table(title: str, columns: tuple[str, ...]) -> Table:
    first, *others = columns
    table = Table(title=title, title_justify="left")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _markdown_table(columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [columns, ("---", *("---:" for _ in columns[1:])), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
