"""Telling the people of a conversation what has happened: topics of the hub, each written once here.

Everything goes out once the transaction has committed, at most once. What must not be missed is in the
conversation's numbered log, or can be read again by a REST call.
"""

from __future__ import annotations

from typing import Any

import msgspec

from apps.common.database.outbox import publish


def session_topic(session_id: int) -> str:
    """The conversation's log and its typing and reading."""
    return f"sessions/{session_id}"


def customer_topic(user_id: int) -> str:
    """What `/user/queue/match` of a customer hears."""
    return f"users/{user_id}/match"


def counselor_topic(counselor_id: int) -> str:
    """What `/sub/counselor/{id}` hears."""
    return f"counselors/{counselor_id}"


def tell_session(session_id: int, event: dict[str, Any]) -> None:
    """`event` has a `type`; with a `seq` it is an entry of the log."""
    publish(session_topic(session_id), msgspec.json.encode(event))


def tell_customer(user_id: int, event: dict[str, Any]) -> None:
    """QUEUED, ASSIGNED, or ENDED."""
    publish(customer_topic(user_id), msgspec.json.encode(event))


def tell_counselor(counselor_id: int, event: dict[str, Any]) -> None:
    """OFFERED, OFFER_LAPSED, ASSIGNED, ENDED, STATE, QUEUE, or WHISPER."""
    publish(counselor_topic(counselor_id), msgspec.json.encode(event))
