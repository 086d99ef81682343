"""Whether the public may know of a concert or a performance: its states, who moved it, the condition to read by.

Both go DRAFT -> SUBMITTED -> APPROVED or REJECTED -> PUBLISHED, each for itself. A performance is public where it and
its concert are; every public reader asks by `ConcertQuerySet.public` and `PerformanceQuerySet.public`.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.common.database.states import StateEvent


class Publication(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    SUBMITTED = "SUBMITTED", _("Submitted")
    APPROVED = "APPROVED", _("Approved")
    REJECTED = "REJECTED", _("Rejected")
    PUBLISHED = "PUBLISHED", _("Published")


P = Publication

PUBLICATION_MOVES = {
    P.DRAFT: {P.SUBMITTED},
    P.SUBMITTED: {P.SUBMITTED, P.APPROVED, P.REJECTED},  # again, after a change
    P.APPROVED: {P.SUBMITTED, P.REJECTED, P.PUBLISHED},
    P.REJECTED: {P.SUBMITTED},
    P.PUBLISHED: {P.APPROVED},  # taken back, while nothing was sold
}
SUBMITTABLE = tuple(one for one, following in PUBLICATION_MOVES.items() if P.SUBMITTED in following)


class Publishable(models.Model):
    """What has to be published before the public knows of it.

    An approval is of a content: `content_fingerprint` is that of what was submitted (see publication/content.py).
    """

    publication = models.CharField(
        _("publication"),
        max_length=10,
        choices=Publication,
        default=Publication.DRAFT,
        db_default=Publication.DRAFT,
        editable=False,
    )
    publish_at = models.DateTimeField(
        _("published from"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("What is PUBLISHED is public from then on; empty: at once."),
    )
    content_fingerprint = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("submitted by"),
    )

    class Meta:
        abstract = True

    def is_scheduled(self, now: datetime) -> bool:
        """Whether it becomes public at a set time that is to come."""
        return self.publication == Publication.PUBLISHED and self.publish_at is not None and self.publish_at > now


def published(now: datetime, *, at: str = "") -> Q:
    """The condition that a row is published by itself at `now`; `at` leads to a related row: "concert"."""
    lead = f"{at}__" if at else ""
    in_time = Q((f"{lead}publish_at__isnull", True)) | Q((f"{lead}publish_at__lte", now))
    return Q((f"{lead}publication", Publication.PUBLISHED)) & in_time


class PublicationEvent(StateEvent):
    """One step towards publication, or back. Append-only."""

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    explanation = models.TextField(_("reason"), blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.from_status} -> {self.to_status}"

    @property
    def from_label(self) -> str:
        return str(Publication(self.from_status).label)

    @property
    def to_label(self) -> str:
        return str(Publication(self.to_status).label)

    @property
    def publish_at(self) -> datetime | None:
        """From when on it was to be public, where that was not at once."""
        at = self.details.get("publish_at")
        return datetime.fromisoformat(at) if at else None


class ConcertPublicationEvent(PublicationEvent):
    subject = models.ForeignKey(
        "concerts.Concert", on_delete=models.PROTECT, related_name="publication_events", verbose_name=_("concert")
    )

    class Meta:
        verbose_name = _("step of a concert's publication")
        verbose_name_plural = _("steps of concerts' publication")
        ordering = ["id"]


class PerformancePublicationEvent(PublicationEvent):
    subject = models.ForeignKey(
        "concerts.Performance",
        on_delete=models.PROTECT,
        related_name="publication_events",
        verbose_name=_("performance"),
    )

    class Meta:
        verbose_name = _("step of a performance's publication")
        verbose_name_plural = _("steps of performances' publication")
        ordering = ["id"]
