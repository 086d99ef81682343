"""One rehearsal from the making of its stage to its verdict."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import uvloop
from django.utils import timezone
from rich.console import Console

from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.rehearsal.counseling.stage import close_centre
from apps.rehearsal.on_sale import stage
from apps.rehearsal.on_sale.crowd import Crowd
from apps.rehearsal.on_sale.machine import Machine
from apps.rehearsal.on_sale.outcome import Played, sum_up
from apps.rehearsal.on_sale.plan import RehearsalPlan
from apps.rehearsal.on_sale.screen import LiveScreen
from apps.rehearsal.on_sale.verdict import judge, settle
from apps.rehearsal.on_sale.watching import Watcher
from apps.rehearsal.verdict import Finding

GETTING_READY = timedelta(minutes=20)  # until the opening, at most: it is brought forward when all is ready


def rehearse(console: Console, plan: RehearsalPlan, *, must_sell_out: bool) -> tuple[Played, list[Finding]]:
    """Hold a rehearsal that `refuse_impossible` lets pass.

    1. Make the performance, the accounts with their tokens, and the counselors' desk.
    2. Bring the opening forward to a few seconds from now, and let the crowd come.
    3. Wait for what the platform still settles, and judge.
    4. However it ends, close the sale and the desk; what was made stays until it is removed.
    """
    started, began_at = time.perf_counter(), database_now()
    performance = stage.set_stage(
        seats=plan.seats, rate=plan.admission_rate, inside=plan.most_inside, opens_at=database_now() + GETTING_READY
    )
    try:
        guests = stage.invite(plan.people)
        desk = stage.open_desk([guests[number] for number in plan.asker_numbers], counselors=plan.counselors)
        try:
            crowd = Crowd(plan, performance_id=performance.pk, guests=guests, desk=desk)
            _announce(console, plan, performance, seconds=time.perf_counter() - started)
            watcher, started_at = _play(console, crowd, performance)
            findings = _judge(crowd, since=began_at, sold_out_within=plan.seconds if must_sell_out else None)
        finally:
            close_centre(desk)
    finally:
        stage.close_stage(performance)
    return sum_up(crowd, watcher, started_at=started_at), findings


def _announce(console: Console, plan: RehearsalPlan, performance: Performance, *, seconds: float) -> None:
    console.print(
        f"Performance {performance.pk}: {plan.seats:,} seats, {plan.people:,} people, {plan.admission_rate:g} "
        f"admissions a second, at {', '.join(plan.base_urls)}; set up in {seconds:.1f} s"
    )


def _play(console: Console, crowd: Crowd, performance: Performance) -> tuple[Watcher, str]:
    """Open the sale and play; return what was watched, and when it opened."""
    plan = crowd.plan
    machine = Machine(plan.base_urls, plan.sandbox_url)
    opens_at = database_now() + timedelta(seconds=plan.lead_seconds)
    stage.open_sale(performance, opens_at=opens_at)
    with LiveScreen(console, machine) as screen:
        watcher = Watcher(machine, screen)
        opens_in = (opens_at - database_now()).total_seconds()
        uvloop.run(crowd.play(opens_in=opens_in, watcher=watcher))
    return watcher, f"{timezone.localtime(opens_at):%Y-%m-%d %H:%M:%S}"


def _judge(crowd: Crowd, *, since: datetime, sold_out_within: float | None) -> list[Finding]:
    settle(crowd.sale.performance_id)
    findings = judge(crowd.sale, since=since, sold_out_within=sold_out_within)
    return findings if crowd.asking is None else [*findings, *crowd.asking.judge()]
