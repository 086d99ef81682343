"""`/api/schema`: the OpenAPI document, built once a process and then the same for everybody."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import get_conditional_response, patch_vary_headers
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

KEPT_SECONDS = 60
_building = threading.Lock()


class ApiDocumentView(SpectacularAPIView):
    """As drf-spectacular's, in the form that is asked for.

    What it says depends on the form alone: it is one document for all who ask, in the API's one language and version.
    """

    @extend_schema(exclude=True)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        renderer = request.accepted_renderer
        document = _rendered(type(renderer))
        takes_gzip = "gzip" in request.headers.get("Accept-Encoding", "")
        answer = HttpResponse(
            document.compressed if takes_gzip else document.plain, content_type=f"{renderer.media_type}; charset=utf-8"
        )
        if takes_gzip:
            answer["Content-Encoding"] = "gzip"
        tag = f'"{document.digest}{"-gzip" if takes_gzip else ""}"'
        answer["ETag"] = tag
        answer["Cache-Control"] = f"public, max-age={KEPT_SECONDS}"
        answer["Content-Disposition"] = f'inline; filename="Ticket-Live.{renderer.format}"'
        patch_vary_headers(answer, ["Accept", "Accept-Encoding"])
        django_request: HttpRequest = request._request  # noqa: SLF001 - DRF has no other way to it
        return get_conditional_response(django_request, etag=tag, response=answer)


class _Rendered(NamedTuple):
    plain: bytes
    compressed: bytes
    digest: str


def _rendered(renderer: Callable[[], Any]) -> _Rendered:
    """Return the document in one form. Who comes while it is built waits for that one building."""
    with _building:
        return _kept(renderer)


@cache
def _kept(renderer: Callable[[], Any]) -> _Rendered:
    content = renderer().render(_document(), renderer_context={})
    return _Rendered(content, gzip.compress(content, mtime=0), hashlib.sha256(content).hexdigest()[:32])


@cache
def _document() -> Any:
    with translation.override("en"):
        return SchemaGenerator().get_schema(request=None, public=True)
