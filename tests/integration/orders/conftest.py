from tests.payment_fixtures import office, running_sandbox, sandbox
from tests.shop import shop, threads_end_with_the_test

__all__ = ["office", "running_sandbox", "sandbox", "shop", "threads_end_with_the_test"]
