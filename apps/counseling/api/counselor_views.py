"""Counselors at work over REST, and what supervisors see and do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.accounts.models import User
from apps.common.errors import NotAuthenticated, NotFound, PermissionRefused, ServiceUnavailable, TokenInvalid
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses
from apps.counseling.access import SUPERVISE, require
from apps.counseling.api import serializers as shapes
from apps.counseling.api.session_views import member_of, shown
from apps.counseling.errors import CounselorStateConflict, NoFreeCapacity, NotACounselor, SessionStateConflict
from apps.counseling.models import InternalNote
from apps.counseling.routing import store
from apps.counseling.routing.answers import CounselorView
from apps.counseling.services.counselor_states import change_counselor_state, get_counselor
from apps.counseling.services.desk_view import causes_of
from apps.counseling.services.rebuild_routing import with_routing
from apps.counseling.services.supervise import join_session, whisper, write_note
from apps.counseling.services.transfer_session import take_over_session
from apps.counseling.states import CounselorState, SenderRole

REFUSALS = (NotAuthenticated, TokenInvalid, ServiceUnavailable)


class ChangeStateView(APIView):
    """PATCH /api/counselors/online and its like; `state` is the one that it asks for."""

    state = CounselorState.ONLINE

    @extend_schema(
        tags=["counselors"],
        summary="Change my state; READY brings the next customer",
        request=shapes.ChangeStateSerializer,
        responses={
            200: shapes.CounselorStateSerializer,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, NotACounselor, CounselorStateConflict),
        },
    )
    def patch(self, request: Request) -> Response:
        body = shapes.ChangeStateSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        user_id = caller(request).id
        change_counselor_state(user_id, self.state, **body.validated_data)
        return Response(shapes.CounselorStateSerializer(get_counselor(user_id)).data)


class CounselorMeView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="My state, load and conversations",
        responses={200: shapes.CounselorSerializer, **problem_responses(*REFUSALS, NotACounselor)},
    )
    def get(self, request: Request) -> Response:
        counselor = get_counselor(caller(request).id)
        return Response(shapes.CounselorSerializer(shown_counselors([counselor])[0]).data)


class TeamView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Every counselor at work (supervisors)",
        responses={200: shapes.CounselorSerializer(many=True), **problem_responses(*REFUSALS, PermissionRefused)},
    )
    def get(self, request: Request) -> Response:
        require(caller(request).id, SUPERVISE)
        team = with_routing(store.team)
        return Response(shapes.CounselorSerializer(shown_counselors(team), many=True).data)


def shown_counselors(team: list[CounselorView]) -> list[dict[str, Any]]:
    """Return counselors as the API shows them; one query for their names, one for why they are in their states."""
    ids = [counselor.counselor_id for counselor in team]
    causes = causes_of(team)
    names = dict(User.objects.filter(pk__in=ids).values_list("pk", "nickname"))
    return [
        {
            "id": counselor.counselor_id,
            "name": names.get(counselor.counselor_id, ""),
            "state": counselor.state,
            "load": counselor.load,
            "capacity": counselor.capacity,
            "category_ids": counselor.category_ids,
            "session_ids": counselor.session_ids,
            "after_call_until": counselor.after_call_until and datetime.fromtimestamp(counselor.after_call_until, UTC),
            **causes[counselor.counselor_id]._asdict(),
        }
        for counselor in team
    ]


class NotesView(APIView):
    """Internal notes of a conversation; its customer gets a 404."""

    @extend_schema(
        tags=["counselors"],
        summary="Internal notes of a conversation",
        responses={200: shapes.NoteSerializer(many=True), **problem_responses(*REFUSALS, NotFound)},
    )
    def get(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        if member.role == SenderRole.CUSTOMER:
            raise NotFound
        notes = InternalNote.objects.filter(session=session_id).select_related("author")
        return Response(shapes.NoteSerializer(notes, many=True).data)

    @extend_schema(
        tags=["counselors"],
        summary="Note something that the customer never sees",
        request=shapes.NoteSerializer,
        responses={201: shapes.NoteSerializer, **problem_responses(*BODY_REFUSALS, *REFUSALS, NotFound)},
    )
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        if member.role == SenderRole.CUSTOMER:
            raise NotFound
        body = shapes.NoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        note = write_note(member, author_id=caller(request).id, content=body.validated_data["content"])
        return Response(shapes.NoteSerializer(note).data, status=status.HTTP_201_CREATED)


class WhisperView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Whisper to the counselor (supervisors)",
        request=shapes.NoteSerializer,
        responses={
            201: shapes.NoteSerializer,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, NotFound, PermissionRefused),
        },
    )
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        body = shapes.NoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        note = whisper(member, supervisor_id=caller(request).id, content=body.validated_data["content"])
        return Response(shapes.NoteSerializer(note).data, status=status.HTTP_201_CREATED)


class JoinView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Join a conversation (supervisors)",
        request=None,
        responses={204: None, **problem_responses(*REFUSALS, NotFound, PermissionRefused, SessionStateConflict)},
    )
    def post(self, request: Request, session_id: int) -> Response:
        join_session(member_of(request, session_id), supervisor_id=caller(request).id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class TakeOverView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Have a conversation in place of its counselor (supervisors)",
        request=None,
        responses={
            200: shapes.SessionWithPlaceSerializer,
            **problem_responses(*REFUSALS, NotFound, PermissionRefused, SessionStateConflict, NoFreeCapacity),
        },
    )
    def post(self, request: Request, session_id: int) -> Response:
        session = take_over_session(member_of(request, session_id), supervisor_id=caller(request).id)
        return Response(shown(session))
