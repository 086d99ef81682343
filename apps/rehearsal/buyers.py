"""A buyer's way: perhaps the line, then order, reserve and payment."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from apps.rehearsal.client import Answer, CrowdClient

SERVICE_UNAVAILABLE = 503
PATIENCE = 20  # how often a buyer asks again after a 503


@dataclass
class Buyer:
    """One person of the crowd, the seats wanted, and how far it came."""

    user_id: int
    token: str
    seat_ids: tuple[int, ...]
    admitted_at: float | None = None  # seconds of the client's monotonic clock
    order_id: str | None = None
    amount: int = 0
    reserved: bool = False
    paid: bool = False
    refused_seats: frozenset[int] = field(default_factory=frozenset)


class Crowd:
    """Many buyers of one performance. Every step is taken by all who got so far, at once.

    `progress(what, how many)` begins a step and returns what to call each time somebody has taken it.
    """

    def __init__(
        self,
        client: CrowdClient,
        buyers: Sequence[Buyer],
        *,
        performance_id: int,
        sandbox_url: str,
        progress: Callable[[str, int], Callable[[], None]],
    ) -> None:
        self.buyers = buyers
        self._client = client
        self._performance_id = performance_id
        self._sandbox_url = sandbox_url.rstrip("/")
        self._progress = progress

    async def rush(self) -> None:
        """All order, then all reserve, then all who hold seats pay: the hardest moment for one seat."""
        await self._everyone("ordering", self.order, self.buyers)
        await self._everyone("reserving", self.reserve, [buyer for buyer in self.buyers if buyer.order_id])
        await self._everyone("paying", self.pay, [buyer for buyer in self.buyers if buyer.reserved])

    async def queue(self) -> None:
        """Each waits in line and buys as soon as it is let in."""
        await self._everyone("waiting and buying", self.wait_and_buy, self.buyers)

    async def wait_and_buy(self, buyer: Buyer) -> None:
        await self.wait_in_line(buyer)
        await self.order(buyer)
        if buyer.order_id:
            await self.reserve(buyer)
        if buyer.reserved:
            await self.pay(buyer)
        if not buyer.paid:  # nothing to be had: the place inside goes to the next
            await self._call("leave", "POST", f"/api/waiting-room/{self._performance_id}/leave", buyer)

    async def wait_in_line(self, buyer: Buyer) -> None:
        """Join, then ask as often as the server says until it lets the buyer in."""
        path = f"/api/waiting-room/{self._performance_id}"
        answer = await self._call("join", "POST", f"{path}/join", buyer, {})
        while answer.body.get("status") in {"WAITING", "PAUSED"}:
            await asyncio.sleep(float(answer.body["poll_after_seconds"]))
            answer = await self._call("status", "GET", f"{path}/status", buyer)
        if answer.body.get("status") in {"ADMITTED", "OPEN"}:
            buyer.admitted_at = time.monotonic()

    async def order(self, buyer: Buyer) -> None:
        body = {"performance_id": self._performance_id, "seat_ids": list(buyer.seat_ids)}
        answer = await self._call("order", "POST", "/api/orders", buyer, body)
        buyer.order_id = answer.body.get("id")
        buyer.amount = int(answer.body.get("amount", 0))
        buyer.refused_seats = frozenset(answer.body.get("seat_ids", ()))

    async def reserve(self, buyer: Buyer) -> None:
        answer = await self._call("reserve", "POST", f"/api/orders/{buyer.order_id}/reserve", buyer)
        buyer.reserved = answer.body.get("status") == "RESERVED"
        buyer.refused_seats |= frozenset(answer.body.get("seat_ids", ()))

    async def pay(self, buyer: Buyer) -> None:
        """Do what a person does in the payment window, then confirm."""
        window = {"orderId": buyer.order_id, "amount": buyer.amount}
        authenticated = await self._client.call(
            "payment window", "POST", f"{self._sandbox_url}/sandbox/authenticate", body=window
        )
        payment_key = authenticated.body.get("paymentKey")
        if payment_key is None:
            return
        body = {"paymentKey": payment_key, "orderId": buyer.order_id, "amount": buyer.amount}
        answer = await self._call("confirm", "POST", "/api/payments/confirm", buyer, body)
        buyer.paid = answer.status == 200  # noqa: PLR2004

    async def _call(
        self, step: str, method: str, path: str, buyer: Buyer, body: dict[str, object] | None = None
    ) -> Answer:
        """Call, and ask again after a 503 as its Retry-After would have it."""
        answer = await self._client.call(step, method, path, token=buyer.token, body=body)
        for _ in range(PATIENCE):
            if answer.status != SERVICE_UNAVAILABLE:
                break
            await asyncio.sleep(random.uniform(1.0, 2.0))
            answer = await self._client.call(step, method, path, token=buyer.token, body=body)
        return answer

    async def _everyone(self, what: str, step: Callable[[Buyer], Awaitable[None]], buyers: Sequence[Buyer]) -> None:
        advance = self._progress(what, len(buyers))

        async def one(buyer: Buyer) -> None:
            await step(buyer)
            advance()

        await asyncio.gather(*map(one, buyers))
