"""Extra shares as a file, for the organiser's bank: who is owed how much, and the account where one is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.common.admin.tables import Table
from apps.common.days import operator_zone
from apps.payments.calling_off.extra_shares import accounts_of
from apps.payments.gateway.registry import texts_of

ROWS_AT_ONCE = 500


def shares_table(shares: QuerySet[Any], *, with_accounts: bool) -> Table:
    """Return extra shares as a table; the bank accounts that are known are for who may settle them."""
    headings = [
        _("Order"), _("Name"), _("E-mail"), _("Phone"), _("Owed by the organiser (KRW)"), _("Bank"),
        _("Account number"), _("Account holder"), _("Settled at"), _("How"), _("Reference"),
    ]  # fmt: skip
    return Table(_("Extra shares"), headings, _rows(shares, with_accounts=with_accounts))


def _rows(shares: QuerySet[Any], *, with_accounts: bool) -> Iterator[list[Any]]:
    some: list[Any] = []
    for share in shares.select_related("order__user", "order__payment").order_by("order").iterator():
        some.append(share)
        if len(some) == ROWS_AT_ONCE:
            yield from _cells(some, with_accounts=with_accounts)
            some = []
    yield from _cells(some, with_accounts=with_accounts)


def _cells(shares: list[Any], *, with_accounts: bool) -> Iterator[list[Any]]:
    accounts = accounts_of(share.order_id for share in shares) if with_accounts else {}
    zone = operator_zone()
    for share in shares:
        order, account = share.order, accounts.get(share.order_id, {})
        payment = getattr(order, "payment", None)
        bank = texts_of(payment.provider).of_bank(account["bank"]) if account and payment else ""
        yield [
            order.pk,
            order.booker_name or order.user.nickname,
            order.booker_email or order.user.email,
            order.booker_phone,
            share.extra_krw,
            bank,
            account.get("account_number", ""),
            account.get("holder_name", ""),
            share.settled_at.astimezone(zone).replace(tzinfo=None) if share.settled_at else "",
            share.get_settled_way_display(),
            share.settled_reference,
        ]
