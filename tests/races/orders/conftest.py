from tests.order_client import order_client, threads_end_with_the_test

__all__ = ["order_client", "threads_end_with_the_test"]
