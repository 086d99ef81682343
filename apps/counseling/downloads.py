"""A conversation's file as a download: under headers that let a browser only save it."""

from __future__ import annotations

from django.http import FileResponse

from apps.common.errors import NotFound
from apps.counseling.models import Attachment

SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


def attachment_response(attachment: Attachment) -> FileResponse:
    """Answer the file; raise NotFound if it is no longer there."""
    try:
        file = attachment.file.open("rb")
    except FileNotFoundError as error:
        raise NotFound from error
    return FileResponse(
        file, as_attachment=True, filename=attachment.name, content_type=attachment.content_type, headers=SAFE_HEADERS
    )
