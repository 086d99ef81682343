"""The translations that scripts use, one cacheable address for each language."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from django.views.i18n import JavaScriptCatalog

_catalog = JavaScriptCatalog.as_view(packages=["apps.common"])  # locale/ and nothing of Django's own


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
