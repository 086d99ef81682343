"""The envelopes of Toss's webhooks (docs.tosspayments.com/reference/using-api/webhook-events). They are not signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.payments.gateway.adapter import Notice, NoticeKind
from apps.payments.gateway.port import OutcomeUnknown, ProviderPayment
from apps.payments.gateway.toss import documents

SECRET = "secret"  # noqa: S105 - the field's name


class TossWebhooks:
    """See `WebhookReader`. An event has its payment as `data`; a deposit callback is the bare document."""

    transmission_header = "tosspayments-webhook-transmission-id"

    def read(self, body: Mapping[str, Any]) -> Notice:
        data = body.get("data")
        kept = {name: value for name, value in body.items() if name != SECRET}
        if not isinstance(data, dict):
            return Notice(str(body.get("orderId", "")), NoticeKind.DEPOSIT, str(body.get(SECRET, "")), kept)
        is_status = body.get("eventType") == NoticeKind.STATUS_CHANGED
        kind = NoticeKind.STATUS_CHANGED if is_status else NoticeKind.OTHER
        return Notice(str(data.get("orderId", "")), kind, None, kept)

    def payment(self, kept: Mapping[str, Any]) -> ProviderPayment | None:
        try:
            return documents.payment(kept.get("data"))
        except OutcomeUnknown:
            return None
