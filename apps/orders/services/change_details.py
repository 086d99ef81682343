"""Choose who an order is for and how its tickets are handed over, as long as its seats are held and unpaid."""

from __future__ import annotations

from typing import Any, TypedDict, Unpack

from django.db.models.functions import Now

from apps.accounts.selectors import get_booker
from apps.common.errors import NotFound, ValidationFailed
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.models import Order

Status = Order.Status


class OrderDetails(TypedDict, total=False):
    """What is named is changed: a booker profile's id (None for nobody), and a `Delivery`."""

    booker_id: int | None
    delivery: str


def change_details(order_id: str, *, user_id: int, **details: Unpack[OrderDetails]) -> None:
    """Change a RESERVED order's booker or delivery by one conditional UPDATE; a payment under way keeps what it has.

    The profile is copied, so that a later change of it leaves this order alone.

    Raises:
        NotFound
        ValidationFailed: the profile is not the buyer's.
        OrderExpired, OrderStateConflict: the order is not RESERVED any more, or not yet; nothing has changed.
    """
    order = Order.objects.filter(pk=order_id, user=user_id)
    changes: dict[str, Any] = {}
    if "booker_id" in details:
        changes |= _booker_columns(user_id, details["booker_id"])
    if "delivery" in details:
        changes["delivery"] = details["delivery"]
    held = order.filter(status=Status.RESERVED, expires_at__gt=Now())
    if held.update(**changes) if changes else held.exists():
        return
    status = order.values_list("status", flat=True).first()
    if status is None:
        raise NotFound
    if status in (Status.RESERVED, Status.EXPIRED):
        raise OrderExpired
    raise OrderStateConflict(order_status=status)


def _booker_columns(user_id: int, booker_id: int | None) -> dict[str, Any]:
    if booker_id is None:
        return {"booker_id": None, "booker_name": "", "booker_phone": "", "booker_email": ""}
    try:
        booker = get_booker(user_id, booker_id)
    except NotFound as error:
        raise ValidationFailed(errors={"booker_id": ["There is no such booker profile."]}) from error
    return {
        "booker_id": booker.pk,
        "booker_name": booker.name,
        "booker_phone": booker.phone,
        "booker_email": booker.email,
    }
