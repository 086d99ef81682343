"""Requests as this site reads them: in UTF-8, whatever charset they claim."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters


class Utf8Request(WSGIRequest):
    """A request whose address and body are UTF-8.

    Django decodes both by the name that a stranger writes into Content-Type, also where that is no encoding of text
    (base64) or one that nothing can be read in (undefined), and before any middleware could refuse it.
    """

    def _set_content_type_params(self, meta: Mapping[str, Any]) -> None:
        self.content_type, self.content_params = parse_header_parameters(meta.get("CONTENT_TYPE", ""))


def make_django_application() -> WSGIHandler:
    """Return Django's WSGI application, with requests of this kind."""
    application = get_wsgi_application()
    application.request_class = Utf8Request
    return application
