from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.models import WaitingRoomMode
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room


class Command(BaseCommand):
    help = "Show how a performance's line lets people in, or change it while it runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("performance", type=int, help="the performance's id")
        parser.add_argument("--mode", choices=WaitingRoomMode.values)
        parser.add_argument("--rate", type=float, help="admissions a second")
        parser.add_argument("--inside-limit", type=int, help="the most people inside at once")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            performance = change_waiting_room(
                options["performance"],
                actor=None,
                mode=options["mode"],
                rate=options["rate"],
                inside_limit=options["inside_limit"],
            )
        except NotFound as error:
            raise CommandError(f"There is no performance {options['performance']}.") from error
        except ValidationFailed as error:
            problems = [f"{name}: {' '.join(messages)}" for name, messages in error.extras["errors"].items()]
            raise CommandError("; ".join(problems)) from error
        self.stdout.write(
            f"{performance.pk}: {performance.waiting_room_mode}, {performance.waiting_room_rate:g} a second, "
            f"{performance.waiting_room_inside_limit} inside at once"
        )
