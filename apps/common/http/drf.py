"""Django's and Django REST framework's part of the error contract, and its strict JSON parser."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, serializers
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.common import errors
from apps.common.database.failures import is_away as database_is_away
from apps.common.days import FIRST_DAY, LAST_DAY
from apps.common.http.json_bodies import json_body
from apps.common.redis import is_away as redis_is_away

logger = logging.getLogger(__name__)

REFUSALS: dict[type[Exception], type[errors.DomainError]] = {
    exceptions.ParseError: errors.MalformedBody,
    exceptions.NotAuthenticated: errors.NotAuthenticated,
    exceptions.AuthenticationFailed: errors.TokenInvalid,
    exceptions.PermissionDenied: errors.PermissionRefused,
    exceptions.NotFound: errors.NotFound,
    exceptions.MethodNotAllowed: errors.MethodNotAllowed,
    exceptions.NotAcceptable: errors.NotAcceptable,
    exceptions.UnsupportedMediaType: errors.UnsupportedMediaType,
    Http404: errors.NotFound,
    PermissionDenied: errors.PermissionRefused,
    RequestDataTooBig: errors.PayloadTooLarge,
}


class StrictJSONParser(JSONParser):
    """JSON as the fast lane reads it: neither NaN, nor half a character, nor depth or numbers beyond any use.

    Half a character (a lone surrogate) can be written into no answer, no table and no log: it is refused here, and no
    field has to think of it.
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        return json_body(stream.read())


class DayField(serializers.DateField):
    """A day of the centuries in which days can be counted from it."""

    default_validators = [MinValueValidator(FIRST_DAY), MaxValueValidator(LAST_DAY)]


def problem_response(error: errors.DomainError) -> Response:
    """Answer a refusal as an RFC 9457 problem document."""
    return Response(
        error.problem(),
        status=error.status,
        headers=error.headers(),
        content_type=errors.PROBLEM_CONTENT_TYPE,
    )


def problem_handler(raised: Exception, context: dict[str, Any]) -> Response:
    """DRF's EXCEPTION_HANDLER: whatever was raised is answered with a problem document; a bug is logged as well."""
    error = as_problem(raised)
    if error is None:
        logger.error("%s failed", context["request"].path, exc_info=raised)
        error = errors.InternalError()
    set_rollback()
    return problem_response(error)


def as_problem(raised: Exception) -> errors.DomainError | None:
    """Translate what DRF, Django and the stores raise; None for what is nobody's refusal."""
    if isinstance(raised, errors.DomainError):
        return raised
    if isinstance(raised, exceptions.ValidationError):
        return errors.ValidationFailed(errors=_messages(raised.detail))
    for kind, refusal in REFUSALS.items():
        if isinstance(raised, kind):
            return refusal()
    if redis_is_away(raised) or database_is_away(raised):
        return errors.ServiceUnavailable()
    return None


def _messages(detail: Any) -> dict[str, Any]:
    """Return {field: [message, …]} as DRF has it; a bare list goes under the empty name."""
    return detail if isinstance(detail, dict) else {"": detail}


@csrf_exempt
def no_such_address(_request: HttpRequest) -> HttpResponse:
    """Answer for every address below /api/ that is none."""
    error = errors.NotFound()
    return JsonResponse(error.problem(), status=error.status, content_type=errors.PROBLEM_CONTENT_TYPE)
