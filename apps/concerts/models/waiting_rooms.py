"""What of a waiting room outlives Redis: who changed it, and how far its line had come."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class WaitingRoomMode(models.TextChoices):
    OPEN = "OPEN", _("Open: no queue")
    QUEUE = "QUEUE", _("Queue: admitted in order")
    PAUSED = "PAUSED", _("Paused: nobody is admitted")
    CLOSED = "CLOSED", _("Closed: nobody may join")


class WaitingRoomChange(models.Model):
    """One change of a waiting room's settings. Append-only."""

    performance = models.ForeignKey(
        "concerts.Performance",
        on_delete=models.CASCADE,
        related_name="waiting_room_changes",
        verbose_name=_("performance"),
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    at = models.DateTimeField(_("at"), default=timezone.now)
    changes = models.JSONField(
        _("changes"), help_text=_('By field, the value before and after: {"mode": ["QUEUE", "PAUSED"]}.')
    )

    class Meta:
        verbose_name = _("waiting room change")
        verbose_name_plural = _("waiting room changes")
        ordering = ["-at", "-id"]

    def __str__(self) -> str:
        return f"performance {self.performance_id}: {self.changes}"


class WaitingRoomMark(models.Model):
    """How far a line is known to have come; the numbers in it never go down."""

    performance = models.OneToOneField(
        "concerts.Performance", on_delete=models.CASCADE, primary_key=True, related_name="waiting_room_mark"
    )
    next_number = models.PositiveBigIntegerField(default=0, help_text="The last number that was given out.")
    cursor = models.PositiveBigIntegerField(
        default=0, help_text="Everybody up to this number is through the door, or has missed the turn."
    )
    saved_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"performance {self.performance_id}: {self.cursor} of {self.next_number}"


class WaitingRoomEvent(models.Model):
    """What happened to a number of a line: it was used up, or a pass that it led to has ended. Append-only."""

    class Kind(models.TextChoices):
        ADMITTED = "A", "let in"
        ENDED = "E", "the pass has ended"  # of an account; there is no number with it
        LEFT = "L", "left before the turn"
        MISSED = "M", "came back too late for the turn"

    performance = models.ForeignKey(
        "concerts.Performance", on_delete=models.CASCADE, related_name="waiting_room_events"
    )
    entry = models.PositiveBigIntegerField(help_text="The event's id in Redis' stream: it is stored once.")
    kind = models.CharField(max_length=1, choices=Kind)
    number = models.PositiveBigIntegerField()
    account = models.PositiveBigIntegerField(help_text="The id of a user who may be gone since.")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["performance", "entry"], name="waiting_room_event_once")]

    def __str__(self) -> str:
        return f"performance {self.performance_id}: {self.number} {self.get_kind_display()}"


class WaitingRoomMoment(models.Model):
    """How a line stood while it moved, every few seconds: what it had given out, and what it promised. Append-only."""

    performance = models.ForeignKey(
        "concerts.Performance", on_delete=models.CASCADE, related_name="waiting_room_moments"
    )
    at = models.DateTimeField()
    next_number = models.PositiveBigIntegerField()
    cursor = models.PositiveBigIntegerField()
    expected_seconds = models.FloatField(help_text="The wait that somebody who joined then was told.")
    mode = models.CharField(max_length=6, choices=WaitingRoomMode)
    rate = models.FloatField()
    inside_limit = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"performance {self.performance_id} at {self.at}: {self.cursor} of {self.next_number}"
