"""Webhooks as documented: an answer of 200 within 10 s, else seven more tries after 1, 4, 16 ... 4096 minutes."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from typing import Any

import httpx
import msgspec

from apps.payments.sandbox.clock import Clock, webhook_time
from apps.payments.sandbox.documents import payment_document
from apps.payments.sandbox.records import Payment

logger = logging.getLogger(__name__)

RETRY_MINUTES = (1, 4, 16, 64, 256, 1024, 4096)
ANSWER_SECONDS = 10.0
STATUS_EVENTS = frozenset({"DONE", "ABORTED", "EXPIRED", "CANCELED", "PARTIAL_CANCELED"})


class Delivery(msgspec.Struct):
    """One event on its way to the shop."""

    transmission_id: str
    document: dict[str, Any]
    tries: int = 0
    delivered: bool = False


class Webhooks:
    """Tell the shop what became of its payments.

    Args:
        url: where to; nothing is sent while it is empty.
        minute_seconds: how long a documented minute takes here.
    """

    def __init__(self, clock: Clock, *, url: str, minute_seconds: float) -> None:
        self.url = url
        self.deliveries: deque[Delivery] = deque(maxlen=1000)
        self._minute_seconds = minute_seconds
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def tell(self, payment: Payment) -> None:
        """Send what Toss sends for the payment's present status; called from the event loop."""
        if not self.url:
            return
        now = webhook_time(self._clock.now())
        if payment.status in STATUS_EVENTS:
            event = {"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": now, "data": payment_document(payment)}
            self._start(event)
        if payment.account is not None and payment.transaction_key is not None:
            self._start(
                {
                    "createdAt": now,
                    "secret": payment.secret,
                    "status": payment.status,
                    "transactionKey": payment.transaction_key,
                    "orderId": payment.order_id,
                }
            )

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, document: dict[str, Any]) -> None:
        delivery = Delivery(transmission_id=str(uuid.uuid4()), document=document)
        self.deliveries.append(delivery)
        task = asyncio.get_running_loop().create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as client:
            for pause in (*RETRY_MINUTES, None):
                delivery.delivered = await self._send(client, delivery)
                if delivery.delivered or pause is None:
                    return
                await asyncio.sleep(pause * self._minute_seconds)

    async def _send(self, client: httpx.AsyncClient, delivery: Delivery) -> bool:
        headers = {
            "content-type": "application/json",
            "tosspayments-webhook-transmission-id": delivery.transmission_id,
            "tosspayments-webhook-transmission-time": webhook_time(self._clock.now()),
            "tosspayments-webhook-transmission-retried-count": str(delivery.tries),
        }
        delivery.tries += 1
        try:
            answer = await client.post(self.url, content=msgspec.json.encode(delivery.document), headers=headers)
        except httpx.HTTPError as error:
            logger.info("webhook to %s: %s", self.url, type(error).__name__)
            return False
        return answer.status_code == httpx.codes.OK
