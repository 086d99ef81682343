from __future__ import annotations

import pytest

from apps.common.errors import ServiceUnavailable
from apps.orders.errors import OrderStateConflict


@pytest.mark.parametrize(("seconds", "expected"), [(0.2, "1"), (1.0, "1"), (1.2, "2"), (59.9, "60")])
def test_nobody_is_told_to_come_back_too_early(seconds: float, expected: str) -> None:
    assert ServiceUnavailable(retry_after=seconds).headers() == {"Retry-After": expected}


@pytest.mark.parametrize(
    ("status", "expected"),
    [("PENDING", "The order is PENDING: reserve its seats first."), ("CANCELLED", "The order is CANCELLED.")],
)
def test_a_refusal_says_how_the_order_stands(status: str, expected: str) -> None:
    problem = OrderStateConflict(order_status=status).problem()
    assert (problem["detail"], problem["order_status"]) == (expected, status)
