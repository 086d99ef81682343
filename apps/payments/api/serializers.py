"""What the payment calls take and answer."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.concerts.show_state import SeenMove
from apps.orders.api.serializers import OrderSerializer, OrderTicketSerializer
from apps.payments.causes import CAUSES, CUSTOMER, Chooser, RefundCause, chosen
from apps.payments.gateway.port import RefundAccount
from apps.payments.models import Payment, Refund
from apps.payments.services.cancel_order import Cancellation

MAX_LINES = 100
MAX_KRW = 2**31 - 1


class ConfirmSerializer(serializers.Serializer[Any]):
    """What the way back from the payment window hands over."""

    paymentKey = serializers.RegexField(r"^[!-~]+$", max_length=200)  # noqa: N815
    orderId = serializers.CharField(max_length=64)  # noqa: N815
    amount = serializers.IntegerField(min_value=0, max_value=MAX_KRW, help_text="KRW")
    movedAt = serializers.DateTimeField(  # noqa: N815
        required=False,
        allow_null=True,
        help_text="the order's `moved_at` as the customer has seen it, null where it was null: where the show was moved"
        " since, nothing is charged",
    )

    @property
    def seen(self) -> SeenMove | None:
        """The newest move that the customer has seen; None where a valid body does not say."""
        return SeenMove(self.validated_data["movedAt"]) if "movedAt" in self.validated_data else None


class VirtualAccountSerializer(serializers.Serializer[Any]):
    bank = serializers.CharField()
    number = serializers.CharField()
    holder = serializers.CharField()
    due_at = serializers.DateTimeField()


class PaymentSerializer(serializers.ModelSerializer[Payment]):
    amount = serializers.IntegerField(source="amount_krw", help_text="KRW")
    balance = serializers.IntegerField(source="balance_krw", help_text="KRW; what has been paid and not refunded")
    virtual_account = serializers.SerializerMethodField()

    class Meta:
        model = Payment
        fields = ["payment_key", "method", "status", "amount", "balance", "approved_at", "virtual_account"]

    @extend_schema_field(VirtualAccountSerializer(allow_null=True))
    def get_virtual_account(self, payment: Payment) -> dict[str, str] | None:
        return payment.account or None


class ConfirmedSerializer(serializers.Serializer[Any]):
    """`status` is the order's: PAID, or WAITING_FOR_DEPOSIT for a virtual account."""

    status = serializers.CharField()
    order = OrderSerializer()
    payment = PaymentSerializer()
    tickets = OrderTicketSerializer(many=True)


class RefundAccountSerializer(serializers.Serializer[Any]):
    """The bank account that a deposit goes back to."""

    bank = serializers.RegexField(r"^[0-9A-Z]{1,10}$", help_text="the bank's code")
    account_number = serializers.RegexField(r"^[0-9]{1,20}$")
    holder_name = serializers.CharField(max_length=60)

    def to_internal_value(self, data: Any) -> RefundAccount:
        return RefundAccount(**super().to_internal_value(data))


class CauseSerializer(serializers.Serializer[Any]):
    # A cancellation by `chooser`, with the field `cause` where they have a choice. (A docstring would be published.)

    chooser: ClassVar[Chooser]

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        fields = super().get_fields()
        causes = [(cause.code, cause.label) for cause in CAUSES.values() if self.chooser in cause.chosen_by]
        if len(causes) > 1:
            fields["cause"] = serializers.ChoiceField(
                causes, required=False, help_text=f"{CUSTOMER.code} where none is named"
            )
        return fields

    @property
    def chosen_cause(self) -> RefundCause:
        """The cause that a valid body names: the usual one where it names none."""
        return chosen(self.validated_data.get("cause", CUSTOMER.code), by=self.chooser)


class CancelSerializer(CauseSerializer):
    chooser = Chooser.CUSTOMER

    line_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_LINES),
        required=False,
        min_length=1,
        max_length=MAX_LINES,
        help_text="some lines of a paid order; without it all that are left",
    )
    refund_account = RefundAccountSerializer(
        required=False, help_text="needed where the order was paid by a deposit to a virtual account"
    )
    agreed_refund = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MAX_KRW,
        help_text="KRW; what the preview has shown: where it is not that any more, nothing is cancelled",
    )


class RefundLineSerializer(serializers.Serializer[Any]):
    line_id = serializers.IntegerField()
    price = serializers.IntegerField(help_text="KRW")
    fee = serializers.IntegerField(help_text="KRW")
    refund = serializers.IntegerField(help_text="KRW")


class RefundSerializer(serializers.Serializer[Any]):
    """`id` and `status` are null in a preview. REQUESTED and UNKNOWN are settled by themselves.

    SENT: the seats are free, and the bank pays within some days. RETURNED: it could not; another account is needed.
    """

    id = serializers.IntegerField(allow_null=True)
    status = serializers.ChoiceField(choices=Refund.Status.choices, allow_null=True)
    amount = serializers.IntegerField(help_text="KRW")
    fee = serializers.IntegerField(help_text="KRW; what is kept")
    given_before = serializers.IntegerField(help_text="KRW; of the lines' price, what has gone back before")
    lines = RefundLineSerializer(many=True)


class NamedAccountSerializer(serializers.Serializer[Any]):
    """A refund whose account was named, or corrected, as it stands now; amounts in KRW."""

    id = serializers.IntegerField(source="number")
    status = serializers.ChoiceField(choices=Refund.Status.choices)
    amount = serializers.IntegerField(source="amount_krw")
    fee = serializers.IntegerField(source="fee_krw")


class CancelledSerializer(serializers.Serializer[Any]):
    """`status` is the order's. `refund` is null for an order that was never paid."""

    id = serializers.CharField()
    status = serializers.CharField()
    refund = RefundSerializer(allow_null=True)
    order = OrderSerializer()


def refund_body(cancellation: Cancellation) -> dict[str, Any] | None:
    """Represent a cancellation's money, agreed or only quoted."""
    refund, quote = cancellation.refund, cancellation.quote
    if refund is None and quote is None:
        return None
    lines = quote.lines if quote is not None else ()
    return {
        "id": refund.number if refund is not None else None,
        "status": refund.status if refund is not None else None,
        "amount": refund.amount_krw if refund is not None else quote.refund_krw if quote is not None else 0,
        "fee": refund.fee_krw if refund is not None else quote.fee_krw if quote is not None else 0,
        "given_before": (
            refund.given_before_krw if refund is not None else quote.given_before_krw if quote is not None else 0
        ),
        "lines": [
            {"line_id": line.line_number, "price": line.price_krw, "fee": line.fee_krw, "refund": line.refund_krw}
            for line in lines
        ],
    }
