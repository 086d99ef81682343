"""Sales for staff: orders with all that happened to them, money, and the figures. What changes them are services.

An order's page is here and not with the orders: what is done with a paid one needs its payment.
"""

from apps.payments.admin import (
    call_off_page,
    cancel_page,
    deposits,
    extra_shares,
    order_acts,
    orders,
    payments,
    receipts,
    sales_export,
    sales_page,
)

__all__ = [
    "call_off_page",
    "cancel_page",
    "deposits",
    "extra_shares",
    "order_acts",
    "orders",
    "payments",
    "receipts",
    "sales_export",
    "sales_page",
]
