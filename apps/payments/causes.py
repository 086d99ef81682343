"""Why an order is cancelled: one row for each cause, from which all that depends on the cause follows.

The forms and the API offer the causes that somebody may choose, the fee is waived or not, the buyer reads the notice,
and the provider, the admin and the order's timeline read the label. A new cause that people choose is a row here, its
texts in locale/, and its case in tests/integration/payments/test_causes.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.common.errors import ValidationFailed
from apps.concerts.errors import PerformanceCalledOff, SeatsUnavailable
from apps.orders.states import TIME_RAN_OUT
from apps.payments.errors import AmountMismatch

WAIVE_FEE = "payments.waive_fee"
LONGEST_CODE = 20


class Chooser(StrEnum):
    """Who says why an order is cancelled."""

    CUSTOMER = "customer"
    COUNSELOR = "counselor"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class OrderNotice:
    """What an order's page tells first: its kind (info, success, warning, error), a heading, a sentence or two."""

    kind: str
    title: Promise
    text: Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundCause:
    """Why money goes back.

    Args:
        code: what a refund's row keeps; it never changes.
        label: for staff; in English it is also what the provider is told.
        chosen_by: who may say so.
        waives_fee: whether the whole price comes back, whatever the policy says of fees and of time limits. Staff
            and counselors need the permission WAIVE_FEE, and staff a reason in words.
        notice: what the buyer is told of the ended order; None for that of every cancelled order.
        given_back: the same once the money is back; None where the notice does for that as well.
        refusal: what a confirmation is refused with whose money goes back for this cause.
    """

    code: str
    label: Promise
    chosen_by: frozenset[Chooser]
    waives_fee: bool
    notice: OrderNotice | None = None
    given_back: OrderNotice | None = None
    refusal: type[AmountMismatch | PerformanceCalledOff | SeatsUnavailable] = SeatsUnavailable

    def __post_init__(self) -> None:
        if len(self.code) > LONGEST_CODE:
            raise ValueError(f"{self.code} is longer than its column")
        if self.waives_fee and Chooser.CUSTOMER in self.chosen_by:
            raise ValueError(f"{self.code}: a fee that its payer may waive is never paid")

    @property
    def permission(self) -> str:
        """The admin's permission without which staff and counselors may not choose it; empty where none is needed."""
        return WAIVE_FEE if self.waives_fee else ""


CUSTOMER = RefundCause(
    code="CUSTOMER",
    label=_("the customer cancelled"),
    chosen_by=frozenset({Chooser.CUSTOMER, Chooser.COUNSELOR, Chooser.STAFF}),
    waives_fee=False,
)
"""The usual cause: that of everybody who names none."""

SEATS_UNAVAILABLE = RefundCause(
    code="SEATS_UNAVAILABLE",
    label=_("the seats were gone"),
    chosen_by=frozenset({Chooser.SYSTEM}),
    waives_fee=True,
    notice=OrderNotice(
        "error",
        _("The seats were gone; your money comes back"),
        _("We are sorry: the seats were taken while you paid. All of it is refunded. You can choose other seats."),
    ),
)
AMOUNT_MISMATCH = RefundCause(
    code="AMOUNT_MISMATCH",
    label=_("the provider took another amount"),
    chosen_by=frozenset({Chooser.SYSTEM}),
    waives_fee=True,
    notice=OrderNotice(
        "error",
        _("The amount was wrong; your money comes back"),
        _("The payment was not of this order's amount. All of it is refunded, and the seats are free again."),
    ),
    refusal=AmountMismatch,
)
ORDER_ENDED = RefundCause(
    code="ORDER_ENDED",
    label=_("the money came after the order had ended"),
    chosen_by=frozenset({Chooser.SYSTEM}),
    waives_fee=True,
    notice=OrderNotice(
        "error",
        _("The payment came too late; your money comes back"),
        _("The order had ended when the money came. The whole amount is refunded."),
    ),
)
SHOW_MOVED = RefundCause(
    code="SHOW_MOVED",
    label=_("the show was moved"),
    chosen_by=frozenset({Chooser.SYSTEM}),
    waives_fee=True,
)
"""Nobody chooses it: in the time that staff gave for returning tickets it takes the usual cause's place."""

COMES_BACK_IN_FULL = OrderNotice(
    "error",
    _("The show is called off"),
    _("We are sorry: the show does not take place. All that you paid for your tickets comes back, without any fee."),
)
WAS_GIVEN_BACK = OrderNotice(
    "info",
    _("The show is called off; your money was given back"),
    _("All that you paid was returned without any fee. With a card it takes the card company some days to show it."),
)
CALLED_OFF = RefundCause(
    code="CALLED_OFF",
    label=_("the show is called off"),
    chosen_by=frozenset({Chooser.SYSTEM}),
    waives_fee=True,
    notice=COMES_BACK_IN_FULL,
    given_back=WAS_GIVEN_BACK,
    refusal=PerformanceCalledOff,
)
PROVIDER = RefundCause(
    code="PROVIDER",
    label=_("made at the provider, not here"),
    chosen_by=frozenset({Chooser.SYSTEM}),
    waives_fee=True,
)

CAUSES: dict[str, RefundCause] = {
    cause.code: cause
    for cause in (
        CUSTOMER,
        RefundCause(
            code="ORGANISER",
            label=_("the organiser is at fault"),
            chosen_by=frozenset({Chooser.STAFF}),
            waives_fee=True,
        ),
        SEATS_UNAVAILABLE,
        AMOUNT_MISMATCH,
        ORDER_ENDED,
        SHOW_MOVED,
        CALLED_OFF,
        PROVIDER,
    )
}


@dataclass(frozen=True, slots=True)
class Ending:
    """Why an order ended for which nothing was charged: `reason` is its event's, and never changes."""

    reason: str
    notice: OrderNotice


RAN_OUT = Ending(
    TIME_RAN_OUT,
    OrderNotice(
        "error",
        _("The time for these seats has run out"),
        _("Nothing was charged, and the seats are free again. You can choose seats anew."),
    ),
)
SEATS_LOST = Ending(
    "seats lost",
    OrderNotice(
        "error",
        _("The seats were taken before the payment"),
        _("We are sorry: the hold was lost. Nothing was charged. You can choose other seats."),
    ),
)
ACCOUNT_CLOSED = Ending(
    "account closed",
    OrderNotice(
        "error",
        _("The virtual account was closed"),
        _("Nothing was charged. Do not transfer money to it; a deposit would come back to you."),
    ),
)
NO_DEPOSIT = Ending(
    "no deposit came",
    OrderNotice(
        "error",
        _("No deposit came in time"),
        _("The virtual account is closed and the seats are free again. Do not transfer money to it any more."),
    ),
)
RELEASED_BY_STAFF = Ending(
    "deposit released by staff",
    OrderNotice(
        "error",
        _("The seats are not kept for the deposit any more"),
        _("The box office has ended this order. Do not transfer money: the account is closed, and it would come back."),
    ),
)
SHOW_CALLED_OFF = Ending(
    "show called off",
    OrderNotice(
        "error",
        _("The show is called off"),
        _("We are sorry: the show does not take place. Nothing was charged; money that still comes goes back in full."),
    ),
)
ENDINGS: dict[str, Ending] = {
    ending.reason: ending
    for ending in (RAN_OUT, SEATS_LOST, ACCOUNT_CLOSED, NO_DEPOSIT, RELEASED_BY_STAFF, SHOW_CALLED_OFF)
}


def refund_cause_choices() -> list[tuple[str, Promise]]:
    """Return the choices of a refund's column. Migrations name this function, so that a new row needs none."""
    return [(cause.code, cause.label) for cause in CAUSES.values()]


def offered_to(chooser: Chooser, *, may: Callable[[str], bool] = lambda _permission: False) -> list[RefundCause]:
    """Return the causes that somebody may choose, the usual one first.

    Args:
        may: tells whether they have a permission of the admin's.
    """
    return [
        cause
        for cause in CAUSES.values()
        if chooser in cause.chosen_by and (not cause.permission or may(cause.permission))
    ]


def chosen(code: str, *, by: Chooser) -> RefundCause:
    """Return the cause that somebody has named; whether they have its `permission` is the caller's question.

    Raises:
        ValidationFailed: they may not choose it, or there is none.
    """
    cause = CAUSES.get(code)
    if cause is None or by not in cause.chosen_by:
        raise ValidationFailed(errors={"cause": ["Name a cause that you may choose."]})
    return cause


def cause_of(code: str) -> RefundCause | None:
    """Return the cause of a stored refund; None for one whose row has left the table."""
    return CAUSES.get(code)


def codes_that_people_choose() -> list[str]:
    """Return the codes of all causes but the system's own."""
    return [cause.code for cause in CAUSES.values() if cause.chosen_by != {Chooser.SYSTEM}]


def noted(cause: RefundCause) -> dict[str, str]:
    """Return what an act's details keep of its cause: nothing of the usual one."""
    return {} if cause is CUSTOMER else {"cause": cause.code}


def with_cause_in_words(details: Mapping[str, Any]) -> dict[str, Any]:
    """Return an act's details with the cause, which they have by its code, as staff read it.

    Acts from before there were causes have `waive_fee` instead, and keep it.
    """
    cause = cause_of(details.get("cause", ""))
    if cause is None:
        return dict(details)
    return {**details, "cause": cause.label, "waive_fee": cause.waives_fee}
