"""The public catalogue."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView, RetrieveAPIView
from rest_framework.permissions import AllowAny

from apps.common.errors import NotFound, ValidationFailed
from apps.common.http.pagination import NumberedPages
from apps.common.openapi.schema import problem_responses
from apps.concerts import selectors
from apps.concerts.api.serializers import (
    CatalogueQuery,
    ConcertDetailSerializer,
    ConcertSerializer,
    SinglePerformanceSerializer,
)
from apps.concerts.models import Concert, Performance


class CatalogueView(GenericAPIView):
    """Open to everybody, logged in or not; one moment counts for the whole answer."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "now": self.now}


@extend_schema(
    tags=["catalogue"],
    summary="Find concerts",
    description="Concerts with their performances, the times of their sales and their cheapest prices.",
)
class ConcertListView(CatalogueView, ListAPIView):
    serializer_class = ConcertSerializer
    pagination_class = NumberedPages

    @extend_schema(
        parameters=[CatalogueQuery],
        responses={200: ConcertSerializer(many=True), **problem_responses(NotFound, ValidationFailed)},
    )
    def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        return super().get(request, *args, **kwargs)

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        selectors.fetch_moves(one for concert in page or () for one in concert.performances.all())
        return page

    def get_queryset(self) -> Any:
        query = CatalogueQuery(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return selectors.list_concerts(now=self.now, **query.validated_data)


@extend_schema(
    tags=["catalogue"],
    summary="Read a concert",
    description="A concert with its cancellation policy, and its performances with grades and prices.",
    responses={200: ConcertDetailSerializer, **problem_responses(NotFound)},
)
class ConcertView(CatalogueView, RetrieveAPIView):
    serializer_class = ConcertDetailSerializer

    def get_object(self) -> Concert:
        try:
            concert = selectors.get_concert(self.kwargs["concert_id"], now=self.now)
        except Concert.DoesNotExist as error:
            raise Http404 from error
        selectors.fetch_moves(concert.performances.all())
        return concert


@extend_schema(
    tags=["catalogue"],
    summary="Read a performance",
    description="A performance with its venue, grades and prices. Its seats are at `/api/performances/{id}/seats`.",
    responses={200: SinglePerformanceSerializer, **problem_responses(NotFound)},
)
class PerformanceView(CatalogueView, RetrieveAPIView):
    serializer_class = SinglePerformanceSerializer

    def get_object(self) -> Performance:
        try:
            performance = selectors.get_performance(self.kwargs["performance_id"], now=self.now)
        except Performance.DoesNotExist as error:
            raise Http404 from error
        selectors.fetch_moves([performance])
        return performance
