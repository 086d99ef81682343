"""Telling open connections, and those to come, that a log-in has ended before its access token does."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

import msgspec
from django.conf import settings

from apps.common.database import outbox
from apps.common.redis import sync_redis

TOPIC = "topic:logins-ended"
ANNOUNCE = "accounts.announce_ended_logins"


def ended_key(session_id: str) -> str:
    """Return the key that is there for as long as an access token of an ended session would be good."""
    return f"login-ended:{{{session_id}}}"


def announce_ended(session_ids: Iterable[uuid.UUID]) -> None:
    """Within the transaction that ends them: promise that all processes will hear of it."""
    ids = [session_id.hex for session_id in session_ids]
    if ids:
        outbox.enqueue(ANNOUNCE, session_ids=ids)


@outbox.handles(ANNOUNCE)
def announce(*, session_ids: list[str]) -> None:
    """Leave a mark for connections to come, and tell those that are open."""
    redis = sync_redis()
    lifetime = int(settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"].total_seconds())
    for session_id in session_ids:
        redis.set(ended_key(session_id), 1, ex=lifetime)
    redis.publish(TOPIC, msgspec.json.encode({"session_ids": session_ids}))
