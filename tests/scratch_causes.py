"""Causes that a test adds to the table, to see what follows from a row."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils.translation import gettext_lazy as _

from apps.payments.causes import CAUSES, Chooser, OrderNotice, RefundCause

NO_LICENCE = RefundCause(
    code="NO_LICENCE",
    label=_("the show was called off"),
    chosen_by=frozenset({Chooser.COUNSELOR, Chooser.STAFF}),
    waives_fee=True,
    notice=OrderNotice("error", _("The show was called off"), _("All of your money comes back.")),
)
FELL_ILL = RefundCause(
    code="FELL_ILL",
    label=_("the customer fell ill"),
    chosen_by=frozenset({Chooser.CUSTOMER, Chooser.COUNSELOR, Chooser.STAFF}),
    waives_fee=False,
)


@pytest.fixture
def few_causes() -> Iterator[None]:
    """A table of two causes that people choose, however many rows the product has, and of the system's own."""
    every = dict(CAUSES)
    for code, cause in every.items():
        if cause.chosen_by != {Chooser.SYSTEM} and code not in {"CUSTOMER", "ORGANISER"}:
            del CAUSES[code]
    yield
    CAUSES.clear()
    CAUSES.update(every)


@pytest.fixture
def more_causes(few_causes: None) -> None:
    """Two rows more in that table, and nothing else."""
    CAUSES.update({cause.code: cause for cause in (NO_LICENCE, FELL_ILL)})
