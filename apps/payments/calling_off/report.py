"""How far the calling off of a performance has come, and what is left: computed from refunds, orders and notices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Case, Count, Q, QuerySet, Sum, Value, When
from django.utils.translation import gettext as _

from apps.orders.models import Order
from apps.payments.calling_off.extra_shares import owed
from apps.payments.calling_off.models import CallOff, CallOffNotice
from apps.payments.calling_off.notices import MOST_TRIES
from apps.payments.calling_off.refunds import needing_account, refunds_of, unrefunded
from apps.payments.gateway.registry import texts_of
from apps.payments.models import CashReceipt, Refund, SurplusPayment
from apps.payments.services.receipts import refused_cancellations, uncovered_refunds
from apps.payments.states import GIVEN_REFUNDS, OPEN_REFUNDS, STUCK_REFUNDS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

WAITS_FOR_ACCOUNT = "ACCOUNT"
Status = Order.Status


@dataclass(frozen=True, slots=True)
class Progress:
    """Refunds and money by what has become of them; people by whether they were told."""

    done: int
    done_krw: int
    under_way: int
    at_the_bank: int
    at_the_bank_krw: int
    waiting_for_account: int
    refused: int
    refused_krw: int
    to_come: int
    unsettled_orders: int
    sent: int
    to_send: int
    not_sent: int
    owed_krw: int
    extra_orders: int
    settled_krw: int
    settled_orders: int

    @property
    def refunds(self) -> int:
        mine = self.done + self.under_way + self.at_the_bank + self.refused + self.to_come
        return mine + self.waiting_for_account

    @property
    def percent(self) -> int:
        """How much of what the job itself can do is done, in whole percent."""
        able = self.refunds - self.waiting_for_account
        return 100 if not able else 100 * (self.done + self.at_the_bank + self.refused) // able


def get_progress(call_off: CallOff) -> Progress:
    """Read how far it has come, by four queries."""
    performance_id = call_off.performance_id
    what = Case(When(Q(status__in=OPEN_REFUNDS) & needing_account(), then=Value(WAITS_FOR_ACCOUNT)), default="status")
    rows = refunds_of(performance_id).annotate(what=what).values_list("what").order_by()
    found = {name: (count, krw) for name, count, krw in rows.annotate(Count("pk"), Sum("amount_krw"))}
    unsettled = Order.objects.filter(
        performance=performance_id,
        status__in=(Status.PENDING, Status.RESERVED, Status.CONFIRMING, Status.WAITING_FOR_DEPOSIT),
    )
    people = call_off.notices.aggregate(
        sent=Count("pk", filter=Q(sent_at__isnull=False)),
        to_send=Count("pk", filter=Q(sent_at=None, tries__lt=MOST_TRIES)),
        not_sent=Count("pk", filter=Q(sent_at=None, tries__gte=MOST_TRIES)),
        extra_orders=Count("pk", filter=Q(extra_krw__gt=0, settled_at=None)),
        owed_krw=Sum("extra_krw", filter=Q(settled_at=None), default=0),
        settled_orders=Count("pk", filter=Q(extra_krw__gt=0, settled_at__isnull=False)),
        settled_krw=Sum("extra_krw", filter=Q(settled_at__isnull=False), default=0),
    )
    none = (0, 0)
    return Progress(
        done=found.get(Refund.Status.DONE, none)[0],
        done_krw=found.get(Refund.Status.DONE, none)[1],
        under_way=sum(found.get(status, none)[0] for status in OPEN_REFUNDS),
        waiting_for_account=found.get(WAITS_FOR_ACCOUNT, none)[0],
        at_the_bank=found.get(Refund.Status.SENT, none)[0],
        at_the_bank_krw=found.get(Refund.Status.SENT, none)[1],
        refused=sum(found.get(status, none)[0] for status in STUCK_REFUNDS),
        refused_krw=sum(found.get(status, none)[1] for status in STUCK_REFUNDS),
        to_come=unrefunded(performance_id).values("order").distinct().count(),
        unsettled_orders=unsettled.count(),
        **people,
    )


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that the job could not do, and why; `amount_krw` is the money that it is about."""

    order: Order
    amount_krw: int
    why: StrOrPromise
    code: str = ""


def list_leftovers(call_off: CallOff) -> Iterator[Leftover]:
    """List what could not be refunded, or told, and why: by order, and within an order money first."""
    refunds = refunds_of(call_off.performance_id).exclude(status__in=GIVEN_REFUNDS)
    for refund in refunds.select_related("order__user", "payment").order_by("order", "number").iterator():
        if refund.status == Refund.Status.RETURNED:
            why = _("The bank did not pay it: another account is needed, or it is settled by hand.")
            yield Leftover(refund.order, refund.amount_krw, why, refund.provider_code)
        elif refund.status == Refund.Status.FAILED:
            why = texts_of(refund.payment.provider).of_refund(refund.provider_code)
            yield Leftover(refund.order, refund.amount_krw, why, refund.provider_code)
        elif refund.payment.has_virtual_account and not refund.account:
            yield Leftover(refund.order, refund.amount_krw, _("The buyer has to name a bank account."), "")
        else:
            yield Leftover(
                refund.order, refund.amount_krw, _("The provider’s answer is still open."), refund.provider_code
            )
    surplus = SurplusPayment.objects.filter(
        order__performance=call_off.performance_id, status=SurplusPayment.Status.REFUSED
    )
    for second in surplus.select_related("order__user").order_by("order", "pk").iterator():
        why = texts_of(second.provider).of_refund(second.provider_code)
        yield Leftover(second.order, second.amount_krw, why, second.provider_code)
    yield from _receipts(call_off)
    unsent = call_off.notices.filter(sent_at=None, tries__gte=MOST_TRIES).select_related("order__user")
    for notice in unsent.order_by("order").iterator():
        yield Leftover(notice.order, 0, _("The mail was refused: tell them in another way."), notice.problem)


def _receipts(call_off: CallOff) -> Iterator[Leftover]:
    """List the cash receipts that say too much: the provider has refused to take a refund off them."""
    rows = CashReceipt.objects.filter(refused_cancellations(), order__performance=call_off.performance_id)
    for receipt in rows.select_related("order__user").order_by("order").iterator():
        too_much = sum(refund.amount_krw for refund in uncovered_refunds(receipt))
        why = _("The payment company refuses to cancel the cash receipt: the tax office is told too much.")
        yield Leftover(receipt.order, too_much, why, receipt.provider_code)


def list_owed(call_off: CallOff) -> QuerySet[CallOffNotice]:
    """List what the organiser still owes beyond the refunds: the platform pays none of it."""
    return owed().filter(call_off=call_off)
