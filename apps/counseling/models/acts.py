"""What counselors did with customers' orders from a conversation, and what customers wrote when nobody was there."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.counseling.models.catalogue import Category
from apps.counseling.models.sessions import CounselSession


class CounselorAct(models.Model):
    """An act on a customer's order, with the conversation it was done in. Append-only."""

    class Kind(models.TextChoices):
        EXTEND_HOLD = "extend_hold", _("hold extended")
        RESEND_TICKETS = "resend_tickets", _("tickets sent again")
        CANCEL_ORDER = "cancel_order", _("order cancelled")

    session = models.ForeignKey(
        CounselSession, on_delete=models.PROTECT, related_name="acts", verbose_name=_("conversation")
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("counselor")
    )
    kind = models.CharField(_("act"), max_length=16, choices=Kind.choices)
    order = models.ForeignKey(
        "orders.Order", on_delete=models.PROTECT, related_name="counselor_acts", verbose_name=_("order")
    )
    once = models.BooleanField(
        null=True, default=None, editable=False, help_text="true for what may be done once an order, else NULL"
    )
    details = models.JSONField(_("details"), default=dict)
    happened_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("act of a counselor")
        verbose_name_plural = _("acts of counselors")
        constraints = [models.UniqueConstraint(fields=["order", "kind", "once"], name="counseling_once_an_order")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.session_id}: {self.kind} {self.order_id}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("the audit of acts is never deleted")


class Inquiry(models.Model):
    """A question in writing, for when nobody is there or the wait is long; staff answer it by e-mail."""

    class Status(models.TextChoices):
        OPEN = "OPEN", _("open")
        ANSWERED = "ANSWERED", _("answered")
        CLOSED = "CLOSED", _("closed without an answer")

    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="inquiries", verbose_name=_("customer")
    )
    category = models.ForeignKey(
        Category, on_delete=models.PROTECT, related_name="inquiries", verbose_name=_("category")
    )
    session = models.OneToOneField(
        CounselSession,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="inquiry",
        verbose_name=_("conversation"),
    )
    email = models.EmailField(_("e-mail address"))
    subject = models.CharField(_("subject"), max_length=200)
    content = models.TextField(_("content"), max_length=5000)
    status = models.CharField(_("status"), max_length=8, choices=Status.choices, default=Status.OPEN)
    answer = models.TextField(_("answer"), max_length=5000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("answered by")
    )
    created_at = models.DateTimeField(_("written at"))
    answered_at = models.DateTimeField(_("answered at"), null=True)

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        indexes = [models.Index(fields=["status", "created_at"], name="counseling_inquiries")]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"#{self.pk}: {self.subject}"
