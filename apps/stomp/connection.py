"""One client's connection, whatever carries it: log-in, heart-beats, what it sends and listens to, and its end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Protocol

import msgspec

from apps.common import errors
from apps.stomp.budgets import OverBudget, Usage
from apps.stomp.counters import counters
from apps.stomp.destinations import Client, Returned, Subscribed, SubscribeRequest
from apps.stomp.hub import Published
from apps.stomp.hub.published import Reader
from apps.stomp.protocol import events
from apps.stomp.protocol.acknowledgements import Subscription
from apps.stomp.protocol.encoder import MessageTemplate
from apps.stomp.protocol.errors import ProtocolError
from apps.stomp.protocol.session import ServerSession, Wire
from apps.stomp.pulse import Pulse
from apps.stomp.refusals import as_refusal
from apps.stomp.sending import deliver, deliver_together
from apps.stomp.server import ERRORS, StompServer
from apps.stomp.subscriptions import subscription_to

HANDLED_A_TURN = 50  # frames, and messages without one, at some 20 microseconds each
REFUSED_IN_A_ROW = 100  # SENDs beyond the budget that a client may try before it is closed
POLICY_VIOLATION, SERVICE_RESTART, NORMAL = 1008, 1012, 1000

encode_json = msgspec.json.Encoder().encode


class Transport(Protocol):
    """What carries the frames. Neither method waits."""

    def send(self, frame: Wire) -> None:
        """Queue a frame; a client that does not read is dropped when the queue is full."""

    def close(self, code: int, reason: str) -> None:
        """Close behind what is queued (RFC 6455, section 7.4)."""


class StompConnection:
    """Frames of one connection are handled one after the other; its slowness is nobody else's."""

    __slots__ = (
        "_errors_to",
        "_handled",
        "_loop",
        "_over_budget",
        "_pulse",
        "_server",
        "_session",
        "_subscribed",
        "_transport",
        "_usage",
        "client",
        "connection_id",
        "is_closed",
    )

    def __init__(self, transport: Transport, *, server: StompServer, network: str | None = None) -> None:
        self._transport = transport
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._session = ServerSession(server.limits)
        self._subscribed: dict[str, Subscribed] = {}
        self._errors_to: str | None = None  # the id of the subscription that hears of refused SENDs
        self._usage = Usage(server.budgets, network=network)
        self._over_budget = 0  # SENDs one after the other
        self._handled = 0
        self._pulse = Pulse(self, self._session)
        self.client: Client | None = None
        self.connection_id = secrets.token_hex(8)
        self.is_closed = False
        counters.connections += 1

    # What the transport tells

    async def received(self, data: Wire) -> None:
        """Handle what has come; return when all of it has taken effect, so that more is read only then."""
        if self._is_over():
            return
        self._pulse.heard_at = now = self._loop.time()
        self._pulse.is_busy = True
        try:
            size = _bytes_of(data)
            if not self._usage.may_receive(size, now):
                await self._usage.receive(size)
            await self._give_way()
            for event in self._session.receive(data):
                if self._is_over():
                    return
                counters.received += 1
                await self._HANDLERS[type(event)](self, event)
                await self._give_way()
        except Exception as error:  # noqa: BLE001 - the edge of the process
            self.give_up(as_refusal(error))
        finally:
            self._pulse.is_busy = False
            self._pulse.heard_at = self._loop.time()

    async def _give_way(self) -> None:
        """Let the others have their turn now and then: few frames wait for anything that would."""
        self._handled += 1
        if self._handled % HANDLED_A_TURN == 0:
            await asyncio.sleep(0)

    def _is_over(self) -> bool:
        """Tell whether the connection has ended, perhaps during the last await."""
        return self.is_closed

    def lost(self) -> None:
        """The other side is gone: end what it listens to. A second time does nothing."""
        if self.is_closed:
            return
        self.is_closed = True
        counters.connections -= 1
        self._pulse.stop()
        if self.client is not None:
            self._server.forget(self)
        self._usage.end()
        for subscribed in self._subscribed.values():
            subscribed.stop()
        self._subscribed.clear()
        for subscription in self._session.subscriptions.values():
            self._give_back(tuple(subscription.waiting.values()))

    # What others tell

    def give_up(self, error: errors.DomainError, *, receipt_id: str | None = None) -> None:
        """Tell the client what happened in an ERROR frame, and close."""
        if self.is_closed:
            return
        counters.refused[error.code] += 1
        frame = self._session.error(
            error.title,
            encode_json(error.problem()),
            content_type=errors.PROBLEM_CONTENT_TYPE,
            receipt_id=receipt_id,
            headers=(("code", error.code), *_retry_after(error).items()),
        )
        self._write(frame)
        self._close(error.code, code=POLICY_VIOLATION if error.status < _SERVER_FAULT else SERVICE_RESTART)

    def message(self, subscription: Subscription, template: MessageTemplate, *, handle: object = None) -> None:
        """Send a MESSAGE of a subscription."""
        if self.is_closed:
            return
        try:
            self._write(self._session.message(template, subscription, handle=handle))
        except ProtocolError as error:
            self._write(self._session.broken(error))
            self._close("protocol")

    # Commands

    async def _connect(self, event: events.ConnectRequested) -> None:
        headers = event.headers
        try:
            claims = await self._server.authenticate(headers.get("Authorization", headers.get("authorization", "")))
            await self._usage.log_in(claims)
        except errors.DomainError as error:
            self.give_up(error)
            return
        if self._is_over():
            return
        self.client = Client(claims, self.connection_id)
        self._server.remember(self)
        self._write(self._session.accept(session_id=self.connection_id, user_name=str(claims.user_id)))
        self._pulse.look()

    async def _send(self, event: events.Send) -> None:
        assert self.client is not None  # noqa: S101 - the session lets nothing through before CONNECT
        try:
            if not self._usage.may_send(1, self._pulse.heard_at):
                await self._usage.send(1)
            self._over_budget = 0
            await deliver(self._server, self.client, event)
        except OverBudget as error:
            self._refuse_flood(error, event.receipt)
        except Exception as error:  # noqa: BLE001 - whatever it is, this client has to hear of it
            self._refuse_send(as_refusal(error), event.receipt)
        else:
            self._answer(event.receipt)

    async def _subscribe(self, event: events.Subscribe) -> None:
        try:
            await self._usage.subscribe()
            if self._is_over():
                return
            if event.destination == ERRORS:
                self._errors_to = event.id
            else:
                await self._listen(event)
        except Exception as error:  # noqa: BLE001 - a subscription that fails ends the connection (STOMP 1.2)
            self.give_up(as_refusal(error), receipt_id=event.receipt)
            return
        self._answer(event.receipt)

    async def _listen(self, event: events.Subscribe) -> None:
        server, subscription = self._server, self._session.subscriptions[event.id]
        destination, params = server.destinations.find(event.destination)
        if destination.subscribe is None:
            raise errors.PermissionRefused(f"Nobody listens to {event.destination[:80]}")
        assert self.client is not None  # noqa: S101 - the session lets nothing through before CONNECT
        request = SubscribeRequest(self.client, event.destination, params, event.headers)
        topic = await destination.subscribe(request)
        subscribed = subscription_to(topic, hub=server.hub, listener=_Listener(self, subscription))
        await subscribed.start()
        if self.is_closed:
            subscribed.stop()
            return
        self._subscribed[event.id] = subscribed

    async def _unsubscribe(self, event: events.Unsubscribe) -> None:
        if event.id == self._errors_to:
            self._errors_to = None
        self._usage.unsubscribe()
        subscribed = self._subscribed.pop(event.id, None)
        if subscribed is not None:
            subscribed.stop()
        self._give_back(event.returned)
        self._answer(event.receipt)

    async def _ack(self, event: events.Ack) -> None:
        self._answer(event.receipt)

    async def _nack(self, event: events.Nack) -> None:
        self._give_back(event.deliveries)
        self._answer(event.receipt)

    async def _committed(self, event: events.Committed) -> None:
        """Let all of a transaction take effect, in order, and answer its receipts; or nothing, and refuse the last."""
        assert self.client is not None  # noqa: S101 - the session lets nothing through before CONNECT
        sends = [one for one in event.events if isinstance(one, events.Send)]
        receipts = [*event.receipts, *([] if event.receipt is None else [event.receipt])]
        last = receipts[-1] if receipts else None
        try:
            if sends:
                await self._usage.send(len(sends))
                self._over_budget = 0
                await deliver_together(self._server, self.client, sends)
        except OverBudget as error:
            self._take_back(event)
            self._refuse_flood(error, last)
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, this client has to hear of it
            self._take_back(event)
            self._refuse_send(as_refusal(error), last)
            return
        for one in event.events:
            if isinstance(one, events.Nack):
                self._give_back(one.deliveries)
        for receipt in receipts:
            self._answer(receipt)

    def _take_back(self, event: events.Committed) -> None:
        """Let the messages that a refused transaction acknowledged wait again, or go to others: nobody is there."""
        self._session.take_back(event)
        if self.is_closed:
            for one in event.events:
                if not isinstance(one, events.Send):
                    self._give_back(one.deliveries)

    async def _noted(self, event: events.Noted) -> None:
        self._answer(event.receipt)

    async def _disconnected(self, event: events.Disconnected) -> None:
        self._answer(event.receipt)
        self._close("", code=NORMAL)

    async def _broken(self, event: events.Broken) -> None:
        counters.refused["protocol"] += 1
        self._write(self._session.broken(event.error))
        self._close("protocol")

    # Refusals

    def _refuse_send(self, error: errors.DomainError, receipt_id: str | None) -> None:
        """Tell it where the client listens for it; otherwise STOMP asks for an ERROR, which ends the connection."""
        if self._errors_to is None:
            self.give_up(error, receipt_id=receipt_id)
            return
        counters.refused[error.code] += 1
        headers = {"content-type": errors.PROBLEM_CONTENT_TYPE, **_retry_after(error)}
        if receipt_id is not None:
            headers["receipt-id"] = receipt_id
        template = MessageTemplate(ERRORS, f"e-{secrets.token_hex(8)}", headers, encode_json(error.problem()))
        self.message(self._session.subscriptions[self._errors_to], template)

    def _refuse_flood(self, error: OverBudget, receipt_id: str | None) -> None:
        """Say once that it is too much; whoever does not stop is closed."""
        self._over_budget += 1
        if self._over_budget > REFUSED_IN_A_ROW:
            self.give_up(error, receipt_id=receipt_id)
        elif self._over_budget == 1 or receipt_id is not None:
            self._refuse_send(error, receipt_id)

    # Frames

    def _answer(self, receipt_id: str | None) -> None:
        if receipt_id is not None and not self.is_closed:
            self._write(self._session.receipt(receipt_id))

    def _write(self, frame: Wire) -> None:
        counters.sent += 1
        self._pulse.sent_at = self._loop.time()
        self._transport.send(frame)

    def _close(self, reason: str, *, code: int = POLICY_VIOLATION) -> None:
        if reason:
            counters.closed[reason] += 1
        self.lost()
        self._transport.close(code, reason)

    def _give_back(self, deliveries: tuple[events.Delivery, ...]) -> None:
        """Let others have what was refused or not acknowledged, where it is somebody's to have: the last one first."""
        for delivery in reversed(deliveries):
            if delivery.handle is not None:
                delivery.handle.give_back()

    def beat(self) -> None:
        """Send a heart-beat."""
        self._write(self._session.heart_beat())

    def fall_silent(self) -> None:
        """Close without a word: the client has been silent for too long."""
        self._close("silent")

    _HANDLERS: ClassVar[dict[type, Callable[[Any, Any], Awaitable[None]]]] = {
        events.ConnectRequested: _connect,
        events.Send: _send,
        events.Subscribe: _subscribe,
        events.Unsubscribe: _unsubscribe,
        events.Ack: _ack,
        events.Nack: _nack,
        events.Committed: _committed,
        events.Noted: _noted,
        events.Disconnected: _disconnected,
        events.Broken: _broken,
    }


_SERVER_FAULT = 500


def _bytes_of(data: Wire) -> int:
    """Return the length as it came over the wire."""
    return len(data) if isinstance(data, bytes) or data.isascii() else len(data.encode("utf-8", "surrogatepass"))


def _retry_after(error: errors.DomainError) -> dict[str, str]:
    """Return the header that says when a repeat makes sense, as HTTP has it."""
    found = error.headers().get("Retry-After")
    return {} if found is None else {"retry-after": found}


class _Listener:
    """One subscription's end of a connection."""

    __slots__ = ("_connection", "_subscription")

    def __init__(self, connection: StompConnection, subscription: Subscription) -> None:
        self._connection = connection
        self._subscription = subscription

    def hear(self, published: Published, *, read: Reader | None = None, handle: Returned | None = None) -> None:
        subscription = self._subscription
        self._connection.message(subscription, published.template(subscription.destination, read=read), handle=handle)

    def give_up(self, error: errors.DomainError) -> None:
        self._connection.give_up(error)
