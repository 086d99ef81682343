"""Deleting outbox messages whose work the event loop has done itself: many at once, behind the answers."""

from __future__ import annotations

import asyncio
import logging

from django.db import Error

from apps.common.database import outbox
from apps.common.database.joined_commits import JoinedCommits, OutcomeUnknown
from apps.common.errors import ServiceUnavailable

GATHER_SECONDS = 0.5  # nobody waits for it

logger = logging.getLogger(__name__)


def _forget(ids: list[int]) -> list[None]:
    outbox.forget(ids)
    return [None] * len(ids)


_forgetting = JoinedCommits(_forget, name="forget finished work", gather_seconds=GATHER_SECONDS)
_tasks: set[asyncio.Task[None]] = set()


def forget_later(message_id: int) -> None:
    """Delete a message soon; where that fails its work is done once more, to no harm."""
    task = asyncio.ensure_future(_forget_one(message_id))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def close_forgetting() -> None:
    """Delete what still waits; for the end of the process."""
    await asyncio.to_thread(_forgetting.close)


async def _forget_one(message_id: int) -> None:
    try:
        await _forgetting.submit(message_id)
    except (OutcomeUnknown, ServiceUnavailable, Error) as error:
        logger.warning("outbox #%s is done, and still there: %s", message_id, error)
