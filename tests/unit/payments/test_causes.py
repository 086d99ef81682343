"""The table of causes: what a row may say, that its texts are there in Korean, and that nothing else knows it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.core.management import call_command
from django.utils import translation

from apps.common.errors import ValidationFailed
from apps.payments.causes import (
    CALLED_OFF,
    CAUSES,
    CUSTOMER,
    ENDINGS,
    Chooser,
    RefundCause,
    cause_of,
    chosen,
    offered_to,
)
from apps.payments.models import Refund
from tests.scratch_causes import few_causes, more_causes

__all__ = ["few_causes", "more_causes"]

CHECKOUT = Path(__file__).resolve().parents[3]
TABLE = "apps/payments/causes.py"
SYSTEM = {code for code, cause in CAUSES.items() if cause.chosen_by == {Chooser.SYSTEM}}


def texts() -> Iterator[str]:
    with translation.override(None):
        for cause in CAUSES.values():
            yield str(cause.label)
        for notice in (*(cause.notice for cause in CAUSES.values()), *(ending.notice for ending in ENDINGS.values())):
            if notice is not None:
                yield from (str(notice.title), str(notice.text))


@pytest.fixture(scope="module")
def korean() -> dict[str, str]:
    with (CHECKOUT / "locale/ko/LC_MESSAGES/django.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file)}


@pytest.mark.parametrize("text", sorted(set(texts())))
def test_every_text_of_the_table_is_there_in_korean(text: str, korean: dict[str, str]) -> None:
    assert korean.get(text), f"translate {text!r}: `make messages`, then locale/ko"


def mentions(code: str) -> set[str]:
    """The files of the product that know a cause by its code; migrations tell of the past."""
    return {
        str(path.relative_to(CHECKOUT))
        for room in ("apps", "ticketlive", "templates", "static")
        for path in (CHECKOUT / room).rglob("*")
        if path.suffix in {".py", ".html", ".txt", ".js", ".lua", ".css"}
        and not {"migrations", "gateway"} & set(path.parts)  # the past; and folders that call theirs PROVIDER
        and re.search(rf"\b{code}\b", path.read_text())
    }


@pytest.mark.parametrize("code", sorted(CAUSES.keys() - SYSTEM - {CUSTOMER.code}))
def test_a_cause_that_people_choose_is_known_by_the_table_alone(code: str) -> None:
    assert mentions(code) == {TABLE}


@pytest.mark.parametrize("code", sorted(SYSTEM - {CALLED_OFF.code}))
def test_a_cause_of_the_systems_own_is_known_by_the_table_and_the_service_that_finds_it(code: str) -> None:
    found = mentions(code) - {TABLE}

    assert len(found) == 1, found
    assert found.pop().startswith("apps/payments/services/")


def test_that_a_show_is_called_off_is_known_by_what_gives_its_money_back() -> None:
    services = {f"apps/payments/services/{name}.py" for name in ("cancel_order", "fulfil_payment")}

    assert mentions(CALLED_OFF.code) - {TABLE} == {"apps/payments/calling_off/refunds.py", *services}


@pytest.mark.django_db
def test_a_new_row_needs_no_migration(more_causes: None) -> None:
    call_command("makemigrations", "payments", check=True, dry_run=True, verbosity=0)

    assert ("NO_LICENCE", "the show was called off") in Refund._meta.get_field("cause").flatchoices


def test_a_refund_whose_cause_has_left_the_table_is_still_shown() -> None:
    refund = Refund(cause="OF_LONG_AGO")

    assert refund.get_cause_display() == "OF_LONG_AGO"
    assert cause_of(refund.cause) is None


def test_everybody_may_choose_the_usual_cause_and_is_offered_it_first(few_causes: None) -> None:
    assert [cause.code for cause in offered_to(Chooser.CUSTOMER)] == ["CUSTOMER"]
    assert [cause.code for cause in offered_to(Chooser.COUNSELOR)] == ["CUSTOMER"]
    assert [cause.code for cause in offered_to(Chooser.STAFF, may=lambda _permission: True)] == [
        "CUSTOMER",
        "ORGANISER",
    ]


def test_who_may_not_waive_a_fee_is_offered_no_cause_that_does(more_causes: None) -> None:
    assert [cause.code for cause in offered_to(Chooser.STAFF)] == ["CUSTOMER", "FELL_ILL"]


@pytest.mark.parametrize("code", ["ORGANISER", "PROVIDER", "NOTHING", ""])
def test_nobody_chooses_a_cause_that_is_not_theirs_to_choose(code: str) -> None:
    with pytest.raises(ValidationFailed):
        chosen(code, by=Chooser.CUSTOMER)

    assert chosen("CUSTOMER", by=Chooser.CUSTOMER) is CUSTOMER


def test_a_row_that_would_let_customers_waive_their_fee_is_refused() -> None:
    with pytest.raises(ValueError, match="never paid"):
        RefundCause(code="X", label=CUSTOMER.label, chosen_by=frozenset({Chooser.CUSTOMER}), waives_fee=True)


def test_a_code_that_its_column_has_no_room_for_is_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        RefundCause(code="X" * 21, label=CUSTOMER.label, chosen_by=frozenset({Chooser.STAFF}), waives_fee=False)
