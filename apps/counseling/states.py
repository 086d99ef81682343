"""The states of a conversation and of a counselor, and the moves between them."""

from __future__ import annotations

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
    """READY has a free place; BUSY has none; AFTER_CALL writes up a conversation that has just ended."""

    OFFLINE = "OFFLINE", _("offline")
    ONLINE = "ONLINE", _("online, takes nobody")
    READY = "READY", _("ready")
    BUSY = "BUSY", _("busy")
    AFTER_CALL = "AFTER_CALL", _("after call")


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
