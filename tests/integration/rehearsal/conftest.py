from tests.payment_fixtures import own_sandbox, paid_orders, paid_orders_django, running_sandbox, sandbox

__all__ = ["own_sandbox", "paid_orders", "paid_orders_django", "running_sandbox", "sandbox"]
