"""The steps of a show's publication by name, each with the permission that it needs: for the admin and the API."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from apps.accounts.models import User
from apps.concerts.models import Performance
from apps.concerts.publication.content import Show
from apps.concerts.services.publish_show import publish_show, take_back_show
from apps.concerts.services.review_show import approve_show, reject_show, submit_show


class Step(StrEnum):
    SUBMIT = "submit"
    APPROVE = "approve"
    REJECT = "reject"
    PUBLISH = "publish"
    TAKE_BACK = "take_back"


MAY_PUBLISH = "concerts.publish_show"


def permission_for(step: Step, show: Show) -> str:
    """Return the permission that a step needs: who edits submits, the rest is a permission of its own."""
    if step != Step.SUBMIT:
        return MAY_PUBLISH
    return "concerts.change_performance" if isinstance(show, Performance) else "concerts.change_concert"


def take_step(
    show: Show, step: Step, *, by: User, seen: str = "", explanation: str = "", at: datetime | None = None
) -> None:
    """Take a step, for somebody who has the permission; see the services that it calls, and what they raise.

    Args:
        seen: to approve, the fingerprint of the content that was looked at.
        explanation: why it is rejected or taken back.
        at: to publish, from when on; None for at once.
    """
    match step:
        case Step.SUBMIT:
            submit_show(show, by=by)
        case Step.APPROVE:
            approve_show(show, by=by, seen=seen)
        case Step.REJECT:
            reject_show(show, by=by, explanation=explanation)
        case Step.PUBLISH:
            publish_show(show, by=by, at=at)
        case Step.TAKE_BACK:
            take_back_show(show, by=by, explanation=explanation)
