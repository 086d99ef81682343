"""What the scripts' answers mean: a hold, or a refusal with a code of its own."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from apps.common.errors import NotFound, TooManyRequests
from apps.common.redis.script_calls import Answer, Refusals
from apps.concerts.errors import AccessPassRequired, LineNotReady, NotOnSale
from apps.concerts.seat_states.reading import REFUSALS as SEATS_REFUSALS
from apps.orders.errors import OrderExpired, OrderStateConflict, SeatLimitExceeded, TooManyOrders
from apps.orders.states import OrderStatus


@dataclass(frozen=True, slots=True)
class Held:
    """A hold on all seats of an order.

    `version` is its fencing token. `already` tells that the order held them before this call,
    `retaken` that it had lost them and has them again, under a new version. `pass_id` is that of the access pass that
    the seats were held by, where the answer tells.
    """

    version: int
    expires_at: datetime
    already: bool = False
    retaken: bool = False
    pass_id: int | None = None


class LayoutChanged(Exception):
    """The caller's layout is not the one on sale; `version` is. Nothing was changed."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the layout on sale is version {version}")
        self.version = version


class Taken(NamedTuple):
    """Somebody else has some of the seats; nothing was held."""

    ordinals: tuple[int, ...]


class Forgotten(enum.Enum):
    """Redis does not know the order: the database has to be asked what it is."""

    FORGOTTEN = enum.auto()


FORGOTTEN: Final = Forgotten.FORGOTTEN

_HELD = frozenset((b"HELD", b"ALREADY", b"EXTENDED", b"RETAKEN"))
_FORGOTTEN = frozenset((b"UNKNOWN", b"LOST"))

OFTEN = "You have taken seats of this performance and let them go too often; come back later"

REFUSALS: Refusals = {
    **SEATS_REFUSALS,
    b"NO_PASS": lambda answer: AccessPassRequired(),
    b"CLOSED": lambda answer: AccessPassRequired(),
    b"LINE_NOT_READY": lambda answer: LineNotReady(),
    b"NOT_ON_SALE": lambda answer: NotOnSale(),
    b"LIMIT": lambda answer: SeatLimitExceeded(limit=answer[1], already=answer[2]),
    b"OVER_BUDGET": lambda answer: TooManyRequests(OFTEN, retry_after=answer[1]),
    b"DRAFTS": lambda answer: TooManyOrders(),
    b"FOREIGN": lambda answer: NotFound(),
    b"EXPIRED": lambda answer: OrderExpired(),
    b"SOLD": lambda answer: OrderStateConflict(order_status=OrderStatus.PAID.value),
    b"LAYOUT": lambda answer: LayoutChanged(answer[1]),
}
"""The error of each answer to an order that is neither a success nor about certain seats."""


def held_or_not(answer: Answer) -> Held | Taken | Forgotten:
    """Read what holding, or going on holding, came to."""
    name = answer[0]
    if name in _HELD:
        _, version, expires_at, *passed = answer
        return Held(
            version=version,
            expires_at=datetime.fromtimestamp(expires_at, UTC),
            already=name == b"ALREADY",
            retaken=name == b"RETAKEN",
            pass_id=int(passed[0]) or None if passed else None,
        )
    if name in _FORGOTTEN:
        return FORGOTTEN
    return _taken(answer)


def free_or_taken(answer: Answer) -> Taken | None:
    """Read whether the seats could be held: None if they could."""
    return None if answer[0] == b"FREE" else _taken(answer)


def _taken(answer: Answer) -> Taken:
    name, *ordinals = answer
    if name != b"TAKEN":
        raise LookupError(name)
    return Taken(tuple(ordinals))
