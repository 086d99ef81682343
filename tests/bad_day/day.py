"""The day itself: what happens when, by how far the crowd has come; and its end, when nothing is left open."""

from __future__ import annotations

import asyncio
import itertools
import logging
import random
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.models import OutboxMessage
from apps.orders.models import Order
from apps.payments.calling_off.call_off import CARRY_ON_TASK
from apps.payments.calling_off.models import CallOff
from apps.payments.models import Payment, PaymentAttempt, Refund
from tests.bad_day.books import describe_unfinished, list_faults, list_unfinished
from tests.bad_day.crowd import Crowd
from tests.bad_day.mails import count_mails
from tests.bad_day.patience import PAUSE_SECONDS, in_a_thread
from tests.bad_day.platform import DayPlatform
from tests.bad_day.staff import Staff, moves_done
from tests.bad_day.stage import set_stage
from tests.bad_day.trouble import LATENCY_MS, make_trouble, meddle
from tests.bad_day.truth import list_untruths
from tests.waiting import LONGEST_SECONDS

logger = logging.getLogger(__name__)

REGULAR = (
    "orders.expire_orders", "orders.tell_moved", "common.relay_outbox", "payments.settle_unknown_payments",
    "payments.settle_refunds", CARRY_ON_TASK,
)  # fmt: skip
TURN_SECONDS = 0.5
KILLS = 3
PRESSED = 10
LAPSED = (Order.Status.WAITING_FOR_DEPOSIT,)


class BadDay:
    """One day with its stage, crowd and staff, on a platform that runs."""

    def __init__(self, platform: DayPlatform, *, seed: int, people: int, seats: int) -> None:
        self.platform = platform
        self.rng = random.Random(seed)
        self.stage = set_stage(people=people, seats=seats)
        self.crowd = Crowd(self.stage, platform.urls, platform.sandbox.url, self.rng)
        self.staff = Staff(self.stage, platform.urls)
        self.figures: dict[str, Any] = {}
        self._more: list[Callable[[], Any]] = []

    def also(self, do: Callable[[], object], *, after: float) -> None:
        """Have something more happen when such a share of the crowd's jobs is done."""

        async def act() -> None:
            await self.crowd.until(after)
            await in_a_thread(do)

        self._more.append(act)

    async def play(self) -> list[str]:
        """Play it to its end; return what is wrong then."""
        began = time.monotonic()
        trouble = asyncio.create_task(self._trouble())
        try:
            await asyncio.gather(self.crowd.play(), *(act() for act in self._acts()))
            self.figures["crowd_seconds"] = round(time.monotonic() - began, 1)
        finally:
            trouble.cancel()
        try:
            unfinished = await self._come_to_an_end()
            self.figures["seconds"] = round(time.monotonic() - began, 1)
            return [*unfinished, *await in_a_thread(self._look)]
        finally:
            await self.crowd.leave()
            await self.staff.leave()

    def _acts(self) -> list[Callable[[], Any]]:
        own = [
            self._move_later, self._move_elsewhere, self._publish, self._call_off, self._lapse, self._release,
            self._change_prices, self._press_everything,
        ]  # fmt: skip
        return [*own, *self._more]

    async def _publish(self) -> None:
        await self.crowd.until(0.1)
        await self.staff.publish("coming")
        await self.crowd.until(0.3)
        await in_a_thread(self.platform.kill_web, self.rng.randrange(2))

    async def _move_later(self) -> None:
        await self.crowd.until(0.25)
        await self.staff.move("later", days=14)
        await in_a_thread(self.platform.kill_worker)
        await self.staff.take_back("later")
        await self.crowd.until(0.6)
        await self.staff.move("later", days=1)

    async def _move_elsewhere(self) -> None:
        await self.crowd.until(0.35)
        await self.staff.move("elsewhere", to=self.stage.twins[0])
        await self.crowd.until(0.55)
        await self.staff.move("elsewhere", to=self.stage.twins[1], days=-1)
        await self.staff.look_after_refunds()

    async def _call_off(self) -> None:
        await self.crowd.until(0.45)
        await self.staff.call_off("off")
        await self._until(self._some_are_refunded, what="the first refund")
        await in_a_thread(self.platform.kill_worker)
        await self.staff.move("off", days=3, in_vain=True)
        await self.staff.dismiss_the_proposer()

    async def _lapse(self) -> None:
        await self.crowd.until(0.5)
        await in_a_thread(self._let_deposits_lapse)

    async def _release(self) -> None:
        await self.crowd.until(0.4)
        self.figures["released"] = await self.staff.release_deposits("deposits")

    async def _change_prices(self) -> None:
        await self.crowd.until(0.3)
        await self.staff.change_what_is_sold("plain")

    async def _press_everything(self) -> None:
        await self.crowd.until(0.65)
        orders = await in_a_thread(lambda: list(Order.objects.order_by("pk").values_list("pk", flat=True)))
        await self.staff.press_everything(self.rng.sample(orders, min(PRESSED, len(orders))))

    async def _trouble(self) -> None:
        """Let the provider fail in another way every few jobs."""
        for turn in itertools.count(1):
            await self.crowd.until(0.06 * turn)
            await in_a_thread(make_trouble, self.platform.sandbox, self.rng)
            if turn % 3 == 0:
                await in_a_thread(meddle, self.platform.sandbox, self.rng)
            await asyncio.sleep(PAUSE_SECONDS)

    def _let_deposits_lapse(self) -> None:
        """Let the time of half of what waits be over; some are paid at that very moment."""
        waiting = list(Order.objects.filter(status__in=LAPSED).order_by("pk").values_list("pk", flat=True))
        lapsing = self.rng.sample(waiting, len(waiting) // 2)
        Order.objects.filter(pk__in=lapsing, status__in=LAPSED).update(expires_at=Now() - timedelta(seconds=1))
        for order_id in lapsing[::2]:
            self.crowd.deposit_late(order_id)

    def _some_are_refunded(self) -> bool:
        refunds = Refund.objects.filter(order__performance=self.stage.shows["off"], cause="CALLED_OFF")
        return refunds.filter(status="DONE").exists() or not refunds.exclude(status="DONE").exists()

    async def _come_to_an_end(self) -> list[str]:
        """Let the provider recover, time pass, and staff do what only they can; return what is open for all that."""
        self.platform.sandbox.faults(latency_ms=LATENCY_MS)
        turn = 0

        def is_over() -> bool:
            nonlocal turn
            turn += 1
            self._let_time_pass()
            self.figures["unfinished"] = list_unfinished()
            return not self.figures["unfinished"]

        by_hand = True
        deadline = time.monotonic() + LONGEST_SECONDS
        while not await in_a_thread(is_over):
            if time.monotonic() > deadline:
                return await in_a_thread(describe_unfinished)
            await self.staff.look_after_refunds(by_hand=by_hand)
            by_hand = False
            await asyncio.sleep(TURN_SECONDS)
        return []

    def _let_time_pass(self) -> None:
        """Bring forward what would come by itself within minutes, hours or days."""
        now = database_now()
        Order.objects.filter(status__in=("PENDING", "RESERVED", *LAPSED)).update(expires_at=now)
        PaymentAttempt.objects.filter(status="STARTED").update(started_at=now - timedelta(hours=1))
        OutboxMessage.objects.update(next_attempt_at=now)
        for refund in Refund.objects.filter(status="SENT").select_related("payment"):
            self._let_the_bank_pay(refund)
        for task in REGULAR:
            current_app.send_task(task)

    def _let_the_bank_pay(self, refund: Refund) -> None:
        account = self.platform.sandbox.payment(refund.payment.payment_key)["virtualAccount"] or {}
        if account.get("refundStatus") == "PENDING":
            fails = self.rng.random() < 0.3
            self.platform.sandbox.post("/sandbox/pay-back", orderId=refund.order_id, fails=fails)
        Refund.objects.filter(pk=refund.pk).update(looked_at=None)

    def _look(self) -> list[str]:
        mails = count_mails(self.platform.logs)
        self.figures |= {
            "orders": Order.objects.count(),
            "payments": Payment.objects.count(),
            "refunds": Refund.objects.count(),
            "mails": sum(mails.values()),
            "moves": sum(moves_done(pk) for pk in self.stage.shows.values()),
            "called off": CallOff.objects.filter(status="DONE").count(),
        }
        faults = list_faults(self.crowd, self.platform.sandbox, mails, kills=KILLS)
        return [*faults, *self.staff.faults, *list_untruths(self.stage, self.platform.url, self.rng)]

    async def _until(self, condition: Callable[[], bool], *, what: str) -> None:
        deadline = time.monotonic() + LONGEST_SECONDS
        while not await in_a_thread(condition):
            assert time.monotonic() < deadline, f"{what} did not come"
            await asyncio.sleep(PAUSE_SECONDS)
