"""What the OpenAPI document says of refusals."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

from apps.common.errors import (
    PROBLEM_CONTENT_TYPE,
    DomainError,
    MalformedBody,
    PayloadTooLarge,
    RequestTimeout,
    UnsupportedMediaType,
    ValidationFailed,
)

BODY_REFUSALS: tuple[type[DomainError], ...] = (
    MalformedBody,
    RequestTimeout,
    PayloadTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
)
"""What every call that has a body may answer."""


class ProblemSerializer(serializers.Serializer[Any]):
    """An RFC 9457 problem document; further members depend on the code."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    code = serializers.CharField()


def problem_responses(*refusals: type[DomainError]) -> dict[tuple[int, str], OpenApiResponse]:
    """Describe refusals for `extend_schema(responses={200: ..., **problem_responses(NotFound)})`."""
    by_status: dict[int, list[type[DomainError]]] = {}
    for refusal in refusals:
        by_status.setdefault(refusal.status, []).append(refusal)
    return {
        (status, PROBLEM_CONTENT_TYPE): OpenApiResponse(
            ProblemSerializer, description="; ".join(f"`{one.code}`: {one.title}" for one in same)
        )
        for status, same in by_status.items()
    }
