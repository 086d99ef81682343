"""The page that a rehearsal leaves behind: one file that needs nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from django.template.loader import render_to_string

from apps.rehearsal.on_sale.outcome import Played
from apps.rehearsal.on_sale.plots import plots
from apps.rehearsal.verdict import Finding


def write_report(path: Path, played: Played, findings: Sequence[Finding]) -> None:
    """Write the page; the folder is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(render_report(played, findings), encoding="utf-8")


def render_report(played: Played, findings: Sequence[Finding]) -> str:
    """Return the page as HTML."""
    total_cpu = sum(one.cpu_seconds for one in played.processes)
    context = {
        "played": played,
        "findings": findings,
        "holds": all(finding.holds for finding in findings),
        "plots": plots(played),
        "cards": _cards(played),
        "calls": [
            {"call": call, "first": call.outcomes[0], "others": call.outcomes[1:], "rows": len(call.outcomes)}
            for call in played.calls
        ],
        "processes": [
            {
                "one": one,
                "cores": one.cpu_seconds / max(played.measured_seconds, 1e-9),
                "share": 100 * one.cpu_seconds / max(total_cpu, 1e-9),
            }
            for one in played.processes
        ],
        "loops": [
            {"url": loop.url, "p99": loop.p99_seconds * 1000, "longest": loop.longest_seconds * 1000}
            for loop in played.loops
        ],
        "own_longest": played.own_longest_pause * 1000,
        "total_cpu": total_cpu,
        "total_cores": total_cpu / max(played.measured_seconds, 1e-9),
    }
    return render_to_string("rehearsal/report.html", context)


def _cards(played: Played) -> list[tuple[str, str]]:
    sold_out = "not" if played.sold_out_at is None else f"{played.sold_out_at:.1f} s"
    busiest = max((one for one in played.calls if one.kind == "confirm"), key=lambda call: call.count, default=None)
    cards = [
        ("seats sold", f"{played.sold:,} of {played.seats:,}"),
        ("sold out after", sold_out),
        ("people", f"{played.people:,}"),
        ("let in", f"{played.admitted:,}"),
        ("calls", f"{played.total_calls:,}"),
        ("faults inside", f"{played.faults_inside:,}"),
    ]
    if busiest is not None:
        cards.append(("payment confirmed, p95", f"{busiest.milliseconds[1]:,.0f} ms"))
    cards.append(("the crowd's own CPU a call", f"{played.client_microseconds_a_call:.0f} µs"))
    return cards
