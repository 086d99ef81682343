"""What payments add to an order's timeline: attempts, money, refunds, the provider's messages, staff's acts.

The last are also what the audit of staff shows of orders.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common.admin.audit import AuditEntry, AuditSource, audits
from apps.orders.reasons import reason_in_words
from apps.orders.timeline import TimelineEntry, Tone, state_words, timeline_part
from apps.payments.calling_off.models import CallOffNotice
from apps.payments.causes import with_cause_in_words
from apps.payments.models import (
    Payment,
    PaymentAttempt,
    PaymentEvent,
    Refund,
    RefundEvent,
    StaffAct,
    SurplusPayment,
    WebhookDelivery,
)

STATUSES = ("refund_status", "was")  # of a refund
REFUND_TONES: dict[str, Tone] = {Refund.Status.DONE: "good", Refund.Status.FAILED: "bad"}


@timeline_part
def attempts(order_id: str) -> Iterable[TimelineEntry]:
    """Tell when each attempt to pay began, and how it came out."""
    for attempt in PaymentAttempt.objects.filter(order=order_id):
        subject = _("Payment attempt %(number)s") % {"number": attempt.number}
        yield TimelineEntry(
            at=attempt.started_at,
            subject=subject,
            what=PaymentAttempt.Status.STARTED.label,
            details={"amount_krw": attempt.amount_krw, "payment_key": attempt.payment_key},
        )
        if attempt.settled_at is not None:
            yield TimelineEntry(
                at=attempt.settled_at,
                subject=subject,
                what=attempt.get_status_display(),
                details=_said(code=attempt.provider_code, message=attempt.provider_message),
                tone="good" if attempt.status == PaymentAttempt.Status.CONFIRMED else "bad",
            )


@timeline_part
def money(order_id: str) -> Iterable[TimelineEntry]:
    """Tell each move of the payment's state."""
    label = dict(Payment.Status.choices)
    for event in PaymentEvent.objects.filter(subject__order=order_id):
        yield TimelineEntry(
            at=event.happened_at,
            subject=_("Payment"),
            what=state_words(label.get(event.from_status, event.from_status), label.get(event.to_status, "")),
            actor=event.actor,
            details={"reason": reason_in_words(event.reason), **event.details},
        )


@timeline_part
def refunds(order_id: str) -> Iterable[TimelineEntry]:
    """Tell when each refund was asked for, and each move of its state."""
    label = dict(Refund.Status.choices)
    for refund in Refund.objects.filter(order=order_id):
        yield TimelineEntry(
            at=refund.requested_at,
            subject=_("Refund %(number)s") % {"number": refund.number},
            what=Refund.Status.REQUESTED.label,
            actor=f"user:{refund.requested_by_id}" if refund.requested_by_id else "",
            details={
                "amount_krw": refund.amount_krw,
                "fee_krw": refund.fee_krw,
                "cause": refund.get_cause_display(),
            },
        )
    for event in RefundEvent.objects.filter(subject__order=order_id).select_related("subject"):
        yield TimelineEntry(
            at=event.happened_at,
            subject=_("Refund %(number)s") % {"number": event.subject.number},
            what=state_words(label.get(event.from_status, event.from_status), label.get(event.to_status, "")),
            actor=event.actor,
            details={"reason": reason_in_words(event.reason), **event.details},
            tone=REFUND_TONES.get(event.to_status, ""),
        )


@timeline_part
def second_payments(order_id: str) -> Iterable[TimelineEntry]:
    """Tell of money that the order was paid with a second time."""
    for surplus in SurplusPayment.objects.filter(order=order_id):
        details = {"amount_krw": surplus.amount_krw, "payment_key": surplus.payment_key}
        yield TimelineEntry(
            at=surplus.found_at, subject=_("Second payment"), what=SurplusPayment.Status.FOUND.label, details=details,
            tone="bad",
        )  # fmt: skip
        if surplus.status != SurplusPayment.Status.FOUND:
            yield TimelineEntry(
                at=surplus.settled_at or surplus.found_at,
                subject=_("Second payment"),
                what=surplus.get_status_display(),
                details=_said(code=surplus.provider_code),
                tone="good" if surplus.status == SurplusPayment.Status.DONE else "bad",
            )


@timeline_part
def messages_of_the_provider(order_id: str) -> Iterable[TimelineEntry]:
    """Tell what the provider sent, and what became of it."""
    for delivery in WebhookDelivery.objects.filter(order=order_id):
        yield TimelineEntry(
            at=delivery.received_at,
            subject=_("Message of the provider"),
            what=delivery.event_type,
            details=_said(outcome=delivery.outcome),
        )


@timeline_part
def acts_of_staff(order_id: str) -> Iterable[TimelineEntry]:
    """Tell what staff did with it in the admin."""
    for act in StaffAct.objects.filter(order=order_id):
        yield TimelineEntry(
            at=act.happened_at,
            subject=_("Staff"),
            what=act.get_kind_display(),
            actor=f"staff:{act.actor_id}",
            details=_details(act),
            tone="bad" if "refused" in act.details else "",
        )


def _details(act: StaffAct) -> dict[str, Any]:
    """Return what an act asked for and brought, with the cause and the refund's status in words."""
    details = {**_said(reason=act.reason), **with_cause_in_words(act.details)}
    labels = dict(Refund.Status.choices)
    in_words = {name: labels.get(value, value) if name in STATUSES else value for name, value in details.items()}
    if "way" in in_words:
        in_words["way"] = dict(CallOffNotice.Way.choices).get(in_words["way"], in_words["way"])
    return in_words


def _said(**words: str) -> dict[str, str]:
    return {name: said for name, said in words.items() if said}


def _audit_entry(act: StaffAct) -> AuditEntry:
    return AuditEntry(
        at=act.happened_at,
        actor=act.actor.nickname,
        what=act.get_kind_display(),
        subject=act.order_id,
        link=reverse("admin:orders_order_change", args=[act.order_id]),
        details=_details(act),
    )


audits(
    AuditSource(
        name="orders",
        title=_("Acts on orders"),
        permission="payments.view_staffact",
        rows=lambda: StaffAct.objects.select_related("actor"),
        at="happened_at",
        actor="actor",
        searched=("kind", "order__id", "reason"),
        tell=_audit_entry,
    )
)
