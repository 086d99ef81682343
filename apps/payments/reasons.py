"""Why payments, refunds and the orders behind them moved, in the reader's language."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.utils.translation import gettext_lazy as _

from apps.orders.reasons import say
from apps.payments.causes import CAUSES, ENDINGS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WORDS: dict[str, StrOrPromise] = {
    "a second payment of one order": _("a second payment of one order"),
    "another account": _("another account was named"),
    "captured": _("the money is here"),
    "closed": _("nothing more is awaited"),
    "closed at the provider": _("closed at the payment company"),
    "deposit refused": _("a deposit is not taken"),
    "deposit taken back": _("the bank has taken the deposit back"),
    "no certain answer": _("the payment company gave no certain answer"),
    "not paid by the bank": _("the bank could not pay it out"),
    "paid": _("paid"),
    "paid by the bank": _("paid out by the bank"),
    "payment refused": _("the payment was refused"),
    "payment started": _("the payment began"),
    "payment withdrawn": _("the payment was withdrawn"),
    "refunded": _("given back"),
    "refunded at the provider": _("given back at the payment company's desk"),
    "refused by the provider": _("refused by the payment company"),
    "sent to the bank": _("sent to the bank"),
    "settled by hand": _("settled by hand"),
    "the deposit was taken back": _("the bank has taken the deposit back"),
    "the order has ended": _("the order has ended"),
    "tried again": _("tried again"),
    "waiting for deposit": _("the deposit is awaited"),
}

say(WORDS)
say({ending.reason: cast("StrOrPromise", ending.notice.title) for ending in ENDINGS.values()})
say({cause.code.lower(): cast("StrOrPromise", cause.label) for cause in CAUSES.values()})
