from tests.payment_fixtures import paid_orders, running_sandbox, sandbox

__all__ = ["paid_orders", "running_sandbox", "sandbox"]
