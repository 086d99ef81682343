"""What a customer gets back on cancelling: data that `apps.orders.cancellation` computes with."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CancellationPolicy(models.Model):
    """When a ticket can be cancelled, and what is free of a fee; the tiers price the rest."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    free_period_hours = models.PositiveIntegerField(
        _("free hours"), default=0, help_text=_("No fee within so many hours of booking; 0 for no such period.")
    )
    free_period_until_days = models.PositiveSmallIntegerField(
        _("free until days before"),
        default=0,
        help_text=_("The free period counts only with at least so many days left before the show."),
    )
    cutoff_days_before = models.PositiveSmallIntegerField(
        _("last day"),
        null=True,
        blank=True,
        help_text=_("The last day for cancelling, in days before the show; empty: until it starts."),
    )
    cutoff_time = models.TimeField(
        _("last time"), null=True, blank=True, help_text=_("Time of that last day, in the venue's time zone.")
    )
    booking_fee_krw = models.PositiveIntegerField(
        _("booking fee"),
        default=0,
        help_text=_("Part of each ticket's price that comes back only on the day of booking."),
    )

    class Meta:
        verbose_name = _("cancellation policy")
        verbose_name_plural = _("cancellation policies")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cutoff_days_before=None, cutoff_time=None)
                | Q(cutoff_days_before__isnull=False, cutoff_time__isnull=False),
                name="cancellation_cutoff_day_and_time_together",
            )
        ]

    def __str__(self) -> str:
        return self.name


class CancellationTier(models.Model):
    """The fee of a ticket that is cancelled with at least `days_before_min` days left.

    Of several tiers the one with the most days that are still left counts. The fee is
    `percent` of the price plus `per_ticket_krw`, and at most `cap_percent` of the price.
    """

    policy = models.ForeignKey(CancellationPolicy, on_delete=models.CASCADE, related_name="tiers")
    days_before_min = models.PositiveSmallIntegerField(_("days before"))
    percent = models.PositiveSmallIntegerField(_("percent"), default=0, validators=[MaxValueValidator(100)])
    per_ticket_krw = models.PositiveIntegerField(_("won a ticket"), default=0)
    cap_percent = models.PositiveSmallIntegerField(
        _("at most percent"), default=100, validators=[MaxValueValidator(100)]
    )

    class Meta:
        verbose_name = _("cancellation fee")
        verbose_name_plural = _("cancellation fees")
        ordering = ["policy", "-days_before_min"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "days_before_min"], name="cancellation_tier_once_per_day"),
            models.CheckConstraint(
                condition=Q(cap_percent__lte=100) & Q(percent__lte=F("cap_percent")),
                name="cancellation_tier_at_most_the_price",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.days_before_min} days or more: {self.percent} % + {self.per_ticket_krw} KRW"
