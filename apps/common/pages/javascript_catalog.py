"""The translations that scripts use, one cacheable address for each language."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

ESCAPED = re.compile(r"(?<!\\)\\u([0-9a-f]{4})")
SURROGATES = range(0xD800, 0xE000)
FIRST_WRITTEN = 0xA1  # control characters and spaces stay escaped


class _Catalog(JavaScriptCatalog):
    """Django's, with letters as UTF-8: escaped, Korean weighs twice as much, and every page loads it."""

    def render_to_response(self, context: dict[str, Any], **response_kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().render_to_response(context, **response_kwargs)
        response.content = ESCAPED.sub(_written, response.content.decode()).encode()
        return response


def _written(escape: re.Match[str]) -> str:
    code = int(escape[1], 16)
    return escape[0] if code < FIRST_WRITTEN or code in SURROGATES else chr(code)


_catalog = _Catalog.as_view(packages=["apps.common"])  # locale/ and nothing of Django's own


@require_safe
@cache_control(max_age=300, public=True, stale_while_revalidate=86_400)
def javascript_catalog(request: HttpRequest, language: str, domain: str) -> HttpResponse:
    """The catalogue of one language, whatever language the reader has set: its address says which.

    `domain` is djangojs, for the site and the admin, or deskjs, for the desk.
    """
    if language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        response = _catalog(request, domain=domain)
        response.headers["Content-Language"] = language
        return response  # type: ignore[return-value]  # the view's type is Django's base class
