"""What a concert's deposits differ in from the platform's settings."""

from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.concerts.models.concerts import Concert

MOST_DAYS = 7


class DepositPolicy(models.Model):
    """How a concert's tickets may be paid by a deposit; what is empty is as the platform's settings have it."""

    concert = models.OneToOneField(
        Concert, on_delete=models.CASCADE, related_name="deposit_policy", verbose_name=_("concert")
    )
    is_offered = models.BooleanField(_("deposits offered"), default=True)
    days = models.PositiveSmallIntegerField(
        _("days to pay"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("Until the end of so many days after the order's: 0 the same day, 1 the next one."),
    )
    until_hours_before = models.PositiveSmallIntegerField(
        _("hours before the show"), null=True, blank=True, help_text=_("From then on no deposit is offered.")
    )
    after_hours = models.PositiveSmallIntegerField(
        _("hours after the sale opens"),
        null=True,
        blank=True,
        help_text=_("For so long no deposit is offered where a queue stands before the sale."),
    )
    share_percent = models.PositiveSmallIntegerField(
        _("percent of the seats"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text=_("So many of a show's seats may wait for deposits at once."),
    )

    class Meta:
        verbose_name = _("deposits")
        verbose_name_plural = _("deposits")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(share_percent=None) | models.Q(share_percent__lte=100),
                name="deposit_share_at_most_all_seats",
            ),
            models.CheckConstraint(
                condition=models.Q(days=None) | models.Q(days__lte=MOST_DAYS), name="deposit_days_at_most_a_week"
            ),
        ]

    def __str__(self) -> str:
        return f"deposits of {self.concert_id}"
