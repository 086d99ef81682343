"""Deposits that are opened at the same moment: together they are no more than the limits allow."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from pytest_django import Settings

from apps.concerts.models import Performance
from apps.orders.models import Order
from apps.payments.deposits import admit
from apps.payments.deposits.rules import OpenDeposits
from tests.factories import make_user
from tests.meeting import Meeting
from tests.paid_orders import PaidOrders
from tests.payment_threads import at_once

DEPOSIT = "가상계좌"


@pytest.mark.parametrize("guarded", [False, True])
@pytest.mark.parametrize("limit", ["person", "show"])
def test_of_two_deposits_at_once_the_second_sees_the_first(
    paid_orders: PaidOrders, settings: Settings, monkeypatch: pytest.MonkeyPatch, limit: str, guarded: bool
) -> None:
    Performance.objects.update(limit_per_person=1)
    user = make_user()
    if limit == "person":
        settings.DEPOSITS = settings.DEPOSITS | {"open_per_person": 1}
        orders = [paid_orders.reserve(0, user=user)]
        Performance.objects.update(limit_per_person=2)
        orders.append(paid_orders.reserve(1, user=user))
    else:
        settings.DEPOSITS = settings.DEPOSITS | {"open_per_show": 1}
        orders = [paid_orders.reserve(seat) for seat in (0, 1)]
    keys = [paid_orders.agree(order, method=DEPOSIT) for order in orders]
    meeting, count = Meeting(2), admit.count_open

    def count_and_meet(*args: Any, **kwargs: Any) -> OpenDeposits:
        counted = count(*args, **kwargs)
        meeting.wait()
        return counted

    monkeypatch.setattr(admit, "count_open", count_and_meet)
    if not guarded:
        monkeypatch.setattr(admit, "_lock", lambda _name: None)

    answers = at_once(
        [
            lambda order=order, key=key: paid_orders.confirm(order, key)  # type: ignore[misc]
            for order, key in zip(orders, keys, strict=True)
        ]
    )

    open_deposits = Order.objects.filter(status="WAITING_FOR_DEPOSIT").count()
    if guarded:
        assert open_deposits == 1
        assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 1}
    else:
        assert open_deposits == 2  # both have counted before either was there
