"""What is said of a log-in that has ended, by its reason."""

from __future__ import annotations

from django.utils.translation import gettext as _

from apps.accounts.models import SessionEnd
from apps.accounts.services.browser_tokens import EXPIRED


def ended_notice(reason: str) -> str:
    """What happened and what to do; empty for a reason that is none."""
    notices = {
        SessionEnd.LOGGED_IN_ELSEWHERE: _(
            "Your account was logged in to in another browser, so this one was logged out."
            " If that was not you, log in here and change your password."
        ),
        SessionEnd.LOGGED_OUT: _("You have logged out. Log in again to go on."),
        SessionEnd.PASSWORD_CHANGED: _("Your password was changed, so you were logged out. Log in with the new one."),
        SessionEnd.REFRESH_REUSED: _("For your safety this log-in was ended. Log in again to go on."),
        SessionEnd.ACCESS_CHANGED: _("What your account may do was changed. Log in again to go on."),
        SessionEnd.ENDED_BY_STAFF: _("The ticket office has ended this log-in. Log in again to go on."),
        EXPIRED: _("You were away for long, so you were logged out. Log in again to go on."),
    }
    return notices.get(reason, "")
