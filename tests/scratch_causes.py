"""Causes that a test adds to the table, to see what follows from a row."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext_lazy as _

from apps.payments.causes import CAUSES, Chooser, OrderNotice, RefundCause

CALLED_OFF = RefundCause(
    code="CALLED_OFF",
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
def more_causes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows more in the table, and nothing else."""
    for cause in (CALLED_OFF, FELL_ILL):
        monkeypatch.setitem(CAUSES, cause.code, cause)
