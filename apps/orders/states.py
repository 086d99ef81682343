"""The moves of an order.

PENDING -> RESERVED -> CONFIRMING -> PAID -> CANCELLED, with WAITING_FOR_DEPOSIT between
CONFIRMING and PAID for a virtual account; a definite refusal leads back to RESERVED.
"""

from apps.common.states import Moves
from apps.orders.models import Order, OrderEvent

Status = Order.Status

MOVES = Moves(
    Order,
    OrderEvent,
    {
        Status.PENDING: {Status.RESERVED, Status.EXPIRED, Status.CANCELLED},
        Status.RESERVED: {Status.CONFIRMING, Status.EXPIRED, Status.CANCELLED},
        Status.CONFIRMING: {Status.PAID, Status.RESERVED, Status.WAITING_FOR_DEPOSIT, Status.CANCELLED},
        Status.WAITING_FOR_DEPOSIT: {Status.PAID, Status.CANCELLED, Status.EXPIRED},
        Status.PAID: {Status.CANCELLED, Status.WAITING_FOR_DEPOSIT},
        # Money that comes late for an order that has ended buys the seats again, if they are free.
        Status.EXPIRED: {Status.PAID},
        Status.CANCELLED: {Status.PAID},
    },
)

OPEN = (Status.PENDING, Status.RESERVED)
HOLDING = (Status.RESERVED, Status.CONFIRMING, Status.WAITING_FOR_DEPOSIT)
