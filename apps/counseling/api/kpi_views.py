"""The figures of a range of days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.common.clock import database_now
from apps.common.days import MAX_DAYS, day_of
from apps.common.errors import NotAuthenticated, ServiceUnavailable, TokenInvalid, ValidationFailed
from apps.common.http.drf import DayField
from apps.common.openapi.schema import problem_responses
from apps.counseling.access import SUPERVISE, get_profile, may
from apps.counseling.errors import NotACounselor
from apps.counseling.kpis.figures import days_of_categories, days_of_counselors, figures_by
from apps.counseling.kpis.ratios import (
    CATEGORY_FIGURES,
    COUNSELOR_FIGURES,
    Figure,
    added_up,
    category_ratios,
    counselor_ratios,
)
from apps.counseling.models import DailyCounselorKpi


class RangeSerializer(serializers.Serializer[Any]):
    """`from` and `to`, both included; today where they are left out."""

    to = DayField(required=False)

    def get_fields(self) -> dict[str, Any]:
        return {"from": DayField(required=False), **super().get_fields()}


class FiguresSerializer(serializers.Serializer[Any]):
    """The fields that a subclass names, and those of its figures."""

    figures: ClassVar[tuple[Figure, ...]]

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), **{figure.name: _field_of(figure) for figure in self.figures}}


class CounselorFiguresSerializer(FiguresSerializer):
    figures = COUNSELOR_FIGURES
    counselor_id = serializers.IntegerField()
    name = serializers.CharField()


class CategoryFiguresSerializer(FiguresSerializer):
    figures = CATEGORY_FIGURES
    category_id = serializers.IntegerField(allow_null=True, help_text="null: the whole centre")


class KpisSerializer(serializers.Serializer[Any]):
    """Of the caller; supervisors see every counselor, each category and the whole centre."""

    counselors = CounselorFiguresSerializer(many=True)
    categories = CategoryFiguresSerializer(many=True)


class KpisView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="My figures; everybody's for supervisors",
        parameters=[RangeSerializer],
        responses={
            200: KpisSerializer,
            **problem_responses(NotAuthenticated, TokenInvalid, ServiceUnavailable, NotACounselor, ValidationFailed),
        },
    )
    def get(self, request: Request) -> Response:
        user_id = caller(request).id
        supervises = may(user_id, SUPERVISE)
        if not supervises:
            get_profile(user_id)
        days = _days(request)
        whose = days_of_counselors() if supervises else DailyCounselorKpi.objects.filter(counselor=user_id)
        counselors = whose.filter(days).select_related("counselor")
        categories = list(days_of_categories().filter(days)) if supervises else []
        names = {day.counselor_id: day.counselor.nickname for day in counselors}
        of_counselors = figures_by(counselors, "counselor_id", counselor_ratios)
        centre = [{"category_id": None, **category_ratios(added_up(categories))}] if categories else []
        return Response(
            {
                "counselors": [{**one, "name": names[one["counselor_id"]]} for one in of_counselors],
                "categories": [*figures_by(categories, "category_id", category_ratios), *centre],
            }
        )


def _field_of(figure: Figure) -> serializers.Field[Any, Any, Any, Any]:
    return serializers.IntegerField() if figure.unit == "count" else serializers.FloatField(allow_null=True)


def _days(request: Request) -> models.Q:
    query = RangeSerializer(data=request.query_params)
    query.is_valid(raise_exception=True)
    today = day_of(database_now())
    first, last = query.validated_data.get("from", today), query.validated_data.get("to", today)
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        raise ValidationFailed(errors={"to": [f"From the first day on, and {MAX_DAYS} days at most."]})
    return models.Q(day__range=(first, last))
