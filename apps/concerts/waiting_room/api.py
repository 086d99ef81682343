"""How a performance's line lets people in, for staff to see and change."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.accounts.models import User
from apps.accounts.permissions import StaffWhoMay
from apps.common.errors import NotAuthenticated, NotFound, PermissionRefused, ValidationFailed
from apps.common.openapi.schema import problem_responses
from apps.concerts.errors import PublicationConflict
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room


class WaitingRoomSettingsSerializer(serializers.Serializer[Performance]):
    """All of it in an answer; in a change whatever is to be another."""

    mode = serializers.ChoiceField(WaitingRoomMode.choices, source="waiting_room_mode")
    rate = serializers.FloatField(source="waiting_room_rate", help_text="Admissions a second.")
    inside_limit = serializers.IntegerField(
        source="waiting_room_inside_limit", help_text="The most people inside at once."
    )


class WaitingRoomSettingsView(APIView):
    permission_classes = [StaffWhoMay]
    needs: ClassVar = {"GET": "concerts.view_performance", "PATCH": "concerts.change_performance"}

    @extend_schema(
        summary="How a performance's line lets people in",
        tags=["waiting room"],
        responses={
            200: WaitingRoomSettingsSerializer,
            **problem_responses(NotAuthenticated, PermissionRefused, NotFound),
        },
    )
    def get(self, _request: Request, performance_id: int) -> Response:
        performance = Performance.objects.filter(pk=performance_id).first()
        if performance is None:
            raise NotFound
        return Response(WaitingRoomSettingsSerializer(performance).data)

    @extend_schema(
        summary="Change how a performance's line lets people in, at once",
        tags=["waiting room"],
        request=WaitingRoomSettingsSerializer(partial=True),
        responses={
            200: WaitingRoomSettingsSerializer,
            **problem_responses(NotAuthenticated, PermissionRefused, NotFound, ValidationFailed, PublicationConflict),
        },
    )
    def patch(self, request: Request, performance_id: int) -> Response:
        asked = WaitingRoomSettingsSerializer(data=request.data, partial=True)
        asked.is_valid(raise_exception=True)
        changes: dict[str, Any] = {
            name.removeprefix("waiting_room_"): value for name, value in asked.validated_data.items()
        }
        actor = User.objects.filter(pk=caller(request).id).first()
        performance = change_waiting_room(performance_id, actor=actor, **changes)
        return Response(WaitingRoomSettingsSerializer(performance).data)
