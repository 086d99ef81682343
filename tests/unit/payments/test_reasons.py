"""Why an order, a payment or a refund moved is told in the reader's language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import translation

from apps.orders.reasons import knows, reason_in_words
from apps.payments.causes import CAUSES, ENDINGS

ROOMS = ("orders", "payments")
NOT_OF_EVENTS = {"no deposit is taken", "a second payment of one order"}  # what the provider is told


def written_reasons() -> Iterator[str]:
    """Every reason that is written as a text in a call of these rooms: `reason="paid"`."""
    for room in ROOMS:
        for path in (Path(settings.BASE_DIR) / "apps" / room).rglob("*.py"):
            if {"migrations", "sandbox"} & set(path.parts):
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "reason" and isinstance(node.value, ast.Constant):
                    yield str(node.value.value)


REASONS = sorted(
    {*written_reasons(), *ENDINGS, *(code.lower() for code in CAUSES), "reserved", "settled by hand"} - NOT_OF_EVENTS
)


def test_reasons_are_found_where_they_are_written() -> None:
    assert {"captured", "paid", "cancelled", "payment started"} <= set(REASONS)


@pytest.mark.parametrize("reason", REASONS)
def test_a_reason_of_an_event_has_words_in_korean(reason: str) -> None:
    assert knows(reason)
    with translation.override("ko"):
        words = str(reason_in_words(reason))
    assert any("가" <= letter <= "힣" for letter in words), words


def test_what_somebody_has_typed_is_shown_as_it_is() -> None:
    assert reason_in_words("The customer was ill") == "The customer was ill"
