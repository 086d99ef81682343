"""Show a buyer an order of theirs: those of one moment are read together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from apps.common.database.joined_commits import JoinedCommits
from apps.common.errors import NotFound
from apps.orders.bodies import OrderBody, read_bodies


class Asked(NamedTuple):
    """Who wants to see which order."""

    order_id: str
    user_id: int


def show_orders(asked: Sequence[Asked]) -> list[OrderBody | Exception]:
    """Return each order that is the asker's own, else NotFound."""
    found = read_bodies({one.order_id for one in asked})
    answers: list[OrderBody | Exception] = []
    for one in asked:
        owner, body = found.get(one.order_id, (None, None))
        answers.append(body if body is not None and owner == one.user_id else NotFound())
    return answers


showing = JoinedCommits(show_orders, name="show orders", writes=False)
