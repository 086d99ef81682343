"""What the organiser of a show that was called off owes buyers beyond their refunds, until it is settled.

No provider pays out more than was paid: the organiser pays, in whatever way, and staff note it here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from apps.common.clock import database_now
from apps.common.database.transactions import in_transaction
from apps.common.errors import ValidationFailed
from apps.orders.models import Order
from apps.payments.calling_off.models import CallOffNotice
from apps.payments.models import Refund, StaffAct

MAY_SETTLE = "payments.settle_extra_share"
MOST_AT_ONCE = 5_000
BATCH = 100  # rows that one transaction settles
LONGEST_REFERENCE, LONGEST_REASON = 120, 200

Way = CallOffNotice.Way
Kind = StaffAct.Kind


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: how many were noted, their sum, and how many were left because they had been noted before."""

    count: int
    amount_krw: int
    left: int


@dataclass(frozen=True, slots=True)
class ExtraOwed:
    """What an order's buyer is owed beyond the refund, or was: `settled_at` and `way` say when and how it ended."""

    amount_krw: int
    settled_at: datetime | None = None
    way: str = ""


def extra_share_of(order: Order) -> ExtraOwed | None:
    """Return the extra share of an order; None where there is none."""
    notice = CallOffNotice.objects.filter(order=order, extra_krw__gt=0).first()
    if notice is None:
        return None
    return ExtraOwed(notice.extra_krw, notice.settled_at, str(notice.get_settled_way_display()))


def owed() -> QuerySet[CallOffNotice]:
    """The extra shares that are still owed."""
    return CallOffNotice.objects.filter(extra_krw__gt=0, settled_at=None)


def settled() -> QuerySet[CallOffNotice]:
    return CallOffNotice.objects.filter(extra_krw__gt=0, settled_at__isnull=False)


def settle_extra_shares(
    ids: Sequence[int], *, staff_id: int, way: str, reference: str = "", reason: str = ""
) -> Outcome:
    """Note that extra shares were paid, or given up: who says so, when, how, and what the payment is found by.

    Each is decided by itself, by one conditional UPDATE, and noted as an act of staff with it: of two people who
    settle the same one the second leaves it as it is. A run that dies has noted whole batches, and can be repeated.

    Raises:
        ValidationFailed: for no such way, without a reference for a transfer, or for more than MOST_AT_ONCE.
    """
    errors = _too_many(ids)
    if way not in Way.values:
        errors["way"] = ["Say how it was settled."]
    elif way == Way.BANK and not reference.strip():
        errors["reference"] = ["Say what the transfer is found by."]
    if errors:
        raise ValidationFailed(errors=errors)
    reference = reference.strip()[:LONGEST_REFERENCE]
    changes = {"settled_at": Now(), "settled_by": staff_id, "settled_way": way, "settled_reference": reference}
    details = {"way": way, "reference": reference}
    return _each(ids, owed, changes, _acts(Kind.SETTLE_EXTRA, staff_id=staff_id, reason=reason, details=details))


def reopen_extra_shares(ids: Sequence[int], *, staff_id: int, reason: str) -> Outcome:
    """Let extra shares that were noted as settled by mistake be owed again; what was noted stays in the audit.

    Raises:
        ValidationFailed: without a reason, or for more than MOST_AT_ONCE.
    """
    errors = _too_many(ids)
    if not reason.strip():
        errors["reason"] = ["Say why."]
    if errors:
        raise ValidationFailed(errors=errors)
    changes = {"settled_at": None, "settled_by": None, "settled_way": "", "settled_reference": ""}
    return _each(ids, settled, changes, _acts(Kind.REOPEN_EXTRA, staff_id=staff_id, reason=reason, details={}))


def accounts_of(orders: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the bank accounts that buyers have named for refunds which are not done yet, by order.

    An account is forgotten once its refund is done, so most orders have none; whoever pays has to ask these buyers.
    """
    named = Refund.objects.filter(order__in=list(orders), account__isnull=False).order_by("number")
    return {order_id: account for order_id, account in named.values_list("order", "account") if account}


def _too_many(ids: Sequence[int]) -> dict[str, list[str]]:
    return {"ids": [f"At most {MOST_AT_ONCE} at once."]} if len(ids) > MOST_AT_ONCE else {}


MakeAct = Callable[[str, int], StaffAct]


def _acts(kind: StaffAct.Kind, *, staff_id: int, reason: str, details: dict[str, str]) -> MakeAct:
    now = database_now()

    def make(order_id: str, amount_krw: int) -> StaffAct:
        return StaffAct(
            actor_id=staff_id,
            kind=kind,
            order_id=order_id,
            reason=reason.strip()[:LONGEST_REASON],
            details={"extra_krw": amount_krw, **details, "done": True},
            happened_at=now,
        )

    return make


def _each(
    ids: Sequence[int], those: Callable[[], QuerySet[CallOffNotice]], changes: dict[str, Any], make_act: MakeAct
) -> Outcome:
    wanted = sorted(set(ids))
    amounts: list[int] = []
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        amounts += in_transaction(partial(_change, batch, those, changes, make_act))
    return Outcome(len(amounts), sum(amounts), left=len(wanted) - len(amounts))


def _change(
    ids: Sequence[int], those: Callable[[], QuerySet[CallOffNotice]], changes: dict[str, Any], make_act: MakeAct
) -> list[int]:
    """Change those that are as they have to be, in the caller's transaction; return their amounts."""
    acts = []
    for pk, order_id, amount in _read(ids, those):
        if those().filter(pk=pk).update(**changes):
            acts.append(make_act(order_id, amount))
    StaffAct.objects.bulk_create(acts)
    return [act.details["extra_krw"] for act in acts]


def _read(ids: Sequence[int], those: Callable[[], QuerySet[CallOffNotice]]) -> list[tuple[int, str, int]]:
    return list(those().filter(pk__in=ids).order_by("pk").values_list("pk", "order", "extra_krw"))
