import pytest

from tests.seat_state import SeatState, threads_end_with_the_test

__all__ = ["seat_state", "threads_end_with_the_test"]


@pytest.fixture
def seat_state(monkeypatch: pytest.MonkeyPatch) -> SeatState:
    return SeatState(monkeypatch)
