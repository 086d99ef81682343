from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.models import User
from apps.accounts.selectors import has_permission
from apps.common.errors import DomainError, NotFound, ValidationFailed
from apps.concerts.models import Performance
from apps.payments.calling_off import report
from apps.payments.calling_off.call_off import (
    MAY_CALL_OFF,
    call_off_performance,
    confirm_call_off,
    confirmation_of,
    try_again,
)
from apps.payments.calling_off.carry_on import carry_on
from apps.payments.calling_off.models import CallOff
from apps.payments.calling_off.scope import get_scope

LOOK_SECONDS = 2.0


class Command(BaseCommand):
    help = (
        "Call a performance off: close its sale, refund everybody in full, tell everybody. Shows what it will do, asks "
        "for a typed confirmation, and follows the job to its end; interrupted, the workers go on with it, and the "
        "same command shows the rest."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("performance", type=int, help="the performance's id")
        parser.add_argument("--by", required=True, metavar="EMAIL", help="the member of staff who decides it")
        parser.add_argument("--reason", default="", help="what customers read")
        parser.add_argument(
            "--extra-percent", type=int, default=0, help="of each price, owed by the organiser beyond the refund"
        )
        parser.add_argument("--confirm", default=None, metavar="TEXT", help="what would be typed, for scripts")
        parser.add_argument("--try-again", action="store_true", help="try what was refused again")

    def handle(self, *args: Any, **options: Any) -> None:
        actor_id = self._actor(options["by"])
        performance = Performance.objects.filter(pk=options["performance"]).first()
        if performance is None:
            raise CommandError(f"There is no performance {options['performance']}.")
        try:
            call_off = self._decide(performance, actor_id, options)
        except NotFound as error:
            raise CommandError(f"There is no performance {performance.pk}.") from error
        except ValidationFailed as error:
            problems = [f"{name}: {' '.join(found)}" for name, found in error.extras["errors"].items()]
            raise CommandError("; ".join(problems)) from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        if call_off.status == CallOff.Status.PROPOSED:
            self.stdout.write("Proposed: it counts once somebody else confirms it, here or in the admin.")
            return
        self._follow(call_off)

    def _actor(self, email: str) -> int:
        actor = User.objects.filter(email=email).first()
        if actor is None or not has_permission(actor.pk, MAY_CALL_OFF):
            raise CommandError(f"{email} may not call off a performance.")
        return int(actor.pk)

    def _decide(self, performance: Performance, actor_id: int, options: dict[str, Any]) -> CallOff:
        known = CallOff.objects.filter(performance=performance).exclude(status=CallOff.Status.WITHDRAWN).first()
        if known is not None and known.is_in_force:
            return try_again(performance.pk, actor_id=actor_id) if options["try_again"] else known
        scope = get_scope(performance.pk)
        self.stdout.write(
            f"{performance}\n"
            f"  {scope.tickets} tickets of {scope.orders} orders: {scope.refund_krw:,} KRW go back in full\n"
            f"  {scope.holds} orders and holds end, {scope.paying} payments are under way\n"
            f"  {scope.deposits} accounts are closed ({scope.deposits_krw:,} KRW awaited)\n"
            f"  {'nobody can tell how many' if scope.in_line is None else scope.in_line} people are in line\n"
            "It cannot be taken back."
        )
        typed = options["confirm"]
        if typed is None:
            typed = input(f"Type {confirmation_of(performance)} to call it off: ")
        if known is not None:
            return confirm_call_off(performance.pk, actor_id=actor_id, typed=typed)
        return call_off_performance(
            performance.pk,
            actor_id=actor_id,
            reason=options["reason"],
            typed=typed,
            extra_percent=options["extra_percent"],
        )

    def _follow(self, call_off: CallOff) -> None:
        """Do the job, or look on while a worker does it, and then say what is left."""
        while call_off.status == CallOff.Status.RUNNING:
            pause = call_off.paused_until is not None and call_off.trouble
            if pause or not carry_on(call_off.pk, run_seconds=LOOK_SECONDS):
                time.sleep(LOOK_SECONDS)
            call_off.refresh_from_db()
            progress = report.get_progress(call_off)
            self.stdout.write(
                f"{progress.percent:3} %: {progress.done} refunds ({progress.done_krw:,} KRW), "
                f"{progress.to_come} to come, {progress.under_way} on their way, {progress.at_the_bank} at the bank, "
                f"{progress.refused} refused, "
                f"{progress.sent} told" + (f"; pauses: {call_off.trouble}" if call_off.trouble else "")
            )
        left = list(report.list_leftovers(call_off))
        self.stdout.write(f"Called off. {len(left)} left:" if left else "Called off. Nothing is left.")
        for one in left:
            self.stdout.write(f"  {one.order.pk}  {one.amount_krw:>9,} KRW  {one.why} {one.code}")
        if owed := report.get_progress(call_off).owed_krw:
            self.stdout.write(f"The organiser owes {owed:,} KRW beyond the refunds; the admin has the list.")
