"""Orders, their lines, and the tickets that a payment makes of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.common.database.states import Moves, StateEvent
from apps.orders import states


class Delivery(models.TextChoices):
    """How the tickets come to the hand that shows them."""

    MOBILE = "MOBILE", _("mobile ticket")
    ON_SITE = "ON_SITE", _("pick-up at the venue")


class Order(models.Model):
    """What one buyer asks for: seats of one performance at a fixed amount."""

    Status = states.OrderStatus

    id = models.CharField(_("order number"), primary_key=True, max_length=32, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="orders", verbose_name=_("buyer")
    )
    performance = models.ForeignKey(
        "concerts.Performance", on_delete=models.PROTECT, related_name="orders", verbose_name=_("performance")
    )
    status = models.CharField(_("status"), max_length=24, choices=Status.choices, default=Status.PENDING)
    amount_krw = models.PositiveIntegerField(_("amount"))
    hold_version = models.PositiveBigIntegerField(
        _("hold's version"), null=True, help_text="fencing token of the hold, from Redis"
    )
    pass_id = models.PositiveBigIntegerField(
        _("access pass"), null=True, editable=False, help_text="by which its seats were held; ended with the purchase"
    )
    expires_at = models.DateTimeField(_("ends at"), help_text="when a PENDING or RESERVED order ends by itself")
    booker = models.ForeignKey(
        "accounts.Booker", null=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("booker's profile")
    )
    booker_name = models.CharField(_("booker's name"), max_length=50, blank=True)
    booker_phone = models.CharField(_("booker's phone"), max_length=20, blank=True)
    booker_email = models.EmailField(_("booker's e-mail address"), blank=True)
    delivery = models.CharField(
        _("handed over"), max_length=8, choices=Delivery.choices, default=Delivery.MOBILE, db_default=Delivery.MOBILE
    )
    idempotency_key = models.CharField(max_length=255, null=True, editable=False)  # noqa: DJ001 - NULL is not unique
    request_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(_("placed at"))
    paid_at = models.DateTimeField(_("paid at"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)

    class Meta:
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        constraints = [
            models.UniqueConstraint(fields=["user", "idempotency_key"], name="one_order_per_idempotency_key"),
        ]
        indexes = [
            models.Index(fields=["status", "expires_at"]),
            models.Index(fields=["performance", "status"]),
            models.Index(fields=["user", "created_at"]),
        ]
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.id


class OrderLine(models.Model):
    """One seat of an order, at the price it had when the order was placed.

    Clients know a line by its `number` within the order, 1 and up (`line_ids` of a cancellation).
    """

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="lines", verbose_name=_("order"))
    number = models.PositiveSmallIntegerField(_("number"))
    seat = models.ForeignKey("concerts.Seat", on_delete=models.PROTECT, related_name="+", verbose_name=_("seat"))
    grade_name = models.CharField(_("grade"), max_length=20)
    price_krw = models.PositiveIntegerField(_("price"))

    class Meta:
        verbose_name = _("seat of an order")
        verbose_name_plural = _("seats of orders")
        constraints = [
            models.UniqueConstraint(fields=["order", "number"], name="one_line_per_number_of_an_order"),
            models.UniqueConstraint(fields=["order", "seat"], name="one_line_per_seat_of_an_order"),
        ]
        ordering = ["order", "number"]

    def __str__(self) -> str:
        return f"{self.order_id} seat {self.seat_id}"


class Ticket(models.Model):
    """A seat that was paid for. `live` is true or NULL: one live ticket for each seat of a performance."""

    class Status(models.TextChoices):
        VALID = "VALID", _("valid")
        CANCELLED = "CANCELLED", _("cancelled")

    code = models.CharField(_("code"), max_length=32, unique=True, editable=False)
    line = models.ForeignKey(OrderLine, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("line"))
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("order"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tickets", verbose_name=_("owner")
    )
    performance = models.ForeignKey(
        "concerts.Performance", on_delete=models.PROTECT, related_name="tickets", verbose_name=_("performance")
    )
    seat = models.ForeignKey("concerts.Seat", on_delete=models.PROTECT, related_name="+", verbose_name=_("seat"))
    status = models.CharField(_("status"), max_length=12, choices=Status.choices, default=Status.VALID)
    live = models.BooleanField(null=True, default=True, editable=False)
    issued_at = models.DateTimeField(_("issued at"))
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)

    class Meta:
        verbose_name = _("ticket")
        verbose_name_plural = _("tickets")
        constraints = [
            # MySQL has no partial index; of NULLs a unique index allows any number.
            models.UniqueConstraint(fields=["performance", "seat", "live"], name="one_live_ticket_per_seat"),
            models.CheckConstraint(
                condition=models.Q(status="VALID", live=True) | models.Q(status="CANCELLED", live__isnull=True),
                name="a_valid_ticket_is_live",
            ),
        ]
        indexes = [models.Index(fields=["performance", "user", "live"])]
        ordering = ["id"]

    def __str__(self) -> str:
        return self.code


class OrderEvent(StateEvent):
    """What happened to an order."""

    subject = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events", verbose_name=_("order"))

    class Meta:
        verbose_name = _("event of an order")
        verbose_name_plural = _("events of orders")
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "id"])]

    def __str__(self) -> str:
        return f"{self.subject_id}: {self.from_status} -> {self.to_status}"


ORDER_MOVES = Moves(Order, OrderEvent, states.ORDER_MOVES)
