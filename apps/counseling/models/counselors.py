"""Who answers: what a counselor can do, and the history of each one's states."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.counseling.models.catalogue import Category
from apps.counseling.states import CounselorState

MAX_CAPACITY = 20


class CounselorProfile(models.Model):
    """How many conversations at once, and about what. Each counselor's state lives in Redis."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="counselor_profile",
        verbose_name=_("counselor"),
    )
    capacity = models.PositiveSmallIntegerField(
        _("capacity"), default=3, validators=[MinValueValidator(1), MaxValueValidator(MAX_CAPACITY)]
    )
    skills = models.ManyToManyField(Category, blank=True, related_name="counselors", verbose_name=_("skills"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("counselor")
        verbose_name_plural = _("counselors")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(capacity__gte=1, capacity__lte=MAX_CAPACITY), name="counseling_capacity_in_range"
            )
        ]
        permissions = [
            ("supervise", _("Can watch, join, take over and end conversations")),
            ("act_on_orders", _("Can extend holds, resend tickets and cancel orders from a conversation")),
        ]

    def __str__(self) -> str:
        return str(self.user)


class CounselorStateEvent(models.Model):
    """A counselor's state changed. Append-only; what happened when is Redis' word, and KPIs come from it.

    `change_id` is the entry's id in Redis' stream of changes, which makes the copying safe to repeat.
    """

    change_id = models.CharField(max_length=40, unique=True, editable=False)
    counselor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("counselor")
    )
    from_state = models.CharField(_("from"), max_length=12, choices=CounselorState.choices)
    to_state = models.CharField(_("to"), max_length=12, choices=CounselorState.choices)
    reason = models.CharField(_("reason"), max_length=40)
    load = models.PositiveSmallIntegerField(_("conversations"), help_text="conversations at that moment")
    happened_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("state of a counselor")
        verbose_name_plural = _("states of counselors")
        indexes = [models.Index(fields=["counselor", "happened_at", "change_id"], name="counseling_state_history")]
        ordering = ["happened_at", "change_id"]

    def __str__(self) -> str:
        return f"{self.counselor_id}: {self.from_state} -> {self.to_state}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("the history of states is never deleted")
