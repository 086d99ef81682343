from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from apps.payments.gateway import provider
from tests.paid_orders import PaidOrders, attempts_of, status_of_order


@pytest.mark.parametrize("slots", [1, 2])
def test_a_hanging_provider_takes_no_more_threads_than_it_may(
    paid_orders: PaidOrders, settings: Settings, monkeypatch: pytest.MonkeyPatch, slots: int
) -> None:
    """The second payment is refused before anything is written, and the rest of the site has its threads."""
    settings.PAYMENT_CALLS_AT_ONCE = slots
    provider._slots.cache_clear()
    monkeypatch.setattr(provider, "PATIENCE_SECONDS", 0.01)
    first, second = paid_orders.reserve(0), paid_orders.reserve(1)
    keys = [paid_orders.agree(order) for order in (first, second)]
    with provider.provider_slot(), ThreadPoolExecutor(1) as pool:

        def confirm() -> object:
            try:
                return paid_orders.confirm(second, keys[1])
            finally:
                connection.close()

        answer = pool.submit(confirm).result()

    provider._slots.cache_clear()
    if slots == 1:
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert int(answer.headers["Retry-After"]) >= 1
        assert (status_of_order(second), attempts_of(second)) == ("RESERVED", [])
    else:
        assert status_of_order(second) == "PAID"
