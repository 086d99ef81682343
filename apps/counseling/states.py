"""The states of a conversation and of a counselor, and the moves between them.

Routing's scripts and the desk have the counselor's states from generated files: `make states` writes them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.db import models
from django.utils.translation import gettext_lazy as _


class SessionStatus(models.TextChoices):
    WAITING = "WAITING", _("waiting")
    OFFERED = "OFFERED", _("offered")
    IN_PROGRESS = "IN_PROGRESS", _("in progress")
    ENDED = "ENDED", _("ended")
    ABANDONED = "ABANDONED", _("abandoned")


SESSION_MOVES = {
    # A transfer, and the loss of a counselor, bring a conversation back into the line.
    SessionStatus.WAITING: {SessionStatus.OFFERED, SessionStatus.IN_PROGRESS, SessionStatus.ENDED}
    | {SessionStatus.ABANDONED},
    SessionStatus.OFFERED: {SessionStatus.IN_PROGRESS, SessionStatus.WAITING, SessionStatus.ENDED}
    | {SessionStatus.ABANDONED},
    SessionStatus.IN_PROGRESS: {SessionStatus.ENDED, SessionStatus.WAITING, SessionStatus.OFFERED},
}
OPEN_SESSIONS = (SessionStatus.WAITING, SessionStatus.OFFERED, SessionStatus.IN_PROGRESS)


class EndReason(models.TextChoices):
    CUSTOMER = "customer", _("the customer ended it")
    COUNSELOR = "counselor", _("the counselor ended it")
    SUPERVISOR = "supervisor", _("a supervisor ended it")
    DISCONNECT = "disconnect", _("the customer went away")
    TIME_OUT = "time_out", _("nobody said anything for too long")
    LEFT_LINE = "left_line", _("the customer left the line")
    INQUIRY = "inquiry", _("the customer wrote an inquiry instead")


class CounselorState(models.TextChoices):
    """What a counselor does; COUNSELOR_STATES says what holds of each. Texts are those of the admin and the API."""

    OFFLINE = "OFFLINE", _("offline")
    ONLINE = "ONLINE", _("online, takes nobody")
    READY = "READY", _("ready")
    BUSY = "BUSY", _("busy")
    AFTER_CALL = "AFTER_CALL", _("after call")

    @property
    def row(self) -> CounselorStateRow:
        return COUNSELOR_STATES[self]


class Lamp(enum.StrEnum):
    """The colour of a state, at the desk and in the admin."""

    OUT = "out"
    PAUSED = "paused"
    FREE = "free"
    TAKEN = "taken"
    TIMED = "timed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CounselorStateRow:
    """What holds of a counselor in a state, and to which state each cause moves them; None: it moves nobody.

    The loss of a counselor, and a log-out, move whoever is at work to the state that is not (OFFLINE).
    """

    desk_name: str
    """What the desk calls the state: an English msgid of deskjs, as is `desk_text`."""
    desk_text: str
    """What the state means to the counselor, where no reason says more. May have %(load)s and %(capacity)s."""
    lamp: Lamp
    is_at_work: bool = True
    """Is present: counts as logged in, may be waited for, and is lost without a sign of life."""
    is_on_queue: bool = False
    """Serves the lines: counts in occupancy and utilisation."""
    takes_conversations: bool = False
    """Has a free place, for which the matching looks."""
    address: str | None = None
    """The last piece of PATCH /api/counselors/...; None: nobody asks for the state, it comes about."""
    moves: tuple[CounselorState, ...] = ()
    """By the counselor. For another state that is not at work it takes the end of every conversation."""
    when_full: CounselorState | None = None
    when_free: CounselorState | None = None
    after_missed_offers: CounselorState | None = None
    after_session: CounselorState | None = None
    """By the end of a conversation, unless COUNSEL_AFTER_CALL_SECONDS is 0."""
    at_limit: CounselorState | None = None
    """By the sweep, COUNSEL_AFTER_CALL_SECONDS after the state began."""

    @property
    def is_on_duty(self) -> bool:
        """Whether the load decides about the state: conversations go on, or may come."""
        return self.when_full is not None or self.when_free is not None


_AFTER_WORK = (CounselorState.ONLINE, CounselorState.AFTER_CALL, CounselorState.OFFLINE)

COUNSELOR_STATES: Mapping[CounselorState, CounselorStateRow] = MappingProxyType(
    {
        CounselorState.READY: CounselorStateRow(
            desk_name="Ready",
            desk_text="%(load)s of %(capacity)s places taken: the next customer comes by itself.",
            lamp=Lamp.FREE,
            is_on_queue=True,
            takes_conversations=True,
            address="ready",
            moves=_AFTER_WORK,
            when_full=CounselorState.BUSY,
            after_missed_offers=CounselorState.ONLINE,
            after_session=CounselorState.AFTER_CALL,
        ),
        CounselorState.BUSY: CounselorStateRow(
            desk_name="Busy",
            desk_text="All %(capacity)s places are taken: nobody new comes until a conversation ends.",
            lamp=Lamp.TAKEN,
            is_on_queue=True,
            moves=_AFTER_WORK,
            when_free=CounselorState.READY,
            after_missed_offers=CounselorState.ONLINE,
            after_session=CounselorState.AFTER_CALL,
        ),
        CounselorState.ONLINE: CounselorStateRow(
            desk_name="Paused",
            desk_text="You have paused: nobody new comes to you.",
            lamp=Lamp.PAUSED,
            address="online",
            moves=(CounselorState.READY, CounselorState.OFFLINE),
        ),
        CounselorState.AFTER_CALL: CounselorStateRow(
            desk_name="Wrapping up",
            desk_text="You are wrapping up. Nobody new comes meanwhile.",
            lamp=Lamp.TIMED,
            is_on_queue=True,
            address="after-call",
            moves=(CounselorState.READY, CounselorState.ONLINE, CounselorState.OFFLINE),
            after_session=CounselorState.AFTER_CALL,
            at_limit=CounselorState.READY,
        ),
        CounselorState.OFFLINE: CounselorStateRow(
            desk_name="Offline",
            desk_text="You are not at work yet. Nobody comes to you.",
            lamp=Lamp.OUT,
            is_at_work=False,
            address="offline",
            moves=(CounselorState.ONLINE,),
        ),
    }
)
"""Every state's row, in the order of the desk's buttons."""


def counselor_states(holds: Callable[[CounselorStateRow], bool]) -> tuple[CounselorState, ...]:
    """Return the states of which something holds, in the order of the choices."""
    return tuple(state for state in CounselorState if holds(state.row))


AT_WORK = counselor_states(lambda row: row.is_at_work)
ON_QUEUE = counselor_states(lambda row: row.is_on_queue)


class Priority(models.TextChoices):
    """The class of a request in the line; `AGEING_SECONDS` says what each is worth."""

    URGENT = "URGENT", _("urgent")
    HIGH = "HIGH", _("high")
    NORMAL = "NORMAL", _("normal")


AGEING_SECONDS = {Priority.URGENT: 600, Priority.HIGH: 180, Priority.NORMAL: 0}
"""By how many seconds of waiting a class goes ahead of NORMAL: whoever has waited for so much longer goes first."""


class EntryType(models.TextChoices):
    """What a conversation's numbered log has; typing and reading are told live and not kept."""

    MESSAGE = "MESSAGE", _("message")
    ACCEPTED = "ACCEPTED", _("a counselor has taken it")
    TRANSFERRED = "TRANSFERRED", _("it goes to somebody else")
    JOINED = "JOINED", _("a supervisor has joined")
    ENDED = "ENDED", _("it has ended")


class SenderRole(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    COUNSELOR = "counselor", _("counselor")
    SUPERVISOR = "supervisor", _("supervisor")
    SYSTEM = "system", _("system")
