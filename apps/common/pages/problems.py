"""Refusals to scripts of pages that Django answers outside of the API."""

from __future__ import annotations

from django.http import JsonResponse

from apps.common.errors import PROBLEM_CONTENT_TYPE, DomainError


def problem_json(refusal: DomainError) -> JsonResponse:
    """Answer a refusal as the API does."""
    return JsonResponse(
        refusal.problem(), status=refusal.status, headers=refusal.headers(), content_type=PROBLEM_CONTENT_TYPE
    )
