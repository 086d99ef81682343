from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from pytest_django import Settings

from apps.payments.gateway import provider
from tests.box_office import BoxOffice, attempts_of, status_of_order


@pytest.mark.parametrize("slots", [1, 2])
def test_a_hanging_provider_takes_no_more_threads_than_it_may(
    office: BoxOffice, settings: Settings, monkeypatch: pytest.MonkeyPatch, slots: int
) -> None:
    """The second payment is refused before anything is written, and the rest of the site has its threads."""
    settings.PAYMENT_CALLS_AT_ONCE = slots
    provider._slots.cache_clear()
    monkeypatch.setattr(provider, "PATIENCE_SECONDS", 0.01)
    first, second = office.reserve(0), office.reserve(1)
    keys = [office.agree(order) for order in (first, second)]
    with provider.provider_slot(), ThreadPoolExecutor(1) as pool:

        def confirm() -> object:
            try:
                return office.confirm(second, keys[1])
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
