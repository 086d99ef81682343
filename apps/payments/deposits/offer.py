"""What the checkout says of a deposit before there is one; what counts is decided again when it is opened."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from apps.orders.models import Order
from apps.payments.deposits.counts import count_open
from apps.payments.deposits.rules import Why, last_moment, rules_of, why_not_more, why_not_now
from apps.payments.errors import DepositRefused


@dataclass(frozen=True, slots=True)
class DepositOffer:
    """Whether an order may be paid by a deposit, `why` not, and until when it would be awaited.

    `lapsed` of `most_lapses` deposits have lapsed in the last `lapse_days`: the buyer is told before they are too many.
    """

    why: Why | None
    until: datetime
    hours: int
    lapsed: int
    most_lapses: int
    lapse_days: int


def deposit_offer(order: Order, *, now: datetime) -> DepositOffer:
    """Return what an order could be offered now. Where the show takes no deposit, nothing is counted."""
    performance = order.performance
    rules = rules_of(performance.concert)
    why = why_not_now(performance, rules, now=now)
    lapsed = 0
    if why is None:
        counted = count_open(order, performance, rules, now=now)
        why, lapsed = why_not_more(rules, counted), counted.lapsed
    until = last_moment(performance, rules, now=now)
    return DepositOffer(
        why=why,
        until=until,
        hours=max(1, math.floor((until - now).total_seconds() / 3600)),
        lapsed=lapsed,
        most_lapses=rules.lapses,
        lapse_days=rules.lapse_days,
    )


def require_deposit(offer: DepositOffer) -> None:
    """Raise DepositRefused where a deposit is not offered."""
    if offer.why is not None:
        raise DepositRefused(reason=offer.why.value)
