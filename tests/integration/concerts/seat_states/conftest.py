import pytest

from tests.seat_state import SeatState


@pytest.fixture
def seat_state(monkeypatch: pytest.MonkeyPatch) -> SeatState:
    return SeatState(monkeypatch)
