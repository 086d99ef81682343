"""What staff do in the middle of it, in the admin, over HTTP like everybody."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Q
from django.test import Client

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.errors import ServiceUnavailable
from apps.concerts.errors import SeatsUnavailable
from apps.concerts.models import Performance, PerformanceMove, Publication, Venue
from apps.concerts.publication.content import fingerprint_of
from apps.concerts.services.block_seats import block_seats
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.set_prices import GradePrice, set_prices
from apps.orders.models import Order
from apps.payments.calling_off.call_off import confirmation_of
from apps.payments.calling_off.models import CallOff
from apps.payments.models import Refund
from apps.payments.services.execute_refund import needs_account
from tests.bad_day.crowd import BANK_ACCOUNT, BUSY
from tests.bad_day.patience import PAUSE_SECONDS, in_a_thread
from tests.bad_day.stage import Stage
from tests.factories import PRICES_KRW
from tests.waiting import LONGEST_SECONDS

CSRF = "a" * 32
TYPED = "%Y-%m-%dT%H:%M"
FOUND = 302
OURS = 500


class Member:
    """One member of staff with a browser; whoever gets no answer asks the other web process."""

    def __init__(self, user: User, urls: Sequence[str], answers: Counter[str], faults: list[str]) -> None:
        browser = Client()
        browser.force_login(user)
        cookies = {name: morsel.value for name, morsel in browser.cookies.items()} | {"csrftoken": CSRF}
        headers = {"X-CSRFToken": CSRF, "Accept-Language": "en"}
        self.user = user
        self._clients = [
            httpx.AsyncClient(base_url=url, cookies=cookies, headers=headers, timeout=LONGEST_SECONDS, verify=False)
            for url in urls
        ]
        self._answers, self._faults = answers, faults

    async def post(self, path: str, **data: Any) -> httpx.Response:
        """Press a button of the admin, again where no answer comes."""
        async with asyncio.timeout(LONGEST_SECONDS):
            for number in itertools.count():
                try:
                    answer = await self._clients[number % len(self._clients)].post(f"/admin/{path}", data=data)
                except httpx.TransportError:
                    await asyncio.sleep(PAUSE_SECONDS)
                    continue
                name = path.rstrip("/").rpartition("/")[2]
                self._answers[f"{name} {answer.status_code}"] += 1
                if answer.status_code != BUSY:
                    break
                await asyncio.sleep(PAUSE_SECONDS)
        if answer.status_code >= OURS:
            self._faults.append(f"staff {path}: {answer.status_code} {answer.text[:300]}")
        return answer

    async def leave(self) -> None:
        for client in self._clients:
            await client.aclose()


class Staff:
    """Everybody who works that day."""

    def __init__(self, stage: Stage, urls: Sequence[str]) -> None:
        self.answers: Counter[str] = Counter()
        self.faults: list[str] = []
        self._stage = stage
        self._hire = lambda user: Member(user, urls, self.answers, self.faults)
        self.managers = [self._hire(user) for user in stage.managers]
        self.clerk = self._hire(stage.clerk)
        self.author = self._hire(stage.catalogue)
        self.reviewer = self._hire(stage.reviewer)

    async def leave(self) -> None:
        for member in (*self.managers, self.clerk, self.author, self.reviewer):
            await member.leave()

    async def move(self, show: str, *, to: Venue | None = None, days: int = 0, in_vain: bool = False) -> None:
        """Move a show; two managers press at the same time, again where another move is still under way."""
        performance_id = self._stage.shows[show]
        path = f"concerts/performance/{performance_id}/move/"
        before = await in_a_thread(moves_done, performance_id)
        async with asyncio.timeout(LONGEST_SECONDS):
            while await in_a_thread(moves_done, performance_id) == before:
                form = await in_a_thread(_move_form, performance_id, to, timedelta(days=days))
                await asyncio.gather(*(one.post(path, **form) for one in self.managers[:2]))
                if in_vain:
                    return
                await asyncio.sleep(PAUSE_SECONDS)

    async def call_off(self, show: str) -> None:
        """Propose it twice, confirm it oneself in vain, and then let two others confirm it at the same time."""
        performance_id = self._stage.shows[show]
        path = f"concerts/performance/{performance_id}/call-off/"
        typed = await in_a_thread(lambda: confirmation_of(_show(performance_id)))
        proposer, *others = self.managers
        proposal = {
            "act": "call off",
            "reason": "가수의 건강 문제로 취소합니다.",
            "extra_percent": "10",
            "typed": typed,
        }
        await asyncio.gather(*(proposer.post(path, **proposal) for _ in range(2)))
        await proposer.post(path, act="confirm", typed=typed)
        assert await in_a_thread(_status_of, performance_id) == Performance.Status.SCHEDULED
        await asyncio.gather(*(one.post(path, act="confirm", typed=typed) for one in others))
        assert await in_a_thread(_status_of, performance_id) == Performance.Status.CANCELLED

    async def publish(self, show: str) -> None:
        """Bring a draft to the public: it changes while it is submitted, so the first approval is none."""
        performance_id = self._stage.shows[show]
        key, path = f"performance-{performance_id}", f"concerts/performance/{performance_id}/publication/"
        await self.author.post(path, step="submit", show=key)
        seen = await in_a_thread(lambda: fingerprint_of(_show(performance_id)))
        await in_a_thread(lambda: change_performance(performance_id, limit_per_person=3))
        await self.reviewer.post(path, **{"step": "approve", "show": key, f"seen:{key}": seen})
        assert await in_a_thread(_publication_of, performance_id) == Publication.SUBMITTED
        await self.author.post(path, step="submit", show=key)
        seen = await in_a_thread(lambda: fingerprint_of(_show(performance_id)))
        await self.reviewer.post(path, **{"step": "approve", "show": key, f"seen:{key}": seen})
        await self.reviewer.post(path, step="publish", show=key)
        assert await in_a_thread(_publication_of, performance_id) == Publication.PUBLISHED

    async def take_back(self, show: str) -> None:
        """Try to hide a show that has holders."""
        performance_id = self._stage.shows[show]
        key, path = f"performance-{performance_id}", f"concerts/performance/{performance_id}/publication/"
        await self.reviewer.post(path, step="take_back", show=key, reason="a mistake")
        assert await in_a_thread(_publication_of, performance_id) == Publication.PUBLISHED

    async def release_deposits(self, show: str) -> int:
        """Release all that wait for a deposit; two clerks' browsers do it at once."""
        waiting = await in_a_thread(_waiting_of, self._stage.shows[show])
        form = {"action": "release", ACTION_CHECKBOX_NAME: waiting, "release": "1", "reason": "seats are wanted"}
        if waiting:
            await asyncio.gather(*(self.clerk.post("payments/waitingdeposit/", **form) for _ in range(2)))
        return len(waiting)

    async def change_what_is_sold(self, show: str) -> None:
        """Change prices, and block seats, while people have orders at the old ones."""
        performance_id = self._stage.shows[show]
        await in_a_thread(_raise_prices, performance_id)
        await in_a_thread(_block_some, performance_id, self._stage.seats[show], self.clerk.user.pk)

    async def dismiss_the_proposer(self) -> None:
        """End an account in the middle of what it does: its browser may do nothing more."""
        proposer = self.managers[0]
        await in_a_thread(lambda: User.objects.filter(pk=proposer.user.pk).update(is_active=False))
        answer = await proposer.post(f"concerts/performance/{self._stage.shows['plain']}/call-off/", act="call off")
        assert (answer.status_code, "login" in answer.headers["location"]) == (FOUND, True)
        self.managers.append(self.managers.pop(0))

    async def press_everything(self, orders: Sequence[str]) -> None:
        """Ask the provider about orders, and send their tickets again, whatever state they are in."""
        for order_id in orders:
            await asyncio.gather(
                self.clerk.post(f"orders/order/{order_id}/ask/"), self.clerk.post(f"orders/order/{order_id}/resend/")
            )

    async def look_after_refunds(self, *, by_hand: bool = False) -> int:
        """Go through what is stuck: name other accounts, try again, twice at once, note what was paid in another way.

        Returns how many there were.
        """
        stuck = await in_a_thread(_stuck_refunds)
        for number, (refund_id, wants_account) in enumerate(stuck):
            path = f"payments/refund/{refund_id}"
            if by_hand and number % 3 == 0:
                await self.clerk.post(f"{path}/by-hand/", reference=f"bank {number}", reason="by transfer")
            elif wants_account:
                await self.clerk.post(f"{path}/account/", **BANK_ACCOUNT)
            else:
                await asyncio.gather(*(self.clerk.post(f"{path}/retry/") for _ in range(2)))
        for call_off in await in_a_thread(lambda: list(CallOff.objects.values_list("performance", flat=True))):
            await self.managers[0].post(f"concerts/performance/{call_off}/call-off/", act="try again")
        return len(stuck)


def _show(performance_id: int) -> Performance:
    return Performance.objects.select_related("venue", "concert").get(pk=performance_id)


def _status_of(performance_id: int) -> str:
    return str(Performance.objects.values_list("status", flat=True).get(pk=performance_id))


def _publication_of(performance_id: int) -> str:
    return str(Performance.objects.values_list("publication", flat=True).get(pk=performance_id))


def _waiting_of(performance_id: int) -> list[str]:
    waiting = Order.objects.filter(performance=performance_id, status=Order.Status.WAITING_FOR_DEPOSIT)
    return list(waiting.values_list("pk", flat=True))


def _stuck_refunds() -> list[tuple[int, bool]]:
    """The refunds that go on only if somebody does something, and whether that is to name an account."""
    stuck = Q(status__in=("FAILED", "RETURNED")) | Q(status__in=("REQUESTED", "UNKNOWN"))
    refunds = Refund.objects.filter(stuck).select_related("payment")
    return [
        (refund.pk, refund.payment.has_virtual_account)
        for refund in refunds.order_by("pk")
        if refund.status in ("FAILED", "RETURNED") or needs_account(refund)
    ]


def _raise_prices(performance_id: int) -> None:
    prices = [
        GradePrice(name=name, price_krw=2 * PRICES_KRW[section], sections=[section])
        for name, section in (("VIP", "A"), ("R", "B"))
    ]
    set_prices(_show(performance_id), prices)


def _block_some(performance_id: int, seats: Sequence[int], actor_id: int) -> None:
    for seat in seats[::7]:
        with suppress(SeatsUnavailable, ServiceUnavailable):
            block_seats(_show(performance_id), [seat], actor_id=actor_id, reason="the sound desk")


def _move_form(performance_id: int, to: Venue | None, later: timedelta) -> dict[str, str]:
    show = _show(performance_id)
    zone = show.venue.zone

    def typed(moment: datetime) -> str:
        return moment.astimezone(zone).strftime(TYPED)

    return {
        "venue": str(to.pk if to else show.venue_id),
        "starts_at": typed(show.starts_at + later),
        "free_return_until": typed(database_now() + timedelta(days=5)),
        "reason": "폭설로 연기합니다.",
        "confirmation": show.concert.title,
        "seen_starts_at": show.starts_at.isoformat(),
        "seen_venue": str(show.venue_id),
    }


def moves_done(performance_id: int) -> int:
    """Return how often a show was moved."""
    return PerformanceMove.objects.filter(performance=performance_id, status="DONE").count()
