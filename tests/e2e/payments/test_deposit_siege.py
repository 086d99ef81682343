"""The siege that was tried: 124 free accounts take all 496 seats of a theatre by virtual account, and do not pay.

What it holds now is a share of the seats, to the end of the next day; the others are held for as long as any hold, and
for less and less. `pytest -s` prints the figures.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.db.models import Count

from apps.common.clock import database_now
from apps.concerts.models import Performance
from apps.orders.models import Order
from apps.payments.deposits.rules import last_moment, rules_of
from apps.payments.models import PaymentAttempt
from tests.factories import make_performance, make_user, make_venue, seat_ids
from tests.live import LivePlatform
from tests.paid_orders import access_token
from tests.payment_sandbox import PrivateSandbox
from tests.waiting import LONGEST_SECONDS, wait_until

logger = logging.getLogger(__name__)

ACCOUNTS, SEATS_EACH = 124, 4
SEATS = ACCOUNTS * SEATS_EACH
AT_ONCE = 16
A_WEEK_HOURS = 168


@dataclass(frozen=True, slots=True)
class Besieger:
    """One free account, and the seats that it wants."""

    user_id: int
    seats: list[int]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {access_token(self.user_id)}"}


class Siege:
    """Every account orders, holds, agrees to a virtual account for a week, and confirms: over HTTP."""

    def __init__(self, platform: LivePlatform, performance: Performance) -> None:
        self._client = httpx.Client(base_url=platform.url, timeout=LONGEST_SECONDS)
        self._sandbox = platform.sandbox
        self._performance = performance
        self.besiegers = [Besieger(make_user().pk, seats) for seats in _fours(performance)]

    def attack(self) -> Counter[str]:
        """Let all of them try at once; count the answers."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return Counter(pool.map(self._try, self.besiegers))

    def _try(self, besieger: Besieger) -> str:
        body = {"performance_id": self._performance.pk, "seat_ids": besieger.seats}
        placed = self._post("/api/orders", besieger, body)
        if placed.status_code != httpx.codes.CREATED:
            return str(placed.json()["code"])
        order = placed.json()
        held = self._post(f"/api/orders/{order['id']}/reserve", besieger, {})
        if held.status_code != httpx.codes.OK:
            return str(held.json()["code"])
        key = self._sandbox.authenticate(order["id"], order["amount"], method="가상계좌", validHours=A_WEEK_HOURS)
        answer = self._post(
            "/api/payments/confirm",
            besieger,
            {"paymentKey": key, "orderId": order["id"], "amount": order["amount"]},
        ).json()
        return str(answer.get("reason") or answer.get("code") or answer["status"])

    def _post(self, path: str, besieger: Besieger, body: Any) -> httpx.Response:
        return self._client.post(path, json=body, headers=besieger.headers)


def _fours(performance: Performance) -> Iterator[list[int]]:
    seats = [*seat_ids(performance, SEATS // 2, section="A"), *seat_ids(performance, SEATS // 2, section="B")]
    return (seats[first : first + SEATS_EACH] for first in range(0, SEATS, SEATS_EACH))


@pytest.fixture
def sandbox(live_background: LivePlatform) -> Iterator[PrivateSandbox]:
    live_background.sandbox.reset()
    yield live_background.sandbox
    live_background.sandbox.reset()


def test_124_free_accounts_keep_a_share_of_the_seats_to_the_end_of_the_next_day(
    transactional_db: None, live_background: LivePlatform, sandbox: PrivateSandbox
) -> None:
    performance = make_performance(venue=make_venue(rows=8, seats=31))
    siege = Siege(live_background, performance)
    began = time.monotonic()

    answers = siege.attack()

    took = time.monotonic() - began
    waiting = Order.objects.filter(performance=performance, status="WAITING_FOR_DEPOSIT")
    kept = waiting.aggregate(seats=Count("lines"))["seats"]
    ends = max(waiting.values_list("expires_at", flat=True))
    hours = (ends - database_now()).total_seconds() / 3600
    logger.info(
        "siege: %s in %.1f s; %s of %s seats wait for deposits, for %.1f h", dict(answers), took, kept, SEATS, hours
    )
    assert answers == {"WAITING_FOR_DEPOSIT": 37, "DEPOSITS_OF_SHOW": 87}
    assert kept == 148  # 30 % of the hall
    rules = rules_of(performance.concert)
    assert ends <= last_moment(performance, rules, now=database_now())
    assert hours < 48
    others = Order.objects.filter(performance=performance, status="RESERVED")
    assert others.count() == 87
    assert max(others.values_list("expires_at", flat=True)) < database_now() + timedelta(minutes=11)
    wait_until(lambda: _open_accounts(sandbox) == 37, what="the refused accounts to be closed")


def _open_accounts(sandbox: PrivateSandbox) -> int:
    keys = PaymentAttempt.objects.values_list("payment_key", flat=True)
    return sum(sandbox.payment(key)["status"] == "WAITING_FOR_DEPOSIT" for key in keys)
