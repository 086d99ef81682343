from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.viewsets import ReadOnlyModelViewSet

from apps.accounts.authentication import caller
from apps.common.errors import NotAuthenticated, NotFound, TokenInvalid
from apps.common.pagination import NumberedPages
from apps.common.schema import problem_responses
from apps.orders.api.serializers import OrderSerializer
from apps.orders.models import Order
from apps.orders.selectors import list_orders


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
