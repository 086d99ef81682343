from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.clock import database_now
from apps.common.days import ONE_DAY, day_of
from apps.counseling.services.rollup_kpis import roll_up
from apps.counseling.services.state_changes import drain_state_changes


class Command(BaseCommand):
    help = "Compute the counseling figures of some days anew from the history, and say what was different."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="first", type=date.fromisoformat, help="the first day (default yesterday)")
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="the last day (default today)")

    def handle(self, *, first: date | None, last: date | None, **options: Any) -> None:
        today = day_of(database_now())
        first, last = first or today - ONE_DAY, last or today
        if first > last:
            raise CommandError("--from has to be before --to.")
        drain_state_changes()
        differences = roll_up(first, last)
        for one in differences:
            self.stdout.write(f"{one.day} {one.whose}: {one.field} was {one.was}, is {one.became}")
        self.stdout.write(f"{first} to {last}: {len(differences)} figures were different")
