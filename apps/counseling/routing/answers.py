"""What the store answers. Times are unix seconds of Redis' clock."""

from __future__ import annotations

import enum
from typing import NamedTuple

from apps.counseling.states import CounselorState


class Stage(enum.StrEnum):
    """Where a session is. LEASED: given to a counselor, but not yet in the database."""

    LINE = "LINE"
    LEASED = "LEASED"
    OFFERED = "OFFERED"
    TALKING = "TALKING"


class QueuePosition(NamedTuple):
    """Where a session stands. `position` counts from 1 and is 0 outside the line.

    `eta_seconds` is None while nobody knows: outside the line, and before the category has a pace.
    """

    stage: Stage
    position: int
    eta_seconds: int | None
    counselor_id: int | None


class Match(NamedTuple):
    """A session and who is to have it. `lease` names this match: a later one of the same two has another."""

    session_id: int
    counselor_id: int
    lease: int


class Workload(NamedTuple):
    """A counselor after a call."""

    state: CounselorState
    load: int
    capacity: int
    category_ids: tuple[int, ...]


class Returned(NamedTuple):
    """What giving back did. `went_away`: it was the second miss in a row, and the counselor is ONLINE."""

    returned: bool
    went_away: bool
    counselor: Workload
    queue_position: QueuePosition | None


class Released(NamedTuple):
    """What a release did; the second one of the same session does nothing."""

    released: bool
    counselor: Workload
    after_call_until: float | None


class Change(NamedTuple):
    """A change of a counselor's state; `from_state` and `to_state` are the same where nothing changed.

    `session_ids` are those the counselor still has, which after a forced OFFLINE have to go to others.
    """

    from_state: CounselorState
    to_state: CounselorState
    load: int
    capacity: int
    category_ids: tuple[int, ...]
    session_ids: tuple[int, ...]
    after_call_until: float | None

    @property
    def changed(self) -> bool:
        return self.from_state != self.to_state


class Assigned(NamedTuple):
    """A session that was given to somebody by name, to be settled after the commit as a match is."""

    match: Match
    from_counselor_id: int | None


class Due(NamedTuple):
    """What is overdue: leases and offers as (session id, counselor id), the others as counselor ids.

    A counselor is `lost` when no sign of life came for the time of grace, and stays so until every session is gone.
    """

    leases: tuple[tuple[int, int], ...]
    offers: tuple[tuple[int, int], ...]
    after_calls: tuple[int, ...]
    lost: tuple[int, ...]


class CounselorView(NamedTuple):
    """A counselor at work, for the counselor and for the wallboard."""

    counselor_id: int
    state: CounselorState
    capacity: int
    category_ids: tuple[int, ...]
    session_ids: tuple[int, ...]
    idle_since: float
    after_call_until: float | None

    @property
    def load(self) -> int:
        return len(self.session_ids)


class StateChange(NamedTuple):
    """An entry of the stream of changes. `change_id` is unique for ever and sorts as the changes came."""

    entry: str
    change_id: str
    counselor_id: int
    from_state: CounselorState
    to_state: CounselorState
    reason: str
    load: int
    at_us: int


class OpenSession(NamedTuple):
    """What the database says of an open session; LINE and no counselor, or OFFERED or TALKING and one."""

    session_id: int
    category_id: int
    place: int
    stage: Stage
    counselor_id: int | None = None
    wanted_counselor_id: int | None = None


class KnownCounselor(NamedTuple):
    """What the database says of a counselor; `last_state` is that of the last change that it knows."""

    counselor_id: int
    last_state: CounselorState
    capacity: int
    category_ids: tuple[int, ...]
    idle_since_us: int
    after_call_until_us: int = 0
