"""Deposits: what whoever opens one locks, and the orders that wait for one, as staff see them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.orders.models import Order


class DepositGate(models.Model):
    """A row to lock while a deposit is opened: one for each person, and one for each show (`person:7`, `show:3`)."""

    name = models.CharField(primary_key=True, max_length=40)
    passed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class WaitingDeposit(Order):
    """An order that waits for its deposit."""

    class Meta:
        proxy = True
        verbose_name = _("open deposit")
        verbose_name_plural = _("open deposits")
        default_permissions = ()
