"""Django REST framework's part of the error contract, and its strict JSON parser."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import DatabaseError, InterfaceError
from django.http import Http404
from rest_framework import exceptions
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import set_rollback

from apps.common import errors
from apps.common.redis import is_away

logger = logging.getLogger(__name__)

DJANGO_REFUSALS: dict[type[Exception], type[errors.DomainError]] = {
    Http404: errors.NotFound,
    PermissionDenied: errors.PermissionRefused,
    RequestDataTooBig: errors.PayloadTooLarge,
}


class StrictJSONParser(JSONParser):
    """JSON without the NaN and Infinity that RFC 8259 does not have, never more than the upload limit."""

    strict = True

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            stream.body  # Django reads it whole and holds it to DATA_UPLOAD_MAX_MEMORY_SIZE
        except RequestDataTooBig as error:
            raise errors.PayloadTooLarge from error
        except AttributeError:
            pass
        return super().parse(stream, media_type, parser_context)


def problem_response(error: errors.DomainError) -> Response:
    """Answer a refusal as an RFC 9457 problem document."""
    return Response(
        error.problem(),
        status=error.status,
        headers=error.headers(),
        content_type=errors.PROBLEM_CONTENT_TYPE,
    )


def problem_handler(raised: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's EXCEPTION_HANDLER: every refusal becomes a problem document, a bug stays a 500."""
    error = as_problem(raised)
    if error is None:
        return None
    if error.status >= 500:  # noqa: PLR2004
        logger.warning("%s answers %s: %s", context["request"].path, error.status, raised)
    set_rollback()
    return problem_response(error)


def as_problem(raised: Exception) -> errors.DomainError | None:
    """Translate what DRF, Django and the stores raise; None for what is nobody's refusal."""
    if isinstance(raised, errors.DomainError):
        return raised
    if isinstance(raised, exceptions.APIException):
        return _from_api_exception(raised)
    for kind, refusal in DJANGO_REFUSALS.items():
        if isinstance(raised, kind):
            return refusal()
    if isinstance(raised, DatabaseError | InterfaceError) and _database_is_away(raised):
        return errors.ServiceUnavailable()
    return errors.ServiceUnavailable() if is_away(raised) else None


def _from_api_exception(raised: exceptions.APIException) -> errors.DomainError:
    match raised:
        case exceptions.ValidationError():
            return errors.ValidationFailed(errors=_messages(raised.detail))
        case exceptions.ParseError():
            return errors.MalformedBody()
        case exceptions.NotAuthenticated():
            return errors.NotAuthenticated()
        case exceptions.AuthenticationFailed():
            return errors.TokenInvalid()
        case exceptions.PermissionDenied():
            return errors.PermissionRefused()
        case exceptions.NotFound():
            return errors.NotFound()
        case exceptions.MethodNotAllowed():
            return errors.MethodNotAllowed()
        case exceptions.NotAcceptable():
            return errors.NotAcceptable()
        case exceptions.UnsupportedMediaType():
            return errors.UnsupportedMediaType()
        case exceptions.Throttled():
            return errors.TooManyRequests(retry_after=raised.wait)
    return errors.InternalError()


def _messages(detail: Any) -> dict[str, Any]:
    """Flatten nothing: {field: [message, …]} as DRF has it, a bare list under the empty name."""
    return detail if isinstance(detail, dict) else {"": detail}


def _database_is_away(raised: Exception) -> bool:
    """Tell a server that cannot be reached or is too busy from a statement that is wrong (MySQL error numbers)."""
    away = {1040, 1053, 1205, 1213, 2002, 2003, 2006, 2013}
    return bool(raised.args) and (raised.args[0] in away or "database is locked" in str(raised.args[0]))
