"""Conversations over REST: the twin of what STOMP does, and their history."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.accounts.models import Role
from apps.common.clock import database_now
from apps.common.errors import (
    NotAuthenticated,
    NotFound,
    PermissionRefused,
    ServiceUnavailable,
    TokenInvalid,
    ValidationFailed,
)
from apps.common.http.pagination import NumberedPages
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses
from apps.counseling.access import Member, get_member
from apps.counseling.api import serializers as shapes
from apps.counseling.errors import (
    AlreadyRated,
    CounselingClosed,
    NoFreeCapacity,
    OfferGone,
    SessionStateConflict,
)
from apps.counseling.models import CounselSession
from apps.counseling.selectors import list_categories, list_entries, list_sessions
from apps.counseling.services.counselor_states import get_wrap_up
from apps.counseling.services.end_session import end_by_member, name_wrap_up
from apps.counseling.services.offers import accept_offer, decline_offer
from apps.counseling.services.opening_hours import hours_of
from apps.counseling.services.rate_session import rate_session
from apps.counseling.services.request_session import get_queue_position, request_session
from apps.counseling.services.transfer_session import transfer_to_category, transfer_to_counselor
from apps.counseling.states import SenderRole

REFUSALS = (NotAuthenticated, TokenInvalid, ServiceUnavailable)
MAX_ENTRIES = 500
MAX_DIGITS = 10


def member_of(request: Request, session_id: int) -> Member:
    """Return the caller's part in a conversation, or raise NotFound."""
    user = caller(request)
    return get_member(session_id, user.id, role=user.role)


def shown(session: CounselSession) -> dict[str, Any]:
    """Return a conversation as the API shows one, with its place in the line."""
    fresh = CounselSession.objects.select_related("category", "customer", "counselor", "rating").get(pk=session.pk)
    queue_position = get_queue_position(fresh) if fresh.answered_at is None and fresh.is_open else None
    return dict(shapes.SessionWithPlaceSerializer(fresh, context={"queue_position": queue_position}).data)


class CategoriesView(APIView):
    @extend_schema(
        operation_id="counsel_categories_list",
        tags=["counseling"],
        summary="What can be asked about, and when somebody is there to answer",
        responses={200: shapes.CategoryWithHoursSerializer(many=True), **problem_responses(*REFUSALS)},
    )
    def get(self, request: Request) -> Response:
        categories = list(list_categories())
        context = {"hours": hours_of(category.pk for category in categories), "now": database_now()}
        return Response(shapes.CategoryWithHoursSerializer(categories, many=True, context=context).data)


@extend_schema(tags=["counseling"])
class SessionsView(ListAPIView):
    """The caller's conversations."""

    serializer_class = shapes.SessionSerializer
    pagination_class = NumberedPages

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return CounselSession.objects.none()
        user = caller(self.request)
        return list_sessions(user.id, role=user.role)

    @extend_schema(
        operation_id="sessions_list",
        summary="My conversations, the newest first",
        responses={200: shapes.SessionSerializer(many=True), **problem_responses(*REFUSALS, NotFound)},
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Ask for somebody to talk to",
        description="The same `request_id`, or a category with an open conversation, answers what is there already.",
        request=shapes.NewSessionSerializer,
        responses={
            201: shapes.SessionWithPlaceSerializer,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, PermissionRefused, CounselingClosed),
        },
    )
    def post(self, request: Request) -> Response:
        user = caller(request)
        if user.role != Role.CUSTOMER:
            raise PermissionRefused("Customers ask; counselors answer")
        body = shapes.NewSessionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        requested = request_session(user.id, **body.validated_data)
        return Response(shown(requested.session), status=status.HTTP_201_CREATED)


class SessionView(APIView):
    @extend_schema(
        operation_id="sessions_retrieve",
        tags=["counseling"],
        summary="A conversation of mine",
        responses={200: shapes.SessionWithPlaceSerializer, **problem_responses(*REFUSALS, NotFound)},
    )
    def get(self, request: Request, session_id: int) -> Response:
        return Response(shown(member_of(request, session_id).session))


class MessagesView(APIView):
    @extend_schema(
        tags=["counseling"],
        summary="What was said, in order",
        description="The entries after the number `after`, at most `limit`; ask again after the last one.",
        parameters=[
            OpenApiParameter("after", {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0}),
            OpenApiParameter(
                "limit", {"type": "integer", "minimum": 1, "maximum": MAX_ENTRIES, "default": MAX_ENTRIES}
            ),
        ],
        responses={
            200: shapes.EntrySerializer(many=True),
            **problem_responses(*REFUSALS, NotFound, ValidationFailed),
        },
    )
    def get(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        after = _number(request, "after", least=0, most=2**31 - 1, default=0)
        limit = _number(request, "limit", least=1, most=MAX_ENTRIES, default=MAX_ENTRIES)
        entries = list_entries(member.session.pk, after=after)[:limit]
        return Response([shapes.EntrySerializer(entry).data for entry in entries])


def _number(request: Request, name: str, *, least: int, most: int, default: int) -> int:
    """Return a number of the query; raise ValidationFailed for any other text."""
    text = request.query_params.get(name, str(default))
    if text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS and least <= int(text) <= most:
        return int(text)
    raise ValidationFailed(errors={name: [f"A number from {least} to {most}."]})


class AcceptView(APIView):
    @extend_schema(
        tags=["counseling"],
        summary="Take a conversation that is offered",
        request=None,
        responses={200: shapes.SessionWithPlaceSerializer, **problem_responses(*REFUSALS, NotFound, OfferGone)},
    )
    def post(self, request: Request, session_id: int) -> Response:
        return Response(shown(accept_offer(session_id, counselor_id=caller(request).id)))


class DeclineView(APIView):
    @extend_schema(
        tags=["counseling"],
        summary="Give an offer back",
        request=None,
        responses={204: None, **problem_responses(*REFUSALS, NotFound, OfferGone)},
    )
    def post(self, request: Request, session_id: int) -> Response:
        decline_offer(session_id, counselor_id=caller(request).id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class EndView(APIView):
    @extend_schema(
        tags=["counseling"],
        summary="End a conversation, or leave the line",
        description="A second end changes nothing.",
        request=shapes.EndSerializer,
        responses={
            200: shapes.SessionWithPlaceSerializer,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, NotFound, PermissionRefused),
        },
    )
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        body = shapes.EndSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user_id = caller(request).id
        code = body.validated_data.get("wrap_up_code")
        wrap_up = get_wrap_up(code) if code and member.role != SenderRole.CUSTOMER else None
        session = end_by_member(member, user_id=user_id)
        if wrap_up is not None:
            name_wrap_up(session_id, counselor_id=user_id, wrap_up_id=wrap_up.pk, note=body.validated_data["note"])
        return Response(shown(session))


class TransferView(APIView):
    @extend_schema(
        tags=["counseling"],
        summary="Give a conversation to a counselor, or to a category's line",
        request=shapes.TransferSerializer,
        responses={
            200: shapes.SessionWithPlaceSerializer,
            **problem_responses(
                *BODY_REFUSALS, *REFUSALS, NotFound, PermissionRefused, NoFreeCapacity, SessionStateConflict
            ),
        },
    )
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        body = shapes.TransferSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by = caller(request).id
        if "category_id" in body.validated_data:
            session = transfer_to_category(member, category_id=body.validated_data["category_id"], by=by)
        else:
            session = transfer_to_counselor(member, counselor_id=body.validated_data["counselor_id"], by=by)
        return Response(shown(session))


class RatingView(APIView):
    @extend_schema(
        tags=["counseling"],
        summary="Say how it was, once, after the end",
        request=shapes.RatingSerializer,
        responses={
            201: shapes.RatingSerializer,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, NotFound, SessionStateConflict, AlreadyRated),
        },
    )
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        if member.role != SenderRole.CUSTOMER:
            raise NotFound
        body = shapes.RatingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        rating = rate_session(member.session, **body.validated_data)
        return Response(shapes.RatingSerializer(rating).data, status=status.HTTP_201_CREATED)
