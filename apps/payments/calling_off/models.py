"""The calling off of performances: who did it and why, how far it has come, and who has been told."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

MOST_EXTRA_PERCENT = 100


class CallOff(models.Model):
    """The calling off of one performance, from its proposal to its last refund.

    Whether the performance is called off is its own status. What came of each order is its refunds', not copied here.
    """

    class Status(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        WITHDRAWN = "WITHDRAWN", _("withdrawn")
        RUNNING = "RUNNING", _("under way")
        DONE = "DONE", _("done")

    performance = models.OneToOneField(
        "concerts.Performance", on_delete=models.PROTECT, related_name="call_off", verbose_name=_("performance")
    )
    status = models.CharField(_("status"), max_length=12, choices=Status.choices)
    reason = models.CharField(_("reason"), max_length=500, help_text=_("what customers read"))
    extra_percent = models.PositiveSmallIntegerField(
        _("extra share"),
        default=0,
        validators=[MaxValueValidator(MOST_EXTRA_PERCENT)],
        help_text=_("of each ticket's price, in percent, which the organiser owes beyond the refund"),
    )
    called_off_at = models.DateTimeField(_("called off at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    lease = models.CharField(max_length=32, blank=True, editable=False)
    leased_until = models.DateTimeField(null=True, editable=False)
    paused_until = models.DateTimeField(_("goes on at"), null=True)
    pause_seconds = models.PositiveSmallIntegerField(default=0, editable=False)
    tried_again_at = models.DateTimeField(null=True, editable=False)
    trouble = models.CharField(_("why it pauses"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("calling off")
        verbose_name_plural = _("callings off")
        default_permissions = ("view",)
        permissions = [("call_off_performance", "Can call off a performance")]
        constraints = [
            models.CheckConstraint(condition=Q(extra_percent__lte=MOST_EXTRA_PERCENT), name="call_off_extra_percent")
        ]
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.performance_id}: {self.status}"

    @property
    def is_in_force(self) -> bool:
        return self.status in (self.Status.RUNNING, self.Status.DONE)


class CallOffAct(models.Model):
    """What a member of staff did about calling off a performance. Append-only."""

    class Kind(models.TextChoices):
        PROPOSED = "proposed", _("calling off proposed")
        WITHDRAWN = "withdrawn", _("proposal to call off withdrawn")
        DECIDED = "called_off", _("performance called off")
        TRIED_AGAIN = "tried_again", _("what was left was tried again")

    call_off = models.ForeignKey(CallOff, on_delete=models.PROTECT, related_name="acts")
    kind = models.CharField(_("act"), max_length=12, choices=Kind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("who")
    )
    details = models.JSONField(_("details"), default=dict)
    happened_at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("act of calling off")
        verbose_name_plural = _("acts of calling off")
        default_permissions = ("view",)
        indexes = [models.Index(fields=["happened_at"], name="payments_call_off_acts")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.call_off_id}"

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("the audit of acts is never deleted")


class CallOffNotice(models.Model):
    """An order whose buyer is told that the show is called off, and what the organiser owes them beyond the refund.

    The extra share is owed until `settled_at`: staff note how the organiser has paid it (services/extra_shares.py).
    """

    class Way(models.TextChoices):
        BANK = "BANK", _("by bank transfer")
        DESK = "DESK", _("at the desk")
        DONATED = "DONATED", _("given up or donated by the buyer")
        OTHER = "OTHER", _("in another way")

    call_off = models.ForeignKey(CallOff, on_delete=models.PROTECT, related_name="notices")
    order = models.OneToOneField("orders.Order", on_delete=models.PROTECT, related_name="call_off_notice")
    extra_krw = models.PositiveIntegerField(_("extra share"), default=0)
    sent_at = models.DateTimeField(_("sent at"), null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(_("why not sent"), max_length=255, blank=True)
    settled_at = models.DateTimeField(_("settled at"), null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("settled by")
    )
    settled_way = models.CharField(
        _("how it was settled"), max_length=12, choices=Way.choices, blank=True, db_default=""
    )
    settled_reference = models.CharField(
        _("reference"), max_length=120, blank=True, db_default="", help_text=_("what the payment is found by")
    )

    class Meta:
        verbose_name = _("notice of calling off")
        verbose_name_plural = _("notices of calling off")
        default_permissions = ()
        permissions = [("settle_extra_share", "Can note that an extra share was paid")]
        indexes = [
            models.Index(fields=["call_off", "sent_at", "tries"], name="payments_call_off_unsent"),
            models.Index(fields=["settled_at", "extra_krw"], name="payments_extra_owed"),
        ]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.order_id}: {self.sent_at or 'not sent'}"


class ExtraShare(CallOffNotice):
    """What the organiser of a show that was called off owes a buyer beyond the refund, as staff see it."""

    class Meta:
        proxy = True
        verbose_name = _("extra share")
        verbose_name_plural = _("extra shares")
        default_permissions = ()
