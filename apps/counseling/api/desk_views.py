"""What a counselor's desk reads: all that is on it, the past, to whom a conversation can go; and the wallboard."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.common.errors import (
    NotAuthenticated,
    NotFound,
    PermissionRefused,
    ServiceUnavailable,
    TokenInvalid,
    ValidationFailed,
)
from apps.common.http.pagination import NumberedPages
from apps.common.openapi.schema import problem_responses
from apps.counseling.access import SUPERVISE, get_profile, may, require
from apps.counseling.api import desk_serializers as shapes
from apps.counseling.api.counselor_views import shown_counselors
from apps.counseling.api.session_views import member_of
from apps.counseling.errors import NotACounselor
from apps.counseling.kpis.folds import SERVICE_LEVEL, SERVICE_LEVEL_TARGET
from apps.counseling.models import CounselSession
from apps.counseling.services.counselor_states import get_counselor
from apps.counseling.services.desk_view import get_desk
from apps.counseling.services.search_history import HistoryQuery, search_history
from apps.counseling.services.transfer_targets import get_transfer_targets
from apps.counseling.services.wallboard import SERVICE_LEVEL_WINDOW, get_wallboard

REFUSALS = (NotAuthenticated, TokenInvalid, ServiceUnavailable)


def require_desk(user_id: int) -> bool:
    """Let counselors and supervisors through; tell whether it is a counselor. Raises NotACounselor."""
    try:
        get_profile(user_id)
    except NotACounselor:
        if not may(user_id, SUPERVISE):
            raise
        return False
    return True


class DeskView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="All that is on my desk",
        responses={200: shapes.DeskSerializer, **problem_responses(*REFUSALS, NotACounselor)},
    )
    def get(self, request: Request) -> Response:
        user_id = caller(request).id
        is_counselor = require_desk(user_id)
        desk = get_desk(user_id)
        counselor = shown_counselors([get_counselor(user_id)])[0] if is_counselor else None
        return Response(shapes.DeskSerializer({"counselor": counselor, **desk._asdict()}).data)


@extend_schema(tags=["counselors"])
class HistoryView(ListAPIView):
    """The conversations that I have had; for supervisors everybody's."""

    serializer_class = shapes.HistorySerializer
    pagination_class = NumberedPages

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return CounselSession.objects.none()
        user_id = caller(self.request).id
        require_desk(user_id)
        asked = self._asked()
        return search_history(
            user_id,
            HistoryQuery(
                customer=asked.get("customer", ""),
                text=asked.get("q", ""),
                category_id=asked.get("category_id"),
                counselor_id=asked.get("counselor_id"),
                first_day=asked.get("from"),
                last_day=asked.get("to"),
            ),
        )

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "text": self.request.query_params.get("q", "")}

    def _asked(self) -> dict[str, Any]:
        query = shapes.HistoryQuerySerializer(data=self.request.query_params)
        query.is_valid(raise_exception=True)
        return dict(query.validated_data)

    @extend_schema(
        summary="Conversations that I have had, found again; everybody's for supervisors",
        parameters=[shapes.HistoryQuerySerializer],
        responses={
            200: shapes.HistorySerializer(many=True),
            **problem_responses(*REFUSALS, NotACounselor, NotFound, ValidationFailed),
        },
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class WallboardView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="The centre at this moment (supervisors)",
        responses={200: shapes.WallboardSerializer, **problem_responses(*REFUSALS, PermissionRefused)},
    )
    def get(self, request: Request) -> Response:
        require(caller(request).id, SUPERVISE)
        board = get_wallboard()
        level = board.service_level
        shown = {
            "at": board.at,
            "lines": board.lines,
            "service_level": {
                **level._asdict(),
                "share": level.share,
                "within_seconds": int(SERVICE_LEVEL.total_seconds()),
                "window_seconds": int(SERVICE_LEVEL_WINDOW.total_seconds()),
                "target": SERVICE_LEVEL_TARGET,
            },
            "counselors": shown_counselors(board.team),
            "conversations": board.talks,
        }
        return Response(shapes.WallboardSerializer(shown).data)


class TransferTargetsView(APIView):
    @extend_schema(
        tags=["counseling"],
        summary="To whom a conversation can go",
        responses={
            200: shapes.TransferTargetsSerializer,
            **problem_responses(*REFUSALS, NotFound, PermissionRefused),
        },
    )
    def get(self, request: Request, session_id: int) -> Response:
        targets = get_transfer_targets(member_of(request, session_id))
        for category, waiting in targets.lines:
            category.waiting = waiting  # type: ignore[attr-defined]  # for its serializer
        shown = {
            "counselors": shown_counselors(targets.counselors),
            "categories": [category for category, _ in targets.lines],
        }
        return Response(shapes.TransferTargetsSerializer(shown).data)
