"""Webhooks as documented: an answer of 200 within 10 s, else seven more tries after 1, 4, 16 ... 4096 minutes.

What has to be told is written with the change that it tells of, and leaves the store once the shop has taken it. In
memory are only the deliveries under way, as many as there are connections, and a few that are next.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from functools import partial
from http import HTTPStatus
from typing import Any

import aiohttp
import msgspec

from apps.payments.sandbox.clock import Clock, webhook_time
from apps.payments.sandbox.documents import payment_document
from apps.payments.sandbox.records import Payment
from apps.payments.sandbox.store import Store

logger = logging.getLogger(__name__)

RETRY_MINUTES = (1, 4, 16, 64, 256, 1024, 4096)
ANSWER_SECONDS = 10.0
KEPT_IDLE_SECONDS = 4.0  # shorter than shops keep an idle connection
CONNECTIONS = 32
READ_AHEAD = 64
TAKEN_AT_ONCE = 500
KEPT_RECENT = 1000
STATUS_EVENTS = frozenset({"DONE", "ABORTED", "EXPIRED", "CANCELED", "PARTIAL_CANCELED"})

ADD = "INSERT INTO webhooks (due_at, tries, transmission_id, body) VALUES (?, 0, ?, ?)"
DUE = "SELECT number, tries, transmission_id, body FROM webhooks WHERE due_at <= ? ORDER BY due_at, number LIMIT ?"
POSTPONE = "UPDATE webhooks SET tries = ?, due_at = ? WHERE number = ?"
REMOVE = "DELETE FROM webhooks WHERE number = ?"
NEXT_DUE = "SELECT min(due_at) FROM webhooks WHERE due_at > ?"


class Delivery(msgspec.Struct):
    """One event on its way to the shop."""

    transmission_id: str
    document: msgspec.Raw
    tries: int = 0
    delivered: bool = False


class Webhooks:
    """Tell the shop what became of its payments.

    Args:
        store: where events wait.
        url: where to; nothing is sent while it is empty.
        minute_seconds: how long a documented minute takes here.
        connections: how many are sent at once, each over a connection of its own that is kept.
    """

    def __init__(
        self, store: Store, clock: Clock, *, url: str, minute_seconds: float, connections: int = CONNECTIONS
    ) -> None:
        self.url = url
        self._store = store
        self._clock = clock
        self._minute_seconds = minute_seconds
        self._connections = connections
        self._client: aiohttp.ClientSession | None = None
        self._recent: dict[int, Delivery] = {}
        self._next: dict[int, Delivery] = {}  # read from the store, for the connections that become free
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._taken: set[int] = set()  # by the shop; still in the store
        self._is_more_due = False
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def recent(self) -> list[Delivery]:
        """The latest deliveries, under way or over."""
        return list(self._recent.values())

    def look_round(self) -> None:
        """Forget what the shop has taken, and send what is due and not under way, as what an earlier process left."""
        self.forget_taken()
        if not self._sending:
            self._is_more_due = True
            self._send_next()

    def tell(self, payment: Payment) -> None:
        """Send what Toss sends for the payment's present status, once it is committed."""
        if not self.url:
            return
        now = webhook_time(self._clock.now())
        if payment.status in STATUS_EVENTS:
            event = {"eventType": "PAYMENT_STATUS_CHANGED", "createdAt": now, "data": payment_document(payment)}
            self._add(event)
        if payment.account is not None and payment.transaction_key is not None:
            self._add(
                {
                    "createdAt": now,
                    "secret": payment.secret,
                    "status": payment.status,
                    "transactionKey": payment.transaction_key,
                    "orderId": payment.order_id,
                }
            )

    def forget_taken(self) -> None:
        """Remove from the store what the shop has taken; a crash before this sends it again."""
        for number in self._taken:
            self._store.write(REMOVE, number)
        self._taken.clear()

    async def close(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        sending = list(self._sending.values())
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        self.forget_taken()
        if self._client is not None:
            await self._client.close()

    def _add(self, document: dict[str, Any]) -> None:
        body = msgspec.json.encode(document)
        delivery = Delivery(str(uuid.uuid4()), msgspec.Raw(body))
        number = self._store.write(ADD, time.time(), delivery.transmission_id, body)
        self._remember(number, delivery)
        self._store.when_committed(partial(self._send_new, number, delivery))

    def _remember(self, number: int, delivery: Delivery) -> None:
        self._recent[number] = delivery
        if len(self._recent) > KEPT_RECENT:
            del self._recent[next(iter(self._recent))]

    def _send_new(self, number: int, delivery: Delivery) -> None:
        """Send at once what has just been written, or leave it in the store until a connection is free."""
        if number in self._sending or number in self._next:
            return
        if len(self._sending) < self._connections:
            self._send(number, delivery)
        else:
            self._is_more_due = True

    def _send(self, number: int, delivery: Delivery) -> None:
        self._sending[number] = asyncio.get_running_loop().create_task(self._deliver(number, delivery))

    async def _deliver(self, number: int, delivery: Delivery) -> None:
        try:
            delivery.delivered = await self._post(delivery)
            self._settle(number, delivery)
        finally:
            del self._sending[number]
        self._send_next()

    def _settle(self, number: int, delivery: Delivery) -> None:
        """Note that the shop has taken it or has been asked often enough, or when to ask again."""
        if delivery.delivered or delivery.tries > len(RETRY_MINUTES):
            self._taken.add(number)
            if len(self._taken) >= TAKEN_AT_ONCE:
                self.forget_taken()
            return
        due_at = time.time() + RETRY_MINUTES[delivery.tries - 1] * self._minute_seconds
        self._store.write(POSTPONE, delivery.tries, due_at, number)
        self._wake_at(due_at)

    def _send_next(self) -> None:
        """Give the free connections what was read ahead; then look for more."""
        while self._next and len(self._sending) < self._connections:
            number = next(iter(self._next))
            self._send(number, self._next.pop(number))
        if self._is_more_due and not self._next:
            self._is_more_due = False
            self._store.when_committed(self._read_due)

    def _look_for_due(self) -> None:
        self._alarm = None
        self._is_more_due = True
        self._send_next()

    def _read_due(self) -> None:
        """Read ahead what is due, the earliest first; called when all that can be read is committed."""
        now = time.time()
        limit = READ_AHEAD + len(self._sending) + len(self._taken) + len(self._next)
        rows = self._store.read(DUE, now, limit)
        for number, tries, transmission_id, body in rows:
            if number in self._sending or number in self._taken or number in self._next:
                continue
            delivery = self._recent.get(number)
            if delivery is None:
                delivery = Delivery(transmission_id, msgspec.Raw(body), tries)
                self._remember(number, delivery)
            self._next[number] = delivery
        self._is_more_due = len(rows) == limit
        ((next_due_at,),) = self._store.read(NEXT_DUE, now)
        if next_due_at is not None:
            self._wake_at(next_due_at)
        self._send_next()

    def _wake_at(self, due_at: float) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time() + due_at - time.time()
        if self._alarm is not None:
            if self._alarm.when() <= at:
                return
            self._alarm.cancel()
        self._alarm = loop.call_at(at, self._look_for_due)

    async def _post(self, delivery: Delivery) -> bool:
        headers = {
            "content-type": "application/json",
            "tosspayments-webhook-transmission-id": delivery.transmission_id,
            "tosspayments-webhook-transmission-time": webhook_time(self._clock.now()),
            "tosspayments-webhook-transmission-retried-count": str(delivery.tries),
        }
        delivery.tries += 1
        try:
            answer = await self._session().post(
                self.url, data=bytes(delivery.document), headers=headers, allow_redirects=False
            )
            answer.release()
        except (aiohttp.ClientError, TimeoutError) as error:
            logger.info("webhook to %s: %s", self.url, type(error).__name__)
            return False
        return answer.status == HTTPStatus.OK

    def _session(self) -> aiohttp.ClientSession:
        """Return the one client of all webhooks, made when the first is sent."""
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=KEPT_IDLE_SECONDS),
                timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=("accept", "accept-encoding", "user-agent"),
            )
        return self._client
