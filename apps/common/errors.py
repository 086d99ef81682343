"""Business refusals, and the problem documents that tell them (RFC 9457).

A business "no" is a `DomainError` with a code and a status of its own. Each app declares
its own in `apps/<app>/errors.py`; both lanes, Django's and the fast one, answer them alike.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

PROBLEM_CONTENT_TYPE = "application/problem+json"

_catalogue: dict[str, type[DomainError]] = {}


class DomainError(Exception):
    """A refusal that the caller can understand and act upon.

    Args:
        detail: one sentence for a person; the title serves where it is empty.
        retry_after: seconds after which a repeat makes sense; sent as `Retry-After`.
        extras: further members of the problem document (RFC 9457, section 3.2).
    """

    code: ClassVar[str] = ""
    status: ClassVar[int] = 400
    title: ClassVar[str] = ""
    retry_after_seconds: ClassVar[float | None] = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" not in cls.__dict__:
            return
        known = _catalogue.setdefault(cls.code, cls)
        if known.__qualname__ != cls.__qualname__ or known.__module__ != cls.__module__:
            raise TypeError(f"error code {cls.code!r} is taken by {known.__module__}.{known.__qualname__}")

    def __init__(self, detail: str = "", *, retry_after: float | None = None, **extras: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.retry_after = self.retry_after_seconds if retry_after is None else retry_after
        self.extras = extras

    def problem(self) -> dict[str, Any]:
        """The body of the answer, RFC 9457 members first."""
        return {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.extras,
        }

    def headers(self) -> dict[str, str]:
        """Headers that belong to the answer."""
        if self.retry_after is None:
            return {}
        return {"Retry-After": str(max(1, math.ceil(self.retry_after)))}


def catalogue() -> dict[str, type[DomainError]]:
    """Every declared error by its code."""
    return dict(sorted(_catalogue.items()))


class MalformedBody(DomainError):
    code = "malformed_body"
    status = 400
    title = "The body is not valid JSON"


class NotAuthenticated(DomainError):
    code = "not_authenticated"
    status = 401
    title = "Log in first"

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "WWW-Authenticate": "Bearer"}


class TokenInvalid(DomainError):
    code = "token_invalid"
    status = 401
    title = "The token is invalid or has expired"

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "WWW-Authenticate": 'Bearer error="invalid_token"'}


class LoginEnded(DomainError):
    """A log-in is over before its token is; `reason` says why where that is known to the one who asks."""

    code = "login_ended"
    status = 401
    title = "This log-in has ended"

    def __init__(self, detail: str = "", *, reason: str = "") -> None:
        super().__init__(detail)
        if reason:
            self.extras["reason"] = reason
        self.reason = reason


class PermissionRefused(DomainError):
    code = "permission_denied"
    status = 403
    title = "This account may not do that"


class NotFound(DomainError):
    code = "not_found"
    status = 404
    title = "There is nothing here"


class MethodNotAllowed(DomainError):
    code = "method_not_allowed"
    status = 405
    title = "This address does not know that method"


class NotAcceptable(DomainError):
    code = "not_acceptable"
    status = 406
    title = "No answer in a form that the client accepts"


class RequestTimeout(DomainError):
    """The connection ends with it: what still comes of the body would be read for nobody."""

    code = "request_timeout"
    status = 408
    title = "The body did not come in time"

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "Connection": "close"}


class PayloadTooLarge(DomainError):
    code = "payload_too_large"
    status = 413
    title = "The body is too large"


class UnsupportedMediaType(DomainError):
    code = "unsupported_media_type"
    status = 415
    title = "Send the body as application/json"


class ValidationFailed(DomainError):
    """Well-formed input that makes no sense.

    `errors` maps a field's name to its messages.
    """

    code = "validation_error"
    status = 422
    title = "Some of the input is not valid"

    def __init__(self, detail: str = "", *, errors: dict[str, Any] | None = None, **extras: Any) -> None:
        super().__init__(detail, errors=errors or {}, **extras)


class TooManyRequests(DomainError):
    code = "too_many_requests"
    status = 429
    title = "Too many requests"
    retry_after_seconds = 1


class InternalError(DomainError):
    code = "internal_error"
    status = 500
    title = "Something went wrong on our side"


class ServiceUnavailable(DomainError):
    code = "service_unavailable"
    status = 503
    title = "A part of the service is away; try again in a moment"
    retry_after_seconds = 1
