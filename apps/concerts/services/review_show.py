"""From a draft to an approval: somebody submits a concert or a performance, somebody approves or rejects it.

Each step is one conditional UPDATE with its event, for a concert and for a performance alike. An approval is of the
content that was submitted: it needs the fingerprint that the one who approves has seen.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import User
from apps.common.database.states import Moves
from apps.common.database.transactions import retried_transaction
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.errors import ContentChanged, PublicationConflict, SecondPersonNeeded, ShowIncomplete
from apps.concerts.models import (
    CONCERT_PUBLICATION,
    PERFORMANCE_PUBLICATION,
    SUBMITTABLE,
    Concert,
    Performance,
    Publication,
)
from apps.concerts.publication.content import Show, fingerprint_of
from apps.concerts.publication.missing import in_words, list_missing

LONGEST_REASON = 2_000


@retried_transaction
def submit_show(show: Show, *, by: User) -> None:
    """Ask for approval of a show as it is now, also once more after a change.

    Raises:
        NotFound: it is gone.
        ShowIncomplete: something is missing.
        PublicationConflict: it is published.
    """
    current = reread(show)
    require_complete(current)
    submitted = fingerprint_of(current)
    moved = moves_of(current).move(
        current.pk,
        SUBMITTABLE,
        Publication.SUBMITTED,
        reason="submitted",
        changes={"content_fingerprint": submitted, "submitted_by": by, "publish_at": None},
        details={"content": submitted},
        **who(by),
    )
    if not moved:
        raise conflict(current)


@retried_transaction
def approve_show(show: Show, *, by: User, seen: str) -> None:
    """Approve what was submitted.

    Args:
        seen: the fingerprint of the content that `by` has looked at.

    Raises:
        NotFound: it is gone.
        ContentChanged: it is not what was submitted any more, or not what was looked at.
        SecondPersonNeeded: `by` has submitted it, and the setting asks for two people.
        PublicationConflict: it is not submitted.
    """
    current = reread(show)
    content = fingerprint_of(current)
    if seen != content:
        raise ContentChanged
    by_another = Q(submitted_by=None) | ~Q(submitted_by=by) if settings.PUBLICATION_NEEDS_TWO else Q()
    moved = moves_of(current).move(
        current.pk,
        [Publication.SUBMITTED],
        Publication.APPROVED,
        reason="approved",
        where=Q(content_fingerprint=content) & by_another,
        details={"content": content},
        **who(by),
    )
    if not moved:
        raise _why_not_approved(reread(show), content=content)


@retried_transaction
def reject_show(show: Show, *, by: User, explanation: str) -> None:
    """Reject what was submitted or approved, and say why.

    Raises:
        NotFound: it is gone.
        ValidationFailed: there is no reason, or one that nobody would read.
        PublicationConflict: it is neither submitted nor approved.
    """
    current = reread(show)
    if not 0 < len(explanation.strip()) <= LONGEST_REASON:
        raise ValidationFailed(errors={"reason": [f"1 to {LONGEST_REASON} characters."]})
    moved = moves_of(current).move(
        current.pk,
        [Publication.SUBMITTED, Publication.APPROVED],
        Publication.REJECTED,
        reason="rejected",
        **who(by, explanation.strip()),
    )
    if not moved:
        raise conflict(current)


def moves_of(show: Show) -> Moves:
    """Return the moves that publish a show of this kind."""
    return PERFORMANCE_PUBLICATION if isinstance(show, Performance) else CONCERT_PUBLICATION


def who(by: User, explanation: str = "") -> dict[str, Any]:
    """Return who acts, and why, as the event of a move takes it."""
    return {"actor": f"staff:{by.pk}", "event": {"by": by, "explanation": explanation}}


def reread(show: Show, *, for_update: bool = False) -> Show:
    """Return a show as the database has it now, with its row locked if that is wished.

    Raises:
        NotFound: it is gone.
    """
    model: type[Concert] | type[Performance] = type(show)
    rows = model._default_manager.select_for_update() if for_update else model._default_manager.all()
    found = rows.filter(pk=show.pk).first()
    if found is None:
        raise NotFound
    return found


def require_complete(show: Show) -> None:
    """Let through a show of which nothing is missing.

    Raises:
        ShowIncomplete: names what is.
    """
    missing = list_missing(show, now=timezone.now())
    if missing:
        raise ShowIncomplete(in_words(missing), missing=[str(one) for one in missing])


def conflict(show: Show) -> PublicationConflict:
    """Say where a show is, which is not where the step begins."""
    publication = reread(show).publication
    return PublicationConflict(publication=str(publication))


def _why_not_approved(show: Show, *, content: str) -> Exception:
    if show.publication != Publication.SUBMITTED:
        return conflict(show)
    return ContentChanged() if show.content_fingerprint != content else SecondPersonNeeded()
