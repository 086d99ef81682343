import re

import pytest

from apps.orders.order_ids import new_order_id, performance_of

TOSS_ORDER_ID = re.compile(r"^[A-Za-z0-9_-]{6,64}$")


@pytest.mark.parametrize("performance_id", [1, 35, 36, 42, 10**6, 2**63 - 1])
def test_an_order_id_names_its_performance_and_fits_the_provider(performance_id: int) -> None:
    order_id = new_order_id(performance_id)

    assert performance_of(order_id) == performance_id
    assert TOSS_ORDER_ID.match(order_id)
    assert len(order_id) <= 32


def test_ten_thousand_ids_of_one_performance_are_all_different() -> None:
    assert len({new_order_id(7) for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize(
    "text",
    ["", "16", "16-", "16-7K3M9QXW2B4D8FH", "16-7k3m9qxw2b4d8fhj", "-7K3M9QXW2B4D8FHJ", "16-7K3M9QXW2B4D8FHU", "é"],
)
def test_what_is_not_an_order_id_names_no_performance(text: str) -> None:
    assert performance_of(text) is None
