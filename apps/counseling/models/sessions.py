"""Counsel sessions from the request to the rating, and who had them when."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.common.database.states import Moves, StateEvent
from apps.counseling import states
from apps.counseling.models.catalogue import Category, WrapUpCode


class CounselSession(models.Model):
    """One conversation of a customer's. `is_open` is true or NULL: one open conversation a customer and category.

    `last_seq` is the number of the last entry of its log; whoever adds one raises it in the same transaction.
    """

    Status = states.SessionStatus

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="counsel_sessions", verbose_name=_("customer")
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="sessions", verbose_name=_("category")
    )
    counselor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="who has it, or had",
        verbose_name=_("counselor"),
    )
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    request_id = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001 - NULL is not unique
    priority = models.CharField(
        _("priority"), max_length=8, choices=states.Priority.choices, default=states.Priority.NORMAL
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.WAITING)
    is_open = models.BooleanField(null=True, default=True, editable=False)
    wanted_counselor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="to whom it was transferred; empty for anybody",
        verbose_name=_("transferred to"),
    )
    requested_at = models.DateTimeField(
        _("requested at"), help_text="the customer's wait, and its place in the line, begin here"
    )
    answered_at = models.DateTimeField(_("answered at"), null=True, help_text="when a counselor first had it")
    first_response_at = models.DateTimeField(_("first reply at"), null=True, help_text="when a counselor first wrote")
    ended_at = models.DateTimeField(_("ended at"), null=True)
    end_reason = models.CharField(_("ended because"), max_length=12, choices=states.EndReason.choices, blank=True)
    last_seq = models.PositiveIntegerField(default=0, editable=False)
    customer_read_seq = models.PositiveIntegerField(default=0, editable=False)
    counselor_read_seq = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(fields=["customer", "request_id"], name="counseling_one_session_per_request"),
            models.UniqueConstraint(fields=["customer", "category", "is_open"], name="counseling_one_open_session"),
            models.CheckConstraint(
                condition=Q(status__in=states.OPEN_SESSIONS, is_open=True)
                | (~Q(status__in=states.OPEN_SESSIONS) & Q(is_open__isnull=True)),
                name="counseling_open_means_open",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "requested_at"], name="counseling_by_status"),
            models.Index(fields=["counselor", "requested_at"], name="counseling_by_counselor"),
            models.Index(fields=["customer", "requested_at"], name="counseling_by_customer"),
            models.Index(fields=["category", "requested_at"], name="counseling_by_category"),
            models.Index(fields=["category", "ended_at"], name="counseling_closed"),
            models.Index(fields=["requested_at"], name="counseling_by_request"),
        ]
        ordering = ["-requested_at", "-id"]

    def __str__(self) -> str:
        return f"#{self.pk}"


class CounselSessionEvent(StateEvent):
    """What happened to a conversation."""

    subject = models.ForeignKey(
        CounselSession, on_delete=models.PROTECT, related_name="events", verbose_name=_("conversation")
    )

    class Meta:
        verbose_name = _("event of a conversation")
        verbose_name_plural = _("events of conversations")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.from_status} -> {self.to_status}"


COUNSEL_SESSION_MOVES = Moves(CounselSession, CounselSessionEvent, states.SESSION_MOVES)


class CounselAssignment(models.Model):
    """A counselor's part of a conversation, from the acceptance until its end or a transfer.

    `is_live` is true or NULL: one counselor has a conversation at a time. The after-call work that follows is
    the counselor's, `after_call_ended_at` NULL while it lasts; a transfer has none.
    """

    class EndedBy(models.TextChoices):
        SESSION_END = "session_end", _("the conversation ended")
        TRANSFER = "transfer", _("transferred")
        TAKE_OVER = "take_over", _("a supervisor took over")
        LOST = "lost", _("the counselor was lost")

    session = models.ForeignKey(
        CounselSession, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("conversation")
    )
    counselor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("counselor")
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", verbose_name=_("category"))
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("until"), null=True)
    ended_by = models.CharField(_("ended by"), max_length=12, choices=EndedBy.choices, blank=True)
    is_live = models.BooleanField(null=True, default=True, editable=False)
    first_response_at = models.DateTimeField(_("first reply at"), null=True)

    class Meta:
        verbose_name = _("part of a conversation")
        verbose_name_plural = _("parts of conversations")
        constraints = [
            models.UniqueConstraint(fields=["session", "is_live"], name="counseling_one_live_assignment"),
            models.CheckConstraint(
                condition=Q(is_live=True, ended_at=None) | Q(is_live=None, ended_at__isnull=False),
                name="counseling_live_until_ended",
            ),
        ]
        indexes = [
            models.Index(fields=["counselor", "started_at"], name="counseling_assignments"),
            models.Index(fields=["counselor", "ended_at", "started_at"], name="counseling_parts_of_counselor"),
            models.Index(fields=["category", "ended_at", "started_at"], name="counseling_parts_of_category"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"#{self.session_id}: {self.counselor_id}"


class CounselLog(models.Model):
    """What is kept of a conversation that has ended: one row each, written before all else of its end.

    Durations are seconds with microseconds. After-call figures come when the counselor, or the limit, ends it.
    """

    session = models.OneToOneField(
        CounselSession, primary_key=True, on_delete=models.PROTECT, related_name="log", verbose_name=_("conversation")
    )
    counselor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("counselor")
    )
    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="+", verbose_name=_("category"))
    reason = models.CharField(_("ended because"), max_length=12, choices=states.EndReason.choices)
    waited_seconds = models.DecimalField(_("waited (s)"), max_digits=16, decimal_places=6)
    duration_seconds = models.DecimalField(_("lasted (s)"), max_digits=16, decimal_places=6)
    messages = models.PositiveIntegerField(_("messages"), default=0)
    ended_at = models.DateTimeField(_("ended at"))
    after_call_ended_at = models.DateTimeField(_("written up at"), null=True)
    after_call_seconds = models.DecimalField(_("after call (s)"), max_digits=16, decimal_places=6, null=True)
    wrap_up = models.ForeignKey(
        WrapUpCode, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("outcome")
    )
    wrap_up_note = models.CharField(_("note"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("log of a conversation")
        verbose_name_plural = _("log of conversations")
        indexes = [models.Index(fields=["counselor", "ended_at"], name="counseling_log_by_counselor")]
        ordering = ["-ended_at"]

    def __str__(self) -> str:
        return f"#{self.session_id}"


class CounselRating(models.Model):
    """What the customer thought of it: 1 to 5, once."""

    session = models.OneToOneField(
        CounselSession,
        primary_key=True,
        on_delete=models.PROTECT,
        related_name="rating",
        verbose_name=_("conversation"),
    )
    score = models.PositiveSmallIntegerField(_("score"))
    feedback = models.TextField(_("feedback"), max_length=1000, blank=True)
    rated_at = models.DateTimeField(_("rated at"))

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(condition=Q(score__gte=1, score__lte=5), name="counseling_rating_in_range")
        ]
        indexes = [models.Index(fields=["rated_at"], name="counseling_ratings")]

    def __str__(self) -> str:
        return f"#{self.session_id}: {self.score}"
