"""Reads what the scripts answer, and packs what a rebuild takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from apps.common.redis.script_calls import Answer
from apps.counseling.routing.answers import (
    Change,
    CounselorView,
    Due,
    KnownCounselor,
    Match,
    OpenSession,
    QueuePosition,
    Released,
    Returned,
    Stage,
    Workload,
)
from apps.counseling.states import CounselorState


def did(answer: Answer) -> bool:
    return bool(answer[1])


def numbers(answer: Answer) -> list[int]:
    return list(answer[1])


def queued(answer: Answer) -> QueuePosition:
    return _position(answer[1])


def positions(answer: Answer) -> list[QueuePosition | None]:
    return [_known_position(one) for one in answer[1]]


def settled(answer: Answer) -> list[bool]:
    return [bool(one) for one in answer[1]]


def assigned(answer: Answer) -> tuple[int, int | None]:
    """The lease, and who had the session before."""
    return answer[1], answer[2] or None


def matches(answer: Answer) -> list[Match]:
    return [Match(*pair) for pair in answer[1]]


def counselor_workload(answer: Answer) -> Workload:
    return _workload(answer[1])


def returned(answer: Answer) -> Returned:
    _, was_returned, went_away, counselor, line = answer
    return Returned(bool(was_returned), bool(went_away), _workload(counselor), _known_position(line))


def released(answer: Answer) -> Released:
    _, was_released, counselor = answer
    return Released(bool(was_released), _workload(counselor), _seconds(counselor[3]))


def change(answer: Answer) -> Change:
    _, from_state, counselor = answer
    to_state, load, capacity, until, category_ids, session_ids = counselor
    return Change(
        from_state=CounselorState(from_state.decode()),
        to_state=CounselorState(to_state.decode()),
        load=load,
        capacity=capacity,
        category_ids=tuple(category_ids),
        session_ids=tuple(session_ids),
        after_call_until=_seconds(until),
    )


def team(answer: Answer) -> list[CounselorView]:
    return sorted(_counselor(*pair) for pair in zip(answer[1], answer[2], strict=True))


def due(answer: Answer) -> Due:
    _, leases, offers, after_calls, lost = answer
    return Due(
        leases=tuple((session_id, counselor_id) for session_id, counselor_id in leases),
        offers=tuple((session_id, counselor_id) for session_id, counselor_id in offers),
        after_calls=tuple(after_calls),
        lost=tuple(lost),
    )


def session_record(known: OpenSession) -> tuple[int, int, int, str, int, int]:
    """The order in which put_right.lua and rebuild.lua take it."""
    return (
        known.session_id,
        known.category_id,
        known.place,
        known.stage.value,
        known.counselor_id or 0,
        known.wanted_counselor_id or 0,
    )


def packed_snapshot(sessions: Iterable[OpenSession], counselors: Iterable[KnownCounselor]) -> tuple[bytes, bytes]:
    """The two lists as rebuild.lua unpacks them."""
    return (
        msgspec.msgpack.encode([session_record(known) for known in sessions]),
        msgspec.msgpack.encode([tuple(known) for known in counselors]),
    )


def _position(packed: Sequence[Any]) -> QueuePosition:
    stage, position, eta, counselor_id = packed
    return QueuePosition(Stage(stage.decode()), position, None if eta < 0 else eta, counselor_id or None)


def _known_position(packed: Sequence[Any]) -> QueuePosition | None:
    return _position(packed) if packed else None


def _workload(packed: Sequence[Any]) -> Workload:
    state, load, capacity, _until, category_ids, _session_ids = packed
    return Workload(CounselorState(state.decode()), load, capacity, tuple(category_ids))


def _counselor(counselor_id: int, packed: bytes) -> CounselorView:
    state, capacity, category_ids, session_ids, idle, _misses, after_call_until = msgspec.msgpack.decode(packed)
    return CounselorView(
        counselor_id=counselor_id,
        state=CounselorState(state),
        capacity=capacity,
        category_ids=tuple(category_ids),
        session_ids=tuple(session_ids),
        idle_since=idle / 1e6,
        after_call_until=_seconds(after_call_until),
    )


def _seconds(microseconds: int) -> float | None:
    return microseconds / 1e6 if microseconds else None
