"""Figures and details as the staff's pages write them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from apps.common.admin.details import in_words
from apps.common.templatetags.ticketlive_staff import duration, percent


@pytest.fixture(autouse=True)
def in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "–"), (0, "0.0 s"), (5.25, "5.2 s"), (59.4, "59.4 s"), (59.6, "1:00"), (95.4, "1:35"), (3599.4, "59:59"),
        (3599.6, "1:00:00"), (3700, "1:01:40"), (90_061, "25:01:01"),
    ],
)  # fmt: skip
def test_a_duration_is_written_as_people_say_it(seconds: float | None, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(("share", "shown"), [(None, "–"), (0, "0.0%"), (0.256, "25.6%"), (1, "100.0%")])
def test_a_share_is_written_in_hundredths(share: float | None, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("details", "shown"),
    [
        ({}, []),
        ({"refund_krw": 90_000}, [("refund", "₩90,000")]),
        ({"fee_krw": 0}, [("fee", "₩0")]),
        ({"line_ids": [1, 3]}, [("seats", "1, 3")]),
        ({"line_ids": None}, [("seats", "all")]),
        ({"waive_fee": True}, [("without a fee", "yes")]),
        ({"waive_fee": False, "done": True, "reason": ""}, []),
        ({"something_new": {"a": 1}}, [("something_new", "{'a': 1}")]),
    ],
)
def test_details_are_told_with_a_label_each_and_what_says_nothing_is_left_out(
    details: dict[str, Any], shown: list[tuple[str, str]]
) -> None:
    assert in_words(details) == shown
