"""What the scripts' answers mean: a hold, or a refusal with a code of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apps.common.errors import DomainError, NotFound, TooManyRequests
from apps.concerts.errors import AccessPassRequired, LineNotReady, NotOnSale
from apps.concerts.seat_states.scripts import Answer
from apps.orders.errors import OrderExpired, OrderStateConflict, SeatLimitExceeded, TooManyOrders
from apps.orders.states import OrderStatus


@dataclass(frozen=True, slots=True)
class Held:
    """A hold on all seats of an order.

    `version` is its fencing token. `already` tells that the order held them before this call,
    `retaken` that it had lost them and has them again, under a new version.
    """

    version: int
    expires_at: datetime
    already: bool = False
    retaken: bool = False


class LayoutChanged(Exception):
    """The caller's layout is not the one on sale; `version` is. Nothing was changed."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the layout on sale is version {version}")
        self.version = version


_REFUSALS: dict[bytes, Callable[[Answer], DomainError]] = {
    b"NO_PASS": lambda answer: AccessPassRequired(),
    b"CLOSED": lambda answer: AccessPassRequired(),
    b"LINE_NOT_READY": lambda answer: LineNotReady(),
    b"NOT_ON_SALE": lambda answer: NotOnSale(),
    b"LIMIT": lambda answer: SeatLimitExceeded(limit=answer[1], already=answer[2]),
    b"OVER_BUDGET": lambda answer: TooManyRequests(retry_after=answer[1]),
    b"DRAFTS": lambda answer: TooManyOrders(),
    b"FOREIGN": lambda answer: NotFound(),
    b"UNKNOWN": lambda answer: OrderExpired(),
    b"EXPIRED": lambda answer: OrderExpired(),
    b"SOLD": lambda answer: OrderStateConflict(order_status=OrderStatus.PAID.value),
}


def refusal(answer: Answer) -> DomainError:
    """Make the error of an answer that is neither a success nor about certain seats."""
    return _REFUSALS[answer[0]](answer)


def held(answer: Answer) -> Held:
    """Read HELD, ALREADY, EXTENDED or RETAKEN."""
    name, version, expires_at = answer
    return Held(
        version=version,
        expires_at=datetime.fromtimestamp(expires_at, UTC),
        already=name == b"ALREADY",
        retaken=name == b"RETAKEN",
    )
