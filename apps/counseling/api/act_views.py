"""The customer's context, acts on their orders, and inquiries."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.accounts.models import Role
from apps.common.errors import (
    NotAuthenticated,
    NotFound,
    PermissionRefused,
    ServiceUnavailable,
    TokenInvalid,
    ValidationFailed,
)
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses
from apps.concerts.errors import SeatsUnavailable
from apps.counseling.api.session_views import member_of
from apps.counseling.errors import HoldAlreadyExtended, SessionStateConflict
from apps.counseling.models import Inquiry
from apps.counseling.services.acts import (
    cancel_customer_order,
    extend_hold_once,
    preview_customer_cancellation,
    resend_tickets,
)
from apps.counseling.services.customer_context import (
    get_customer_context,
    list_earlier_conversations,
    masked_email,
)
from apps.counseling.services.inquiries import write_inquiry
from apps.counseling.states import SenderRole
from apps.orders.errors import CancellationClosed, OrderStateConflict
from apps.payments.api.serializers import CauseSerializer, RefundAccountSerializer
from apps.payments.causes import Chooser
from apps.payments.errors import (
    FeeChanged,
    NothingToCancel,
    RefundAccountRequired,
    RefundDeclined,
    WholeRefundOnly,
)
from apps.payments.services.cancel_order import Cancellation

REFUSALS = (NotAuthenticated, TokenInvalid, ServiceUnavailable)
MAX_LINES = 100


class ActSerializer(serializers.Serializer[Any]):
    order_id = serializers.RegexField(r"^[A-Za-z0-9_-]{6,64}$")


class CancelActSerializer(ActSerializer, CauseSerializer):
    chooser = Chooser.COUNSELOR

    line_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=1000), required=False, max_length=MAX_LINES
    )
    refund_account = RefundAccountSerializer(
        required=False, help_text="needed where the order was paid by a deposit to a virtual account"
    )
    agreed_refund = serializers.IntegerField(
        required=False, min_value=0, max_value=2**53, help_text="KRW; with any other refund nothing is cancelled"
    )


class CancelledLineSerializer(serializers.Serializer[Any]):
    line_id = serializers.IntegerField()
    price = serializers.IntegerField(help_text="KRW")
    fee = serializers.IntegerField(help_text="KRW")
    refund = serializers.IntegerField(help_text="KRW")


class CancelledForCustomerSerializer(serializers.Serializer[Any]):
    """`refund`, `fee` and `lines` are null or empty of an order that was never paid, `refund_status` of a preview."""

    order_id = serializers.CharField()
    refund = serializers.IntegerField(allow_null=True, help_text="KRW")
    fee = serializers.IntegerField(allow_null=True, help_text="KRW")
    refund_status = serializers.CharField(allow_null=True)
    lines = CancelledLineSerializer(many=True)


class InquirySerializer(serializers.ModelSerializer[Inquiry]):
    category_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    session_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1, required=False, allow_null=True)
    content = serializers.CharField(max_length=5000)
    answer = serializers.CharField(read_only=True)

    class Meta:
        model = Inquiry
        fields = ["id", "category_id", "session_id", "subject", "content", "status", "answer", "created_at"]
        read_only_fields = ["id", "status", "created_at"]


class ContextView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="What the customer holds, where they wait, what they bought, what they asked before",
        responses={200: OpenApiTypes.OBJECT, **problem_responses(*REFUSALS, NotFound)},
    )
    def get(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        if member.role == SenderRole.CUSTOMER:
            raise NotFound
        customer = member.session.customer
        return Response(
            {
                "customer": {
                    "id": customer.pk,
                    "name": customer.nickname,
                    "email": masked_email(customer.email),
                    "member_since": customer.created_at,
                },
                **get_customer_context(customer.pk),
                "conversations": list_earlier_conversations(member.session),
            }
        )


class ExtendHoldView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Let the customer's hold last longer, once",
        request=ActSerializer,
        responses={
            200: inline_serializer(
                "ExtendedHold", {"order_id": serializers.CharField(), "expires_at": serializers.DateTimeField()}
            ),
            **problem_responses(
                *BODY_REFUSALS, *REFUSALS, NotFound, PermissionRefused, OrderStateConflict, HoldAlreadyExtended,
                SeatsUnavailable,
            ),
        },
    )  # fmt: skip
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        body = ActSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = extend_hold_once(member, body.validated_data["order_id"], actor_id=caller(request).id)
        return Response({"order_id": order.pk, "expires_at": order.expires_at})


class ResendTicketsView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Send the customer's tickets again",
        request=ActSerializer,
        responses={
            204: None,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, NotFound, PermissionRefused, OrderStateConflict),
        },
    )
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        body = ActSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        resend_tickets(member, body.validated_data["order_id"], actor_id=caller(request).id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class CancelOrderView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Cancel the customer's order, or some of its seats, by the policy",
        request=CancelActSerializer,
        parameters=[OpenApiParameter("preview", bool, description="only say what it would cost")],
        responses={
            200: CancelledForCustomerSerializer,
            **problem_responses(
                *BODY_REFUSALS, *REFUSALS, NotFound, PermissionRefused, OrderStateConflict, CancellationClosed,
                NothingToCancel, FeeChanged, WholeRefundOnly, RefundAccountRequired, RefundDeclined,
            ),
        },
    )  # fmt: skip
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        body = CancelActSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order_id, line_numbers = body.validated_data["order_id"], body.validated_data.get("line_ids")
        actor_id, cause = caller(request).id, body.chosen_cause
        if _is_preview(request):
            done = preview_customer_cancellation(
                member, order_id, actor_id=actor_id, line_numbers=line_numbers, cause=cause
            )
        else:
            done = cancel_customer_order(
                member,
                order_id,
                actor_id=actor_id,
                line_numbers=line_numbers,
                account=body.validated_data.get("refund_account"),
                agreed_refund_krw=body.validated_data.get("agreed_refund"),
                cause=cause,
            )
        return Response(_cancelled(done))


def _is_preview(request: Request) -> bool:
    preview = request.query_params.get("preview", "false").lower()
    if preview not in ("true", "false"):
        raise ValidationFailed(errors={"preview": ["true or false."]})
    return preview == "true"


def _cancelled(done: Cancellation) -> dict[str, Any]:
    refund, quote = done.refund, done.quote
    lines = () if quote is None else quote.lines
    money: tuple[int | None, int | None] = (None, None)
    if refund is not None:
        money = refund.amount_krw, refund.fee_krw
    elif quote is not None:
        money = quote.refund_krw, quote.fee_krw
    return {
        "order_id": done.order_id,
        "refund": money[0],
        "fee": money[1],
        "refund_status": None if refund is None else refund.status,
        "lines": [
            {"line_id": line.line_number, "price": line.price_krw, "fee": line.fee_krw, "refund": line.refund_krw}
            for line in lines
        ],
    }


class InquiriesView(APIView):
    @extend_schema(
        operation_id="inquiries_list",
        tags=["counseling"],
        summary="My inquiries, the newest first",
        responses={200: InquirySerializer(many=True), **problem_responses(*REFUSALS)},
    )
    def get(self, request: Request) -> Response:
        inquiries = Inquiry.objects.filter(customer=caller(request).id)[:100]
        return Response(InquirySerializer(inquiries, many=True).data)

    @extend_schema(
        tags=["counseling"],
        summary="Ask in writing; who waits with `session_id` leaves the line",
        request=InquirySerializer,
        responses={
            201: InquirySerializer,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, NotFound, PermissionRefused, SessionStateConflict),
        },
    )
    def post(self, request: Request) -> Response:
        user = caller(request)
        if user.role != Role.CUSTOMER:
            raise PermissionRefused("Customers ask")
        body = InquirySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        inquiry = write_inquiry(user.id, **body.validated_data)
        return Response(InquirySerializer(inquiry).data, status=status.HTTP_201_CREATED)
