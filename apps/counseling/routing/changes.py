"""The stream of counselors' changes of state, from which the database's history is copied.

Reading takes nothing away: copy, commit, then forget. Who copies an entry twice is told so by its `change_id`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from apps.common.redis import sync_redis, translate_errors
from apps.counseling.routing.answers import StateChange
from apps.counseling.routing.keys import CHANGES
from apps.counseling.states import CounselorState

READ_AT_ONCE = 1000

Entry = tuple[bytes, dict[bytes, bytes]]


def read_changes(*, limit: int = READ_AT_ONCE) -> list[StateChange]:
    """The oldest changes that are not forgotten, in the order in which they came."""
    with translate_errors():
        entries = cast("list[Entry]", sync_redis().xrange(CHANGES, count=limit))
    return [_change(entry, fields) for entry, fields in entries]


def forget_changes(changes: Sequence[StateChange]) -> None:
    """Take changes off the stream that have been committed; twice does no harm."""
    if changes:
        with translate_errors():
            sync_redis().xdel(CHANGES, *(change.entry for change in changes))


def _change(entry: bytes, fields: dict[bytes, bytes]) -> StateChange:
    milliseconds, number = entry.decode().split("-")
    return StateChange(
        entry=entry.decode(),
        change_id=f"{milliseconds:>014}-{number:>05}-{fields[b'life'].decode()}",
        counselor_id=int(fields[b"counselor"]),
        from_state=CounselorState(fields[b"from"].decode()),
        to_state=CounselorState(fields[b"to"].decode()),
        reason=fields[b"reason"].decode(),
        load=int(fields[b"load"]),
        at_us=int(fields[b"at_us"]),
    )
