from __future__ import annotations

import dataclasses
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.errors import NotFound
from apps.concerts.waiting_room.services.audit_line import LineAudit, audit_line


class Command(BaseCommand):
    help = (
        "Tell how a performance's line kept its word, from what was recorded of it: order, pace, estimates, places. "
        "The report names nobody, and may be shown to the public."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("performance", type=int, help="the performance's id")
        parser.add_argument("--json", action="store_true", help="as JSON, for programs")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            audit = audit_line(options["performance"])
        except NotFound as error:
            raise CommandError(f"There is no performance {options['performance']}.") from error
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(audit), default=str, indent=2))
            return
        for line in _in_words(options["performance"], audit):
            self.stdout.write(line)


def _in_words(performance_id: int, audit: LineAudit) -> list[str]:
    if not audit.admissions:
        return [f"Nobody was let in through the line of performance {performance_id}."]
    span = f"{audit.first_at:%Y-%m-%d %H:%M:%S} to {audit.last_at:%Y-%m-%d %H:%M:%S %Z}"
    estimate = _or_unknown(audit.estimate_error, ".1%")
    freed = _or_unknown(audit.freed_slot_seconds, ".2f")
    most, twice = audit.most_admissions_of_one, audit.numbers_spent_twice
    return [
        f"The line of performance {performance_id}: {audit.admissions:,} let in, from {span}",
        f"Order of coming against order of going in (Kendall's tau, 1 is the same): {audit.order:.4f}",
        f"The highest rate that was set: {_or_unknown(audit.highest_rate, 'g')} a second",
        *(
            f"Most let in within {window.seconds} s: {window.admissions:,} (the rate allows {window.allowed:,.0f})"
            for window in audit.windows
        ),
        f"Estimate at joining against the wait: {estimate} off in the median of {audit.estimates:,}",
        f"Accounts let in: {audit.accounts:,}; the most times one was: {most}; numbers used twice: {twice}",
        f"Time until a freed slot was used: {freed} s in the median of {audit.freed_slots:,}",
    ]


def _or_unknown(value: float | None, form: str) -> str:
    return "unknown" if value is None else format(value, form)
