from tests.seat_state import threads_end_with_the_test

__all__ = ["threads_end_with_the_test"]
