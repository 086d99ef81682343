"""That a show got another date or hall: who moved it, from when and where to when and where, and why."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.concerts.models.concerts import Performance
from apps.concerts.models.venues import Venue


class PerformanceMove(models.Model):
    """One move of a performance. Rows stay; of each only the outcome is added, and how far holders have been told.

    `open` is true while the move is under way, else NULL: of a performance there is one such move at most.
    """

    class Status(models.TextChoices):
        UNDER_WAY = "UNDER_WAY", _("under way")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("not done")

    performance = models.ForeignKey(
        Performance, on_delete=models.CASCADE, related_name="moves", verbose_name=_("performance")
    )
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.UNDER_WAY)
    open = models.BooleanField(null=True, default=True, editable=False)
    from_starts_at = models.DateTimeField(_("started at"))
    to_starts_at = models.DateTimeField(_("starts at"))
    from_venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+", verbose_name=_("hall before"))
    to_venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="+", verbose_name=_("hall"))
    from_sale_closes_at = models.DateTimeField(_("sale closed at"))
    to_sale_closes_at = models.DateTimeField(_("sale closes at"))
    free_return_until = models.DateTimeField(_("free return until"))
    reason = models.CharField(_("reason"), max_length=300)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    asked_at = models.DateTimeField(_("at"))
    moved_at = models.DateTimeField(_("in force since"), null=True)
    why_refused = models.CharField(_("why not"), max_length=300, blank=True)
    notified_through = models.CharField(max_length=32, blank=True, help_text="The last order whose holder was told.")
    notified = models.PositiveIntegerField(_("holders told"), default=0)
    notified_at = models.DateTimeField(_("all told at"), null=True)

    class Meta:
        verbose_name = _("move")
        verbose_name_plural = _("moves")
        ordering = ["-id"]
        permissions = [("move_performance", "Can move a performance to another date or hall")]
        constraints = [
            models.UniqueConstraint(fields=["performance", "open"], name="one_open_move_per_performance"),
            models.CheckConstraint(
                condition=Q(status="UNDER_WAY", open=True) | (~Q(status="UNDER_WAY") & Q(open__isnull=True)),
                name="an_open_move_is_under_way",
            ),
        ]
        indexes = [models.Index(fields=["status", "notified_at"], name="move_to_be_told")]

    def __str__(self) -> str:
        return f"{self.performance_id}: {self.from_starts_at:%Y-%m-%d %H:%M} -> {self.to_starts_at:%Y-%m-%d %H:%M} UTC"

    @property
    def started_there(self) -> datetime:
        """When it was to start, in the zone of the hall in which it was to be."""
        return self.from_starts_at.astimezone(self.from_venue.zone)

    @property
    def starts_there(self) -> datetime:
        """When it starts, in the zone of the hall in which it is."""
        return self.to_starts_at.astimezone(self.to_venue.zone)

    @property
    def changes_hall(self) -> bool:
        return self.from_venue_id != self.to_venue_id
