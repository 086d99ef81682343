"""Play the on-sale minute against a running platform."""

from __future__ import annotations

import sys
from argparse import BooleanOptionalAction
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console

from apps.common.errors import ServiceUnavailable
from apps.payments.gateway.registry import current_provider
from apps.rehearsal.on_sale.machine import platform_ports
from apps.rehearsal.on_sale.outcome import Played
from apps.rehearsal.on_sale.plan import RehearsalPlan
from apps.rehearsal.on_sale.play import rehearse
from apps.rehearsal.on_sale.refusals import Impossible, refuse_impossible
from apps.rehearsal.on_sale.report import write_report
from apps.rehearsal.on_sale.tables import print_played
from apps.rehearsal.services.remove_rehearsals import Removed, StillPlayed, remove_rehearsals
from apps.rehearsal.verdict import Finding

FEWEST_ASKERS, PEOPLE_AN_ASKER = 3, 1_000


class Command(BaseCommand):
    help = (
        "Sell out a hall of its own while everybody watches: PEOPLE come, wait in line, choose, lose, pay, cancel and "
        "ask, over real HTTP. Exits 1 unless the audit holds, every acknowledged ticket exists, and nobody inside got "
        "a fault."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seats", type=int, default=1_000, help="seats on sale (default 1,000)")
        parser.add_argument("--people", type=int, default=5_000, help="people who want them (default 5,000)")
        parser.add_argument("--seconds", type=float, default=60.0, help="how long it may take (default 60)")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same people (default 1)")
        parser.add_argument("--real-waiting", action="store_true", help="people take as long as real ones do")
        parser.add_argument("--rate", type=float, default=0.0, help="admissions a second (default: as the sale needs)")
        parser.add_argument("--inside", type=int, default=0, help="most people inside (default: as the rate needs)")
        parser.add_argument(
            "--connections", type=int, default=400, help="that those in line share, an address (default 400)"
        )
        parser.add_argument("--sockets", type=int, default=200, help="people who watch by WebSocket (default 200)")
        parser.add_argument(
            "--edge-cache",
            action=BooleanOptionalAction,
            default=True,
            help="those who wait see the line through a cache in front, which the crowd plays; or each ask for it",
        )
        parser.add_argument("--askers", type=int, help="people who ask a counselor (default: 1 of 1,000, 3 at least)")
        parser.add_argument("--counselors", type=int, default=5, help="who answer them (default 5)")
        parser.add_argument("--must-sell-out", action=BooleanOptionalAction, default=True, help="or exit 1")
        parser.add_argument("--base-url", action="append", help="where the platform is; several for several processes")
        parser.add_argument(
            "--sandbox-url", default=current_provider().sandbox_url(), help="where the provider's sandbox is"
        )
        parser.add_argument("--report", type=Path, help="the page (default: rehearsals/TIME.html in TICKETLIVE_HOME)")
        parser.add_argument("--json", type=Path, help="write the figures here")
        parser.add_argument("--force", action="store_true", help="without DEBUG; with --remove, what is on sale")
        parser.add_argument("--remove", action="store_true", help="remove what all rehearsals have made, and play none")

    def handle(self, *args: Any, **options: Any) -> None:
        console = Console(file=sys.stdout)
        if options["remove"]:
            _remove(console, force=options["force"])
            return
        plan = _plan(options)
        try:
            refuse_impossible(plan, has_right=options["force"])
        except Impossible as refusal:
            raise CommandError(str(refusal)) from refusal
        played, findings = rehearse(console, plan, must_sell_out=options["must_sell_out"])
        print_played(console, played, findings)
        _write_down(console, played, findings, options)
        if not all(finding.holds for finding in findings):
            raise CommandError("the rehearsal does not hold")


def _plan(options: dict[str, Any]) -> RehearsalPlan:
    own = [f"http://127.0.0.1:{port}" for port in platform_ports()] or [f"http://127.0.0.1:{settings.PORT}"]
    names = (
        "seats", "people", "seconds", "seed", "rate", "inside", "connections", "sockets", "counselors", "real_waiting",
        "edge_cache",
    )  # fmt: skip
    askers = options["askers"]
    return RehearsalPlan(
        base_urls=tuple(url.rstrip("/") for url in options["base_url"] or own),
        sandbox_url=options["sandbox_url"].rstrip("/"),
        askers=max(FEWEST_ASKERS, options["people"] // PEOPLE_AN_ASKER) if askers is None else askers,
        **{name: options[name] for name in names},
    )


def _remove(console: Console, *, force: bool) -> None:
    """Remove what all rehearsals have made, and say how much it was."""
    with console.status("removing") as status:

        def tell(removed: Removed) -> None:
            status.update(f"removed {removed.rows.total():,} rows")

        try:
            removed = remove_rehearsals(force=force, progress=tell)
        except (StillPlayed, ServiceUnavailable) as refusal:
            raise CommandError(f"nothing is removed: {refusal}") from refusal
    kept = f"; {removed.accounts_kept:,} accounts have to do with the house, and stay" if removed.accounts_kept else ""
    console.print(f"Removed {removed.rows.total():,} rows and {removed.redis_keys:,} keys of Redis{kept}.")


def _write_down(console: Console, played: Played, findings: list[Finding], options: dict[str, Any]) -> None:
    stamp = played.started_at.replace(" ", "-").replace(":", "")
    report = options["report"] or Path(settings.TICKETLIVE_HOME) / "rehearsals" / f"{stamp}.html"
    write_report(report, played, findings)
    console.print(f"The report is in {report}.", soft_wrap=True)
    if options["json"]:
        figures = {"played": played, "findings": findings, "holds": all(one.holds for one in findings)}
        options["json"].write_bytes(msgspec.json.format(msgspec.json.encode(figures), indent=1))
