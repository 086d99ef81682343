"""The tables that a rehearsal ends with."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from apps.rehearsal.tally import Tally
from apps.rehearsal.verdict import Finding


def print_tally(console: Console, tally: Tally) -> None:
    """Show, for each step, what was answered how often and how fast."""
    table = Table(title="What the crowd was answered")
    table.add_column("step")
    table.add_column("outcome", no_wrap=True)  # a code has to be readable where the output is not wide, too
    for name in ("count", "req/s", "p50 ms", "p95 ms", "p99 ms", "wall s"):
        table.add_column(name, justify="right")
    for step, figures in tally.steps.items():
        outcomes = figures.outcomes.most_common()
        table.add_row(
            step,
            outcomes[0][0],
            f"{outcomes[0][1]:,}",
            f"{figures.per_second:,.0f}",
            *(f"{figures.percentile(percent) * 1000:,.1f}" for percent in (50, 95, 99)),
            f"{figures.wall_seconds:.2f}",
        )
        for outcome, count in outcomes[1:]:
            table.add_row("", outcome, f"{count:,}")
    console.print(table)


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """Show the audit, each rule with the figures behind it."""
    table = Table(title="Audit of the database")
    table.add_column("rule")
    table.add_column("holds")
    table.add_column("figures")
    for finding in findings:
        table.add_row(finding.rule, "[green]yes[/]" if finding.holds else "[bold red]NO[/]", finding.figures)
    console.print(table)
