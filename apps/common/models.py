from django.db import models
from django.utils import timezone


class OutboxMessage(models.Model):
    """Work that has to be done because a transaction committed (see `outbox`); kept until it has succeeded."""

    task = models.CharField(max_length=128)
    arguments = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=255, blank=True)

    class Meta:
        indexes = [models.Index(fields=["next_attempt_at"])]

    def __str__(self) -> str:
        return f"{self.task} #{self.pk}"
