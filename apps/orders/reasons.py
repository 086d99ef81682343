"""Why an order, a payment or a refund moved, in the reader's language.

An event keeps its reason as an English text that never changes. Rooms above orders add theirs by `say`; what people
have typed is no reason of this table, and is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.orders.states import TIME_RAN_OUT

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_words: dict[str, StrOrPromise] = {
    "cancelled": _("cancelled"),
    "demo": _("made for the demonstration"),
    "reserved": _("seats held"),
    TIME_RAN_OUT: _("the time ran out"),
}


def say(words: Mapping[str, StrOrPromise]) -> None:
    """Add reasons, as they are kept, with their words."""
    _words.update(words)


def knows(reason: str) -> bool:
    """Whether a reason has words."""
    return reason in _words


def reason_in_words(reason: str) -> StrOrPromise:
    """Return a reason for a reader."""
    return _words.get(reason, reason)
