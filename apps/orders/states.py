"""The states of an order and the moves between them.

PENDING -> RESERVED -> CONFIRMING -> PAID -> CANCELLED, with WAITING_FOR_DEPOSIT between
CONFIRMING and PAID for a virtual account; a definite refusal leads back to RESERVED.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderStatus(TextChoices):
    PENDING = "PENDING", _("pending")
    RESERVED = "RESERVED", _("reserved")
    CONFIRMING = "CONFIRMING", _("confirming")
    WAITING_FOR_DEPOSIT = "WAITING_FOR_DEPOSIT", _("waiting for deposit")
    PAID = "PAID", _("paid")
    CANCELLED = "CANCELLED", _("cancelled")
    EXPIRED = "EXPIRED", _("expired")


S = OrderStatus

ORDER_MOVES = {
    S.PENDING: {S.RESERVED, S.EXPIRED, S.CANCELLED},
    # PAID at once: money that was thought to have been refused was taken after all, and the seats are still held.
    S.RESERVED: {S.CONFIRMING, S.PAID, S.EXPIRED, S.CANCELLED},
    S.CONFIRMING: {S.PAID, S.RESERVED, S.WAITING_FOR_DEPOSIT, S.CANCELLED},
    S.WAITING_FOR_DEPOSIT: {S.PAID, S.CANCELLED, S.EXPIRED},
    S.PAID: {S.CANCELLED, S.WAITING_FOR_DEPOSIT},
    # Money that comes late for an order that has ended buys the seats again, if they are free.
    S.EXPIRED: {S.PAID},
    S.CANCELLED: {S.PAID},
}

TIME_RAN_OUT = "time ran out"  # the reason of the event with which an order expires that nobody paid

OPEN = (S.PENDING, S.RESERVED)
NEEDS_PASS = (S.RESERVED, S.CONFIRMING)
HOLDING = (*NEEDS_PASS, S.WAITING_FOR_DEPOSIT)
