"""Removing in batches: what the parts of `remove_rehearsals` share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from apps.common.models import OutboxMessage
from apps.rehearsal.services.delete_whole import delete_whole

BATCH = 500  # rows in one transaction, with all that points to them

Counts = Counter[str]
"""How many rows were deleted, by the label of their model."""


def each_batch(rows: QuerySet[Any], remove: Callable[[list[Any]], Counts]) -> Iterator[Counts]:
    """Remove rows a batch at a time until none is left, those that come meanwhile included."""
    while pks := list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield remove(pks)


def forget_promises(name: str, ids: Iterable[Any]) -> Counts:
    """Remove work of the outbox that is about these rows: whose arguments have one as `name`, or several as `names`."""
    gone = set(ids)
    found = [
        pk
        for pk, arguments in OutboxMessage.objects.values_list("pk", "arguments")
        if gone & {arguments.get(name), *arguments.get(f"{name}s", ())}
    ]
    return delete_whole(OutboxMessage, found)
