"""Build a hall from a description (see `apps.concerts.venue_plans.plan`)."""

from __future__ import annotations

import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.common.errors import ValidationFailed
from apps.concerts.services.build_venue import build_venue
from apps.concerts.venue_plans.plan import VenuePlan, checked_venue_plan, parse_venue_plan


def section(text: str) -> dict[str, Any]:
    """Read CODE:ROWSxSEATS, with @LEVEL behind it if need be: B:12x20@2."""
    match = re.fullmatch(r"([^:@]+):(\d+)x(\d+)(?:@(\d+))?", text)
    if match is None:
        raise ArgumentTypeError(f"{text!r} is not CODE:ROWSxSEATS[@LEVEL], as in A:20x25 or B:12x20@2")
    code, rows, seats, level = match.groups()
    return {"code": code, "rows": int(rows), "seats": int(seats), "level": int(level or 1)}


class Command(BaseCommand):
    help = "Build a hall with all its seats, from a YAML or JSON file (- for standard input) or from --section options."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("plan", nargs="?", help="the file that describes the hall")
        parser.add_argument("--name", help="the hall's name, with --section")
        parser.add_argument("--city", default="")
        parser.add_argument("--section", action="append", type=section, default=[], metavar="CODE:ROWSxSEATS[@LEVEL]")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            venue = build_venue(_plan(options))
        except ValidationFailed as error:
            raise CommandError("; ".join(error.extras["errors"]["plan"])) from error
        self.stdout.write(f"venue {venue.pk}: {venue.name}, {venue.seat_count:,} seats")


def _plan(options: dict[str, Any]) -> VenuePlan:
    path, name, sections = options["plan"], options["name"], options["section"]
    if path and not (name or sections):
        try:
            return parse_venue_plan(sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}") from error
    if name and sections and not path:
        return checked_venue_plan({"name": name, "city": options["city"], "sections": sections})
    raise CommandError("Give either a file, or --name and --section.")
