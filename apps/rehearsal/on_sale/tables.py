"""The tables that a rehearsal ends with on the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from apps.rehearsal.on_sale.outcome import Played
from apps.rehearsal.verdict import Finding


def print_played(console: Console, played: Played, findings: Sequence[Finding]) -> None:
    """Show what was called, what became of the people, what the machine used, and the verdict."""
    for table in (_calls(played), _people(played), _machine(played), _findings(findings)):
        console.print(table)
    for loop in played.loops:
        console.print(
            f"The event loop of {loop.url} was late by {loop.p99_seconds * 1000:,.1f} ms at most 99 times of 100, and "
            f"once by {loop.longest_seconds * 1000:,.1f} ms."
        )
    for note in played.notes:
        console.print(note)


def _calls(played: Played) -> Table:
    table = Table(title="What the crowd was answered")
    table.add_column("call")
    table.add_column("outcome", no_wrap=True)
    for name in ("count", "p50 ms", "p95 ms", "p99 ms", "max ms"):
        table.add_column(name, justify="right")
    for call in played.calls:
        first, *others = call.outcomes
        figures = (f"{figure:,.1f}" for figure in call.milliseconds)
        table.add_row(call.kind, first[0], f"{first[1]:,}", *figures)
        for outcome, count in others:
            table.add_row("", outcome, f"{count:,}")
    return table


def _people(played: Played) -> Table:
    table = Table(title="What became of the people")
    table.add_column("outcome")
    table.add_column("people", justify="right")
    for outcome, count in played.outcomes:
        table.add_row(outcome, f"{count:,}")
    return table


def _machine(played: Played) -> Table:
    table = Table(title=f"What the processes used in {played.measured_seconds:.1f} s")
    table.add_column("process")
    for name in ("CPU s", "of one core", "peak MiB"):
        table.add_column(name, justify="right")
    for one in played.processes:
        share = one.cpu_seconds / max(played.measured_seconds, 1e-9)
        table.add_row(one.name, f"{one.cpu_seconds:.1f}", f"{share:.0%}", f"{one.peak_mib:,.0f}")
    return table


def _findings(findings: Sequence[Finding]) -> Table:
    table = Table(title="Verdict")
    for name in ("rule", "holds", "figures"):
        table.add_column(name)
    for finding in findings:
        table.add_row(finding.rule, "[green]yes[/]" if finding.holds else "[bold red]NO[/]", finding.figures)
    return table
