from tests.payment_fixtures import (
    own_sandbox,
    paid_orders,
    paid_orders_django,
    paid_orders_either_lane,
    paid_orders_fast_lane,
    running_sandbox,
    sandbox,
)

__all__ = [
    "own_sandbox",
    "paid_orders",
    "paid_orders_django",
    "paid_orders_either_lane",
    "paid_orders_fast_lane",
    "running_sandbox",
    "sandbox",
]
