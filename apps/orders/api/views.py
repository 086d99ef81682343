from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from apps.accounts.authentication import caller
from apps.common.errors import NotAuthenticated, NotFound, ServiceUnavailable, TokenInvalid
from apps.common.http.pagination import NumberedPages
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses
from apps.concerts.errors import AccessPassRequired
from apps.concerts.selectors import fetch_moves
from apps.concerts.waiting_room.permission import HasAccessPass
from apps.orders.api.serializers import OrderDetailsSerializer, OrderSerializer
from apps.orders.errors import OrderExpired, OrderStateConflict
from apps.orders.models import Order
from apps.orders.order_ids import performance_of
from apps.orders.selectors import list_orders
from apps.orders.services.change_details import change_details


@extend_schema(tags=["orders"])
@extend_schema_view(
    list=extend_schema(
        summary="My orders, the newest first",
        responses={200: OrderSerializer, **problem_responses(NotAuthenticated, TokenInvalid, NotFound)},
    ),
    retrieve=extend_schema(
        summary="One of my orders, with its tickets when it is paid",
        responses={200: OrderSerializer, **problem_responses(NotAuthenticated, TokenInvalid, NotFound)},
    ),
)
class OrderViewSet(ReadOnlyModelViewSet[Order]):
    """A buyer's own orders; somebody else's are a 404."""

    serializer_class = OrderSerializer
    pagination_class = NumberedPages
    lookup_value_regex = "[A-Za-z0-9_-]{6,64}"

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Order.objects.none()
        return list_orders(caller(self.request).id)

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        fetch_moves(order.performance for order in page or ())
        return page

    def get_permissions(self) -> list[Any]:
        guards = [*super().get_permissions()]
        return [*guards, HasAccessPass()] if self.action == "partial_update" else guards

    def performance_to_book(self, _request: Request) -> int | None:
        """The performance that the order's id names."""
        return performance_of(self.kwargs["pk"])

    @extend_schema(
        summary="Choose a reserved order's booker and delivery",
        description="Possible until the payment is confirmed; the profile is copied into the order.",
        request=OrderDetailsSerializer,
        responses={
            200: OrderSerializer,
            **problem_responses(
                *BODY_REFUSALS, NotAuthenticated, TokenInvalid, AccessPassRequired, NotFound, OrderExpired,
                OrderStateConflict, ServiceUnavailable,
            ),
        },
    )  # fmt: skip
    def partial_update(self, request: Request, pk: str) -> Response:
        body = OrderDetailsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        change_details(pk, user_id=caller(request).id, **body.validated_data)
        return Response(OrderSerializer(self.get_object()).data)
