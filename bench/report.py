"""What came of a run: tables on the terminal, and bench/results/ with JSON, Markdown and plots."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
from rich.console import Console

from bench.comparison import BARE_ENDPOINT, STATUS, VIEW, Comparison
from bench.document import parts_of
from bench.plots import plot_servers, plot_workloads
from bench.record import Record
from bench.rounds import Results
from bench.tables import terminal_table
from bench.talk.suite import MATCHING_COLUMNS

FOLDER = Path(__file__).with_name("results")
SUBJECTS = (BARE_ENDPOINT, STATUS, VIEW)
WORKLOAD_COLUMNS = ("workload", "answers/s", "of bare", "web µs", "p50 ms", "p99 ms", "aim", "reached")


def show(record: Record, console: Console) -> None:
    """Print the tables."""
    missed = record.missed()
    console.print(terminal_table("One web process on one core", WORKLOAD_COLUMNS, _workload_rows(record), missed))
    if record.servers:
        rows = (
            (server, *(f"{rates[name]:,.0f}" if name in rates else "" for name in SUBJECTS))
            for server, rates in record.servers.items()
        )
        console.print(terminal_table("Web servers, answers a second", ("server", *SUBJECTS), rows, ()))
    if record.talk is not None:
        talk, title = record.talk, "STOMP over WebSocket, the server on one core"
        console.print(terminal_table(title, talk.columns, talk.rows, missed))
        console.print(terminal_table("Matching", MATCHING_COLUMNS, talk.matching, missed))


def write(record: Record, *, results: Results, comparison: Comparison) -> None:
    """Write latest.json, latest.md and the plots into bench/results/."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "latest.json").write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
    (FOLDER / "latest.md").write_text("\n\n".join(parts_of(record).values()) + "\n")
    plot_workloads(results, FOLDER / "workloads.png")
    if comparison.rates:
        plot_servers(comparison, subjects=SUBJECTS, path=FOLDER / "servers.png")


def _workload_rows(record: Record) -> Iterator[tuple[str, ...]]:
    for workload in record.workloads:
        yield (
            workload.name,
            f"{workload.rate:,.0f}",
            f"{workload.of_bare:.1%}",
            f"{workload.web_us:,.0f}",
            f"{workload.p50_ms:,.1f}",
            f"{workload.p99_ms:,.1f}",
            "\n".join(aim.aim for aim in workload.aims),
            "\n".join(aim.reached for aim in workload.aims),
        )
