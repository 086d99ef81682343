from __future__ import annotations

import logging
import math

from django.db import transaction
from redis.exceptions import RedisError

from apps.accounts.models import User
from apps.common.database.transactions import retried_transaction
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.models import Performance, WaitingRoomChange, WaitingRoomMode
from apps.concerts.publication.guards import refuse_while_scheduled
from apps.concerts.waiting_room import store
from apps.concerts.waiting_room.selectors import get_line_settings

MOST_PER_SECOND = 10_000.0
LEAST_PER_SECOND = 0.01
MOST_INSIDE = 1_000_000

logger = logging.getLogger(__name__)


@retried_transaction
def change_waiting_room(
    performance_id: int,
    *,
    actor: User | None,
    mode: str | None = None,
    rate: float | None = None,
    inside_limit: int | None = None,
) -> Performance:
    """Change how a performance's line lets people in, while it runs.

    1. Under the performance's row lock, change what differs and note who changed it from what to what.
    2. After the commit put it in force in Redis, at once.

    If step 2 fails the next tick does it, within two seconds. `actor` is None for the operator's command.
    Raises NotFound, ValidationFailed, and PublicationConflict for the mode of what is set to be published as it is.
    """
    wanted = _checked({"mode": mode, "rate": rate, "inside_limit": inside_limit})
    performance = Performance.objects.select_for_update().filter(pk=performance_id).first()
    if performance is None:
        raise NotFound
    changes = {}
    for name, value in wanted.items():
        field = f"waiting_room_{name}"
        before = getattr(performance, field)
        if before != value:
            changes[name] = [before, value]
            setattr(performance, field, value)
    if "mode" in changes:  # which buyers see
        refuse_while_scheduled(performance)
    if changes:
        performance.save(update_fields=[f"waiting_room_{name}" for name in changes])
        WaitingRoomChange.objects.create(performance=performance, actor=actor, changes=changes)
    put_in_force_after_commit(performance_id)
    return performance


def put_in_force_after_commit(performance_id: int) -> None:
    """Give a line the settings that the caller's transaction leaves; where Redis is away the next tick does it."""
    transaction.on_commit(lambda: _put_in_force(performance_id))


def _put_in_force(performance_id: int) -> None:
    try:
        store.change_line(performance_id, get_line_settings(performance_id))
    except RedisError as error:
        logger.warning("The change of waiting room %s waits for the next tick: %s", performance_id, error)


def _checked(values: dict[str, str | float | int | None]) -> dict[str, str | float | int]:
    """Return the values that are given; raise ValidationFailed for those that make no sense."""
    problems = {}
    given = {name: value for name, value in values.items() if value is not None}
    if "mode" in given and given["mode"] not in WaitingRoomMode.values:
        problems["mode"] = [f"One of {', '.join(WaitingRoomMode.values)}."]
    if "rate" in given and not _is_between(given["rate"], LEAST_PER_SECOND, MOST_PER_SECOND):
        problems["rate"] = [f"Between {LEAST_PER_SECOND} and {MOST_PER_SECOND:.0f} a second."]
    if "inside_limit" in given and not _is_between(given["inside_limit"], 1, MOST_INSIDE):
        problems["inside_limit"] = [f"Between 1 and {MOST_INSIDE} people."]
    if problems:
        raise ValidationFailed(errors=problems)
    return given


def _is_between(value: str | float, least: float, most: float) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and least <= value <= most
