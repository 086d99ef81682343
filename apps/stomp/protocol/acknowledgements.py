"""Subscriptions, and the deliveries of each that wait for their acknowledgement (STOMP 1.2, "SUBSCRIBE ack Header")."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from apps.stomp.protocol.errors import ProtocolError
from apps.stomp.protocol.events import AckMode, Delivery
from apps.stomp.protocol.limits import Limits
from apps.stomp.protocol.versions import Version, escape


class Subscription:
    """One subscription. `header` is the line that its messages carry; 1.0 has none where the client gave no id."""

    __slots__ = ("ack", "ack_ids", "destination", "header", "id", "waiting")

    def __init__(self, subscription_id: str, destination: str, ack: AckMode, *, header: str) -> None:
        self.id = subscription_id
        self.destination = destination
        self.ack = ack
        self.header = header
        self.waiting: dict[str, Delivery] = {}  # by ack id, in the order of the deliveries
        self.ack_ids: dict[str, str] = {}  # by message id, of those that wait: a message waits once


class Acknowledgements:
    """What one connection listens to, and what it has yet to acknowledge."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._next = 0
        self._by_ack_id: dict[str, Subscription] = {}
        self.subscriptions: dict[str, Subscription] = {}

    def add(self, given: str | None, destination: str, ack: AckMode, *, version: Version) -> Subscription:
        """Add a subscription; 1.0 may leave out the id and is then known by its destination."""
        subscription_id = f"destination {destination}" if given is None else given
        if subscription_id in self.subscriptions:
            raise ProtocolError("subscription exists", f"The id {subscription_id[:40]!r} is in use")
        if len(self.subscriptions) >= self._limits.max_subscriptions:
            limit = self._limits.max_subscriptions
            raise ProtocolError("too many subscriptions", f"A connection has at most {limit} subscriptions")
        header = "" if given is None else f"subscription:{escape(given, version)}\n"
        subscription = Subscription(subscription_id, destination, ack, header=header)
        self.subscriptions[subscription_id] = subscription
        return subscription

    def get(self, subscription_id: str) -> Subscription:
        subscription = self.subscriptions.get(subscription_id)
        if subscription is None:
            raise ProtocolError("unknown subscription", f"There is no subscription {subscription_id[:40]!r}")
        return subscription

    def at(self, destination: str) -> Subscription:
        """Return the subscription to a destination, as 1.0 names it."""
        for subscription in self.subscriptions.values():
            if subscription.destination == destination:
                return subscription
        raise ProtocolError("unknown subscription", f"There is no subscription to {destination[:40]!r}")

    def remove(self, subscription: Subscription) -> tuple[Delivery, ...]:
        """End a subscription and return what it has not acknowledged."""
        del self.subscriptions[subscription.id]
        returned = tuple(subscription.waiting.values())
        for delivery in returned:
            del self._by_ack_id[delivery.ack_id]
        subscription.waiting.clear()
        subscription.ack_ids.clear()
        return returned

    def deliver(self, subscription: Subscription, message_id: str, handle: object) -> str:
        """Remember a delivery and return the id that acknowledges it."""
        limit = self._limits.max_unacknowledged
        if len(subscription.waiting) >= limit:
            raise ProtocolError("too many unacknowledged", f"A subscription has at most {limit} messages waiting")
        self._next += 1
        ack_id = str(self._next)
        subscription.waiting[ack_id] = Delivery(ack_id, message_id, subscription.id, handle)
        subscription.ack_ids[message_id] = ack_id
        self._by_ack_id[ack_id] = subscription
        return ack_id

    def settle(self, ack_id: str) -> tuple[Delivery, ...]:
        """Take the delivery away, in mode `client` with all before it; return them in their order.

        Nothing that goes on waiting is looked at: a client may let many wait, and acknowledge them one by one.
        """
        subscription = self._by_ack_id.get(ack_id)
        if subscription is None:
            raise ProtocolError("unknown message", f"No message waits for the acknowledgement {ack_id[:40]!r}")
        settled = [ack_id]
        if subscription.ack == "client":
            settled = [*takewhile(lambda one: one != ack_id, subscription.waiting), ack_id]
        deliveries = tuple(subscription.waiting.pop(one) for one in settled)
        for delivery in deliveries:
            del self._by_ack_id[delivery.ack_id]
            subscription.ack_ids.pop(delivery.message_id, None)
        return deliveries

    def restore(self, deliveries: Iterable[Delivery]) -> None:
        """Let deliveries that were settled wait again, where they stood; those of an ended subscription do not."""
        disturbed: set[Subscription] = set()
        for delivery in deliveries:
            subscription = self.subscriptions.get(delivery.subscription_id)
            if subscription is not None:
                subscription.waiting[delivery.ack_id] = delivery
                subscription.ack_ids[delivery.message_id] = delivery.ack_id
                self._by_ack_id[delivery.ack_id] = subscription
                disturbed.add(subscription)
        for subscription in disturbed:
            subscription.waiting = dict(sorted(subscription.waiting.items(), key=_number))

    def ack_id_of(self, message_id: str, *, subscription_id: str | None) -> str:
        """Return the ack id of a message, as 1.1 (with the subscription) and 1.0 (perhaps without) name it."""
        candidates = self.subscriptions.values() if subscription_id is None else [self.get(subscription_id)]
        for subscription in candidates:
            ack_id = subscription.ack_ids.get(message_id)
            if ack_id is not None:
                return ack_id
        raise ProtocolError("unknown message", f"The message {message_id[:40]!r} waits for no acknowledgement")


def _number(waiting: tuple[str, Delivery]) -> int:
    """Return where a delivery stands: ack ids are counted up."""
    return int(waiting[0])
