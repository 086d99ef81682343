"""Play the crowd over real HTTP against a running platform, then audit what it left."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from apps.payments.gateway.registry import current_provider
from apps.rehearsal import stage
from apps.rehearsal.buyers import Buyer, Crowd
from apps.rehearsal.client import CrowdClient
from apps.rehearsal.counseling.play import play_centre
from apps.rehearsal.counseling.stage import close_centre, open_centre
from apps.rehearsal.line_audit import audit_line
from apps.rehearsal.report import print_findings, print_tally
from apps.rehearsal.tally import Tally
from apps.rehearsal.verdict import Finding, audit_sale, audit_winners


class Command(BaseCommand):
    help = (
        "Play the crowd against a running platform: USERS buyers go for SEATS seats of a performance of their own, "
        "each through order, reserve and payment. Exits 1 unless the audit holds and the winners are as they must be."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--users", type=int, default=100, help="how many buyers (default 100)")
        parser.add_argument("--seats", type=int, default=1, help="how many seats are on sale (default 1)")
        parser.add_argument("--per-order", type=int, default=1, help="neighbouring seats that each wants (default 1)")
        parser.add_argument("--queue", action="store_true", help="through the waiting room")
        parser.add_argument("--rate", type=float, default=20.0, help="admissions a second with --queue (default 20)")
        parser.add_argument("--connections", type=int, default=100, help="connections at once (default 100)")
        parser.add_argument("--counsel", type=int, default=0, help="so many customers ask for a counselor instead")
        parser.add_argument("--counselors", type=int, default=10, help="who answer them (default 10)")
        parser.add_argument("--base-url", default=f"http://127.0.0.1:{settings.PORT}", help="where the platform is")
        parser.add_argument(
            "--sandbox-url", default=current_provider().sandbox_url(), help="where the provider's sandbox is"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_nonsense(options)
        console = Console(file=sys.stdout)
        if options["counsel"]:
            _rehearse_counseling(console, options)
            return
        performance = stage.set_stage(
            seats=options["seats"], per_order=options["per_order"], rate=options["rate"] if options["queue"] else None
        )
        offered = stage.seat_ids(performance)
        buyers = stage.gather_buyers(users=options["users"], seats=offered, per_order=options["per_order"])
        tally = Tally()
        started = time.perf_counter()
        try:
            asyncio.run(_play(console, performance.pk, buyers, tally, options))
        finally:
            stage.close_stage(performance)
        wall_seconds = time.perf_counter() - started
        print_tally(console, tally)
        findings = [*audit_sale(performance.pk), *audit_winners(performance.pk, buyers, offered), _no_faults(tally)]
        if options["queue"]:
            findings.append(audit_line(buyers, rate=options["rate"]))
        if options["per_order"] == 1 and options["users"] >= options["seats"] * _ENOUGH:
            findings.append(_sold_out(buyers, options["seats"]))
        print_findings(console, findings)
        console.print(f"{options['users']:,} buyers, {wall_seconds:.2f} s in all")
        if not all(finding.holds for finding in findings):
            raise CommandError("the audit does not hold")


def _rehearse_counseling(console: Console, options: dict[str, Any]) -> None:
    """Let customers ask, talk, lose their connection, end and rate; then audit the centre."""
    centre = open_centre(customers=options["counsel"], counselors=options["counselors"])
    tally = Tally()
    started = time.perf_counter()
    try:
        findings = asyncio.run(
            play_centre(centre, base_url=options["base_url"], connections=options["connections"], tally=tally)
        )
    finally:
        close_centre(centre)
    wall_seconds = time.perf_counter() - started
    print_tally(console, tally)
    findings.append(_no_faults(tally))
    print_findings(console, findings)
    console.print(
        f"{options['counsel']:,} customers, {options['counselors']:,} counselors, {wall_seconds:.2f} s in all"
    )
    if not all(finding.holds for finding in findings):
        raise CommandError("the audit does not hold")


_ENOUGH = 20  # so many buyers a seat that each seat has somebody who wants it, but for one run in 10^8


def _refuse_nonsense(options: dict[str, Any]) -> None:
    if options["counsel"] < 0:
        raise CommandError("--counsel cannot be less than 0")
    for name in ("users", "seats", "per_order", "connections", "rate", "counselors"):
        if options[name] <= 0:
            raise CommandError(f"--{name.replace('_', '-')} has to be more than 0")
    if options["per_order"] > options["seats"]:
        raise CommandError("--per-order cannot be more than --seats")


async def _play(
    console: Console, performance_id: int, buyers: list[Buyer], tally: Tally, options: dict[str, Any]
) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with CrowdClient(options["base_url"], connections=options["connections"], tally=tally) as client:
        await _refuse_absent_platform(client, options["base_url"])
        tally.steps.clear()
        with Progress(*columns, console=console) as bars:

            def progress(what: str, total: int) -> Callable[[], None]:
                return partial(bars.advance, bars.add_task(what, total=total))

            crowd = Crowd(
                client,
                buyers,
                performance_id=performance_id,
                sandbox_url=options["sandbox_url"],
                progress=progress,
            )
            await (crowd.queue() if options["queue"] else crowd.rush())


async def _refuse_absent_platform(client: CrowdClient, base_url: str) -> None:
    answer = await client.call("health", "GET", "/healthz")
    if answer.status != 200:  # noqa: PLR2004
        raise CommandError(f"no platform answers at {base_url} ({answer.code}); start one with `make run`")


def _no_faults(tally: Tally) -> Finding:
    return Finding("no call failed with a fault of the platform", not tally.faults, f"{tally.faults} faults")


def _sold_out(buyers: list[Buyer], seats: int) -> Finding:
    winners = sum(buyer.paid for buyer in buyers)
    return Finding("as many winners as seats", winners == seats, f"{winners} winners, {seats} seats")
