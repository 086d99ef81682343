from tests.order_client import order_client, threads_end_with_the_test
from tests.payment_fixtures import paid_orders, paid_orders_fast_lane, running_sandbox, sandbox

__all__ = [
    "order_client",
    "paid_orders",
    "paid_orders_fast_lane",
    "running_sandbox",
    "sandbox",
    "threads_end_with_the_test",
]
