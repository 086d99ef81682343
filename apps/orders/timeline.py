"""The timeline of an order: every entry from its placing to its last refund, oldest first.

Every app adds its own part; apps above orders register theirs, so that orders know nothing of them:

    @timeline_part
    def refunds(order_id: str) -> Iterable[TimelineEntry]: ...

A part is asked once an order, and answers with a fixed number of queries.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.orders.models import Order, OrderEvent
from apps.orders.reasons import reason_in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Tone = Literal["", "good", "bad"]
ACCOUNT = re.compile(r"(?:user|staff|counselor):(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """An entry of an order's timeline.

    `subject` says to what, `what` the thing in a few words, `details` the rest by name. `actor` is "user:ID",
    "staff:ID", "counselor:ID" or a part of the system; `name` is whose account that is, where it is one.
    """

    at: datetime
    subject: StrOrPromise
    what: StrOrPromise
    actor: str = ""
    name: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    tone: Tone = ""


TimelinePart = Callable[[str], Iterable[TimelineEntry]]
_parts: list[TimelinePart] = []


def timeline_part(part: TimelinePart) -> TimelinePart:
    """Add what an app knows of an order's timeline."""
    _parts.append(part)
    return part


def get_timeline(order_id: str) -> list[TimelineEntry]:
    """Return all that happened to an order, the oldest first, with the names of who did it."""
    entries = sorted((entry for part in _parts for entry in part(order_id)), key=lambda entry: entry.at)
    ids = {int(match[1]) for one in entries if (match := ACCOUNT.fullmatch(one.actor))}
    names = {pk: f"{nickname} <{email}>" for pk, nickname, email in _accounts(ids)}
    return [replace(one, name=names.get(_account(one.actor), "")) for one in entries]


def state_words(from_status: StrOrPromise, to_status: StrOrPromise) -> StrOrPromise:
    """Say a move of a state machine."""
    return f"{from_status} → {to_status}"


@timeline_part
def placing_and_moves(order_id: str) -> Iterable[TimelineEntry]:
    """Tell when an order was placed, and each move of its state."""
    subject = capfirst(_("order"))
    order = Order.objects.filter(pk=order_id).values_list("created_at", "user_id", "amount_krw").first()
    if order is None:
        return
    created_at, user_id, amount_krw = order
    yield TimelineEntry(
        at=created_at, subject=subject, what=_("placed"), actor=f"user:{user_id}", details={"amount_krw": amount_krw}
    )
    label = {status.value: status.label for status in Order.Status}
    good, bad = {Order.Status.PAID}, {Order.Status.CANCELLED, Order.Status.EXPIRED}
    for event in OrderEvent.objects.filter(subject=order_id):
        yield TimelineEntry(
            at=event.happened_at,
            subject=subject,
            what=state_words(label.get(event.from_status, event.from_status), label.get(event.to_status, "")),
            actor=event.actor,
            details={"reason": reason_in_words(event.reason), **event.details},
            tone="good" if event.to_status in good else "bad" if event.to_status in bad else "",
        )


def _accounts(ids: Iterable[int]) -> Iterable[tuple[int, str, str]]:
    return User.objects.filter(pk__in=ids).values_list("pk", "nickname", "email") if ids else ()


def _account(actor: str) -> int:
    match = ACCOUNT.fullmatch(actor)
    return int(match[1]) if match else 0
