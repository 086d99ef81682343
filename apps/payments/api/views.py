"""Paying, cancelling, and what the provider sends."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.accounts.client_address import client_address, crowd_network_of
from apps.common.errors import NotAuthenticated, NotFound, ServiceUnavailable, TokenInvalid, ValidationFailed
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses
from apps.concerts.errors import AccessPassRequired, PerformanceCalledOff, SeatsUnavailable, ShowMoved
from apps.concerts.waiting_room.permission import HasAccessPass
from apps.orders.errors import CancellationClosed, OrderExpired, OrderStateConflict
from apps.orders.order_ids import performance_of
from apps.payments.api.representation import confirmed_body, order_body
from apps.payments.api.serializers import (
    CancelledSerializer,
    CancelSerializer,
    ConfirmedSerializer,
    ConfirmSerializer,
    NamedAccountSerializer,
    RefundAccountSerializer,
    refund_body,
)
from apps.payments.errors import (
    AlreadyRefunded,
    AmountMismatch,
    DepositRefused,
    FeeChanged,
    MoreThanIsLeft,
    NothingToCancel,
    PaymentDeclined,
    PaymentKeyUsed,
    PaymentUnknown,
    RefundAccountRequired,
    RefundDeclined,
    TooManyAttempts,
    WholeRefundOnly,
)
from apps.payments.gateway.registry import webhook_readers
from apps.payments.selectors import is_repeat
from apps.payments.services.cancel_order import cancel_order, preview_cancellation, refuse_failed
from apps.payments.services.confirm_payment import confirm_payment
from apps.payments.services.name_account import name_account_of
from apps.payments.services.receive_webhook import read_webhook, receive_webhook
from apps.payments.states import OPEN_REFUNDS


class ConfirmView(APIView):
    permission_classes = (IsAuthenticated, HasAccessPass)

    def performance_to_book(self, request: Request) -> int | None:
        """The order's performance. A repeat books nothing: it gets its first answer when the pass has gone, too."""
        body = ConfirmSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order_id = body.validated_data["orderId"]
        performance_id = performance_of(order_id)
        if performance_id is None:
            raise NotFound
        key = body.validated_data["paymentKey"]
        return None if is_repeat(key, order_id=order_id, user_id=caller(request).id) else performance_id

    @extend_schema(
        tags=["payments"],
        summary="Confirm the payment that the customer has agreed to in the payment window",
        description="A repeat with the same paymentKey gets the first answer and charges nothing.",
        request=ConfirmSerializer,
        responses={
            200: ConfirmedSerializer,
            **problem_responses(
                *BODY_REFUSALS, NotAuthenticated, TokenInvalid, AccessPassRequired, NotFound, AmountMismatch,
                PaymentDeclined, PaymentUnknown, PaymentKeyUsed, OrderExpired, OrderStateConflict, DepositRefused,
                PerformanceCalledOff, ShowMoved, TooManyAttempts, SeatsUnavailable, ServiceUnavailable,
            ),
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = ConfirmSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user_id = caller(request).id
        payment = confirm_payment(
            body.validated_data["paymentKey"],
            order_id=body.validated_data["orderId"],
            amount_krw=body.validated_data["amount"],
            user_id=user_id,
            seen=body.seen,
        )
        return Response(confirmed_body(payment, user_id=user_id))


class CancelView(APIView):
    @extend_schema(
        tags=["orders"],
        summary="Cancel an order, or some lines of a paid one",
        description="202: the refund is on its way, and its outcome is not known yet; it is settled by itself.",
        parameters=[OpenApiParameter("preview", bool, description="only say what it would cost")],
        request=CancelSerializer,
        responses={
            200: CancelledSerializer,
            202: CancelledSerializer,
            **problem_responses(
                *BODY_REFUSALS, NotAuthenticated, TokenInvalid, NotFound, OrderStateConflict, CancellationClosed,
                NothingToCancel, AlreadyRefunded, MoreThanIsLeft, FeeChanged, WholeRefundOnly, RefundAccountRequired,
                RefundDeclined, ServiceUnavailable,
            ),
        },
    )  # fmt: skip
    def post(self, request: Request, order_id: str) -> Response:
        if performance_of(order_id) is None:
            raise NotFound
        body = CancelSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user_id = caller(request).id
        line_numbers = body.validated_data.get("line_ids")
        if _is_preview(request):
            done = preview_cancellation(order_id, user_id=user_id, line_numbers=line_numbers, cause=body.chosen_cause)
        else:
            done = cancel_order(
                order_id,
                user_id=user_id,
                line_numbers=line_numbers,
                account=body.validated_data.get("refund_account"),
                agreed_refund_krw=body.validated_data.get("agreed_refund"),
                cause=body.chosen_cause,
            )
        order = order_body(order_id, user_id)
        is_open = done.refund is not None and done.refund.status in OPEN_REFUNDS
        return Response(
            {"id": order_id, "status": order["status"], "refund": refund_body(done), "order": order},
            status=status.HTTP_202_ACCEPTED if is_open else status.HTTP_200_OK,
        )


class RefundAccountView(APIView):
    @extend_schema(
        tags=["orders"],
        summary="Name the bank account that a deposit's refund goes to, or correct it",
        description="For a refund that waits for its account, or that the bank could not pay into the one before. It"
        " goes out at once. 202: its outcome is not known yet; it is settled by itself.",
        request=RefundAccountSerializer,
        responses={
            200: NamedAccountSerializer,
            202: NamedAccountSerializer,
            **problem_responses(
                *BODY_REFUSALS, NotAuthenticated, TokenInvalid, NotFound, NothingToCancel, AlreadyRefunded,
                MoreThanIsLeft, RefundDeclined, ServiceUnavailable,
            ),
        },
    )  # fmt: skip
    def put(self, request: Request, order_id: str, number: int) -> Response:
        if performance_of(order_id) is None:
            raise NotFound
        body = RefundAccountSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        refund = name_account_of(order_id, number, user_id=caller(request).id, account=body.validated_data)
        refuse_failed(refund)
        is_open = refund.status in OPEN_REFUNDS
        return Response(
            NamedAccountSerializer(refund).data, status=status.HTTP_202_ACCEPTED if is_open else status.HTTP_200_OK
        )


class WebhookView(APIView):
    """A provider's messages prove nothing: whoever sends one achieves no more than that we ask the provider."""

    provider = ""
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        tags=["payments"],
        summary="What a payment provider sends: kept, answered, and looked into afterwards",
        request={"application/json": {"type": "object"}},
        responses={200: None, **problem_responses(*BODY_REFUSALS, ServiceUnavailable)},
    )
    def post(self, request: Request) -> Response:
        if not isinstance(request.data, dict):
            raise ValidationFailed(errors={"": ["An object is expected."]})
        reader = webhook_readers()[self.provider]
        number = request.headers.get(reader.transmission_header)
        network = crowd_network_of(client_address(request))
        receive_webhook(read_webhook(self.provider, reader, request.data, number, network))
        return Response(status=status.HTTP_200_OK)


def _is_preview(request: Request) -> bool:
    value = request.query_params.get("preview", "").lower()
    if value not in {"", "0", "1", "false", "true"}:
        raise ValidationFailed(errors={"preview": ["true or false, 1 or 0."]})
    return value in {"1", "true"}
