from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from apps.concerts.models import Performance
from apps.concerts.seat_states import store as seat_states
from apps.orders.services.rebuild_seat_state import ensure_seat_state


class Command(BaseCommand):
    help = "Bring seats, holds and sales of performances back into Redis from the database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("performances", nargs="*", type=int, help="ids; without any, every public performance")
        parser.add_argument("--force", action="store_true", help="also where Redis has them already")

    def handle(self, *args: Any, **options: Any) -> None:
        known = set(Performance.objects.public(timezone.now()).values_list("pk", flat=True))
        wanted = set(options["performances"]) or known
        if wanted - known:
            raise CommandError(f"no such public performance: {', '.join(map(str, sorted(wanted - known)))}")
        for performance_id in sorted(wanted):
            if options["force"]:
                seat_states.mark_not_ready(performance_id)
            done = ensure_seat_state(performance_id)
            self.stdout.write(f"performance {performance_id}: {'rebuilt' if done else 'was there already'}")
