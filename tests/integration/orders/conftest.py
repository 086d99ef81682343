from tests.order_client import order_client, threads_end_with_the_test
from tests.payment_fixtures import office, running_sandbox, sandbox

__all__ = ["office", "order_client", "running_sandbox", "sandbox", "threads_end_with_the_test"]
