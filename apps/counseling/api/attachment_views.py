"""Files of a conversation over REST: in as multipart, out with headers that let a browser only save them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.authentication import caller
from apps.common.errors import (
    MalformedBody,
    NotAuthenticated,
    NotFound,
    PayloadTooLarge,
    PermissionRefused,
    ServiceUnavailable,
    TokenInvalid,
)
from apps.common.limits import FORM_BYTES
from apps.common.openapi.schema import BODY_REFUSALS, problem_responses
from apps.counseling.api.serializers import AttachmentSerializer
from apps.counseling.api.session_views import member_of
from apps.counseling.downloads import attachment_response
from apps.counseling.errors import AttachmentRefused, SessionStateConflict
from apps.counseling.services.attachments import EXTENSIONS, MAX_BYTES, get_attachment, keep_attachment

REFUSALS = (NotAuthenticated, TokenInvalid, ServiceUnavailable, NotFound)
MAX_BODY_BYTES = FORM_BYTES


class UploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)  # an empty one is refused like any other that is no image


class WhateverIsAsked(BaseContentNegotiation):
    """A file has the type that it has; only refusals are rendered, as JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class AttachmentsView(APIView):
    parser_classes = [MultiPartParser]

    @extend_schema(
        tags=["counseling"],
        summary="Upload a file for a message to name",
        description="An image (PNG, JPEG, GIF, WebP) or a PDF of up to 5 MB, known by its content. "
        "Say its `id` as `attachment_id` of a MESSAGE.",
        request={"multipart/form-data": UploadSerializer},
        responses={
            201: AttachmentSerializer,
            **problem_responses(*BODY_REFUSALS, *REFUSALS, PermissionRefused, SessionStateConflict, AttachmentRefused),
        },
    )
    def post(self, request: Request, session_id: int) -> Response:
        member = member_of(request, session_id)
        if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
            raise PayloadTooLarge
        try:
            body = UploadSerializer(data=request.data)
        except (TooManyFieldsSent, TooManyFilesSent) as error:
            raise MalformedBody("Send one file") from error
        body.is_valid(raise_exception=True)
        file = body.validated_data["file"]
        if file.size > MAX_BYTES:
            raise AttachmentRefused
        kept = keep_attachment(member, user_id=caller(request).id, name=file.name, content=file.read())
        return Response(AttachmentSerializer(kept).data, status=status.HTTP_201_CREATED)


class AttachmentView(APIView):
    content_negotiation_class = WhateverIsAsked

    @extend_schema(
        tags=["counseling"],
        summary="A file of a conversation of mine",
        responses={
            **{(200, content_type): OpenApiTypes.BINARY for content_type in EXTENSIONS},
            **problem_responses(*REFUSALS),
        },
    )
    def get(self, request: Request, session_id: int, attachment_id: int) -> FileResponse:
        member = member_of(request, session_id)
        attachment = get_attachment(member, attachment_id, user_id=caller(request).id)
        return attachment_response(attachment)
