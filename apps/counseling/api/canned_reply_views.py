"""Canned replies over REST: everybody's to use, one's own to change."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.common.errors import NotAuthenticated, NotFound, PermissionRefused, ServiceUnavailable, TokenInvalid
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses
from apps.counseling.access import get_profile
from apps.counseling.api.serializers import CannedReplySerializer
from apps.counseling.errors import NotACounselor
from apps.counseling.services.canned_replies import get_own_reply, list_canned_replies, write_canned_reply

REFUSALS = (NotAuthenticated, TokenInvalid, ServiceUnavailable, NotACounselor)


def counselor_of(request: Request) -> int:
    """Return the caller's id; raise NotACounselor."""
    return get_profile(caller(request).id).pk


class CannedRepliesView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Canned replies, everybody's and my own",
        responses={200: CannedReplySerializer(many=True), **problem_responses(*REFUSALS)},
    )
    def get(self, request: Request) -> Response:
        return Response(CannedReplySerializer(list_canned_replies(counselor_of(request)), many=True).data)

    @extend_schema(
        tags=["counselors"],
        summary="Keep a canned reply of my own",
        request=CannedReplySerializer,
        responses={201: CannedReplySerializer, **problem_responses(*BODY_REFUSALS, *REFUSALS)},
    )
    def post(self, request: Request) -> Response:
        counselor_id = counselor_of(request)
        body = CannedReplySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reply = write_canned_reply(counselor_id, **body.validated_data)
        return Response(CannedReplySerializer(reply).data, status=status.HTTP_201_CREATED)


class CannedReplyView(APIView):
    @extend_schema(
        tags=["counselors"],
        summary="Change a canned reply of my own",
        request=CannedReplySerializer,
        responses={
            200: CannedReplySerializer,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, NotFound, PermissionRefused),
        },
    )
    def patch(self, request: Request, reply_id: int) -> Response:
        reply = get_own_reply(counselor_of(request), reply_id)
        body = CannedReplySerializer(reply, data=request.data, partial=True)
        body.is_valid(raise_exception=True)
        return Response(CannedReplySerializer(body.save()).data)

    @extend_schema(
        tags=["counselors"],
        summary="Delete a canned reply of my own",
        responses={204: None, **problem_responses(*REFUSALS, NotFound, PermissionRefused)},
    )
    def delete(self, request: Request, reply_id: int) -> Response:
        get_own_reply(counselor_of(request), reply_id).delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
