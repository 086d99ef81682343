"""POST /api/payments/confirm as the Django lane served it: a DRF view that calls the ORM service in its thread."""

from typing import Any

from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.common.errors import NotFound
from apps.concerts.waiting_room.permission import HasAccessPass
from apps.orders.api.serializers import OrderSerializer
from apps.orders.order_ids import performance_of
from apps.orders.selectors import list_orders
from apps.payments.models import Payment
from apps.payments.selectors import is_repeat
from apps.payments.services.confirm_payment import confirm_payment


class ConfirmSerializer(serializers.Serializer):
    paymentKey = serializers.RegexField(r"^[!-~]+$", max_length=200)  # noqa: N815 - the names of Toss's redirect
    orderId = serializers.CharField(max_length=64)  # noqa: N815
    amount = serializers.IntegerField(min_value=0)


class PaymentSerializer(serializers.ModelSerializer):
    amount = serializers.IntegerField(source="amount_krw")
    balance = serializers.IntegerField(source="balance_krw")

    class Meta:
        model = Payment
        fields = ["payment_key", "method", "status", "amount", "balance", "approved_at"]


class Confirm(APIView):
    permission_classes = (IsAuthenticated, HasAccessPass)

    def performance_to_book(self, request: Request) -> int | None:
        wanted = read(request)
        performance_id = performance_of(wanted["orderId"])
        if performance_id is None:
            raise NotFound
        is_known = is_repeat(wanted["paymentKey"], order_id=wanted["orderId"], user_id=caller(request).id)
        return None if is_known else performance_id

    def post(self, request: Request) -> Response:
        wanted, user_id = read(request), caller(request).id
        payment = confirm_payment(
            wanted["paymentKey"], order_id=wanted["orderId"], amount_krw=wanted["amount"], user_id=user_id
        )
        order = OrderSerializer(list_orders(user_id).get(pk=payment.order_id)).data
        return Response(
            {
                "status": order["status"],
                "order": order,
                "payment": PaymentSerializer(payment).data,
                "tickets": order["tickets"],
            }
        )


def read(request: Request) -> dict[str, Any]:
    serializer = ConfirmSerializer(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
