"""The figures of a day, in parts that can be added up; docs/kpis.md says what each is and what is derived from it.

A day is the operator's (settings.TIME_ZONE). Durations are whole microseconds, so that sums are exact.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.counseling.models.catalogue import Category
from apps.counseling.states import ON_QUEUE

ON_QUEUE_NAMES = f"{', '.join(ON_QUEUE[:-1])} and {ON_QUEUE[-1]}"


class DailyKpi(models.Model):
    """What a counselor's day and a category's day have in common."""

    day = models.DateField(_("day"))
    handled = models.PositiveIntegerField(default=0, help_text="parts that ended, other than by a loss")
    talk_us = models.PositiveBigIntegerField(default=0, help_text="of the parts handled, whole")
    responded = models.PositiveIntegerField(default=0, help_text="of the parts handled, those with a reply")
    answered = models.PositiveIntegerField(default=0, help_text="conversations that found their first counselor")
    wait_us = models.PositiveBigIntegerField(default=0, help_text="of the answered, from the request on")
    first_responses_us = models.JSONField(default=list, help_text="from request to first reply, each, in order")
    transfers_out = models.PositiveIntegerField(default=0)
    transfers_in = models.PositiveIntegerField(default=0)
    lost = models.PositiveIntegerField(default=0, help_text="parts that ended because the counselor was lost")
    ratings = models.PositiveIntegerField(default=0)
    rating_points = models.PositiveIntegerField(default=0)
    satisfied = models.PositiveIntegerField(default=0, help_text="ratings of 4 and 5")

    class Meta:
        abstract = True


class DailyCounselorKpi(DailyKpi):
    """A counselor's day."""

    counselor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    after_call_us = models.PositiveBigIntegerField(default=0, help_text="time in AFTER_CALL")
    on_queue_us = models.PositiveBigIntegerField(default=0, help_text=f"time in {ON_QUEUE_NAMES}")
    occupied_us = models.PositiveBigIntegerField(default=0, help_text="of that, in a conversation or AFTER_CALL")
    logged_in_us = models.PositiveBigIntegerField(default=0, help_text="time in any state but OFFLINE")
    session_us = models.PositiveBigIntegerField(default=0, help_text="of all parts, as far as they lie in the day")
    busy_us = models.PositiveBigIntegerField(default=0, help_text="time in at least one conversation")

    class Meta:
        verbose_name = _("day of a counselor")
        verbose_name_plural = _("days of counselors")
        constraints = [models.UniqueConstraint(fields=["counselor", "day"], name="counseling_one_counselor_day")]
        indexes = [models.Index(fields=["day"], name="counseling_counselor_days")]
        ordering = ["day", "counselor"]

    def __str__(self) -> str:
        return f"{self.counselor_id} {self.day}"


class DailyCategoryKpi(DailyKpi):
    """A category's day. Each conversation counts in one category at a time: their sum is the whole centre's day."""

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+")
    answered_in_time = models.PositiveIntegerField(default=0, help_text="of the answered, within the service level")
    abandoned = models.PositiveIntegerField(default=0, help_text="over before any counselor had them")
    closed = models.PositiveIntegerField(default=0, help_text="conversations that a counselor has had, and are over")
    resolved = models.PositiveIntegerField(default=0, help_text="of the closed, without a further request in time")

    class Meta:
        verbose_name = _("day of a category")
        verbose_name_plural = _("days of categories")
        constraints = [models.UniqueConstraint(fields=["category", "day"], name="counseling_one_category_day")]
        indexes = [models.Index(fields=["day"], name="counseling_category_days")]
        ordering = ["day", "category"]

    def __str__(self) -> str:
        return f"{self.category_id} {self.day}"


class KpiMark(models.Model):
    """Something happened that changes figures: to a conversation, or to a counselor's states at an instant.

    Written with what happened, in its transaction, and deleted by a refresh that has seen it. Rows are only
    added, so that nobody who ends a conversation waits for somebody else who does.
    """

    session_id = models.PositiveBigIntegerField(null=True)
    counselor_id = models.PositiveBigIntegerField(null=True)
    state_changed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(session_id__isnull=False, counselor_id=None, state_changed_at=None)
                | models.Q(session_id=None, counselor_id__isnull=False, state_changed_at__isnull=False),
                name="counseling_mark_of_one_kind",
            )
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"session {self.session_id}" if self.session_id else f"counselor {self.counselor_id}"
