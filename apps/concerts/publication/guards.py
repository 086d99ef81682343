"""What may not be changed any more of a show that is published, or set to be."""

from __future__ import annotations

from django.utils import timezone

from apps.common.errors import ValidationFailed
from apps.concerts.errors import PublicationConflict
from apps.concerts.models import CancellationPolicy, Concert, Performance, Publication, Venue
from apps.concerts.publication.content import Show


def refuse_while_scheduled(*shows: Show) -> None:
    """Keep what is approved and set for a time as it is: nobody would look at it again.

    The caller has locked the rows: publishing locks them too.

    Raises:
        PublicationConflict: one has to be taken back first.
    """
    if any(show.is_scheduled(timezone.now()) for show in shows):
        raise PublicationConflict("It is approved as it is and set to be published; take that back first.")


def refuse_to_take_prices_away(performance: Performance, *, are_left: bool) -> None:
    """A performance that is published has something to sell.

    Raises:
        ValidationFailed
    """
    if performance.publication == Publication.PUBLISHED and not are_left:
        raise ValidationFailed(errors={"prices": ["The performance is published: a section has to have a grade."]})


def check_policy_change(policy: CancellationPolicy) -> None:
    """Hold a policy, as it has been changed in the caller's transaction, to the concerts that go by it.

    Raises:
        PublicationConflict: one of them is set to be published as it was.
        ValidationFailed: a published one would have a policy without fees, which pays nothing back.
    """
    concerts = list(Concert.objects.select_for_update().filter(cancellation_policy=policy).order_by("pk"))
    refuse_while_scheduled(*concerts)
    is_published = any(concert.publication == Publication.PUBLISHED for concert in concerts)
    if is_published and not policy.tiers.exists():
        raise ValidationFailed(errors={"tiers": ["A published concert goes by this policy: it needs its fees."]})


def check_venue_change(venue: Venue) -> None:
    """Hold a hall that is to be renamed to the performances in it.

    Raises:
        PublicationConflict: one of them is set to be published as it is.
    """
    refuse_while_scheduled(*Performance.objects.select_for_update().filter(venue=venue).order_by("pk"))
