"""How much an owner may use."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a second, and so many at once after a pause."""

    per_second: float
    burst: float

    def times(self, factor: float) -> Rate:
        return Rate(self.per_second * factor, self.burst * factor)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one owner may have open, and spend. Bytes are those that were received."""

    connections: int
    subscriptions: int
    sends: Rate
    bytes: Rate

    @classmethod
    def of_settings(cls) -> Allowance:
        """Return a customer's."""
        return cls(
            connections=settings.STOMP_CONNECTIONS_PER_ACCOUNT,
            subscriptions=settings.STOMP_SUBSCRIPTIONS_PER_ACCOUNT,
            sends=Rate(settings.STOMP_SENDS_PER_SECOND, settings.STOMP_SEND_BURST),
            bytes=Rate(settings.STOMP_BYTES_PER_SECOND, settings.STOMP_BYTE_BURST),
        )

    def times(self, factor: int) -> Allowance:
        return Allowance(
            connections=self.connections * factor,
            subscriptions=self.subscriptions * factor,
            sends=self.sends.times(factor),
            bytes=self.bytes.times(factor),
        )
