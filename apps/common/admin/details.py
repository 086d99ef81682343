"""The details of events and acts, which are kept as JSON, in words for staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.templatetags.ticketlive import won

LABELS: dict[str, Promise] = {
    "amount_krw": gettext_lazy("amount"),
    "answer": gettext_lazy("answer"),
    "cause": gettext_lazy("cause"),
    "code": gettext_lazy("code"),
    "conversation": gettext_lazy("conversation"),
    "expires_at": gettext_lazy("until"),
    "fee_krw": gettext_lazy("fee"),
    "free_return_until": gettext_lazy("free return until"),
    "had_seconds": gettext_lazy("seconds left before"),
    "hall": gettext_lazy("hall"),
    "inside_limit": gettext_lazy("people inside"),
    "krw": gettext_lazy("amount"),
    "line_ids": gettext_lazy("seats"),
    "message": gettext_lazy("message"),
    "mode": gettext_lazy("mode"),
    "outcome": gettext_lazy("outcome"),
    "payment_key": gettext_lazy("payment key"),
    "provider_code": gettext_lazy("code"),
    "provider_message": gettext_lazy("message"),
    "rate": gettext_lazy("admissions a second"),
    "reason": gettext_lazy("reason"),
    "reference": gettext_lazy("what the payment is found by"),
    "refund": gettext_lazy("refund"),
    "refund_krw": gettext_lazy("refund"),
    "refund_status": gettext_lazy("refund is"),
    "refused": gettext_lazy("refused"),
    "starts_at": gettext_lazy("starts at"),
    "tickets": gettext_lazy("tickets"),
    "transaction_key": gettext_lazy("transaction key"),
    "waive_fee": gettext_lazy("without a fee"),
    "was": gettext_lazy("was"),
}
SAID_BY_THE_REST = ("done", "cancelled")


def in_words(details: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (label, value) of each detail that says something; one without a label keeps its name."""
    return [
        (str(LABELS.get(name, name)), _value(name, value))
        for name, value in details.items()
        if name not in SAID_BY_THE_REST and value != "" and value is not False
    ]


def _value(name: str, value: Any) -> str:
    if name.endswith("krw") and isinstance(value, int):
        return won(value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None:
        return _("all")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return str(value)
