from tests.shop import shop, threads_end_with_the_test

__all__ = ["shop", "threads_end_with_the_test"]
