"""What Django's lane is told of this site: large bodies, whose requests go first, and the page of a full house."""

from __future__ import annotations

import re

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from apps.common.fastlane.django_lane import DjangoLane, Upload
from apps.common.pages.unavailable import busy_page
from apps.counseling.api.attachment_views import MAX_BODY_BYTES as ATTACHMENT_BYTES

STAFF_UPLOAD_BYTES = 1024 * 1024  # a hall as a text, in the admin

UPLOADS = (
    Upload(re.compile(r"^/api/sessions/[0-9]+/attachments$"), ATTACHMENT_BYTES),
    Upload(re.compile(r"^/admin/"), STAFF_UPLOAD_BYTES, bearer=False),
)

# What those ask for who hold seats or choose them, and those who run the sale; then everybody else, and strangers who
# try passwords at the admin.
NEAR_A_TICKET = re.compile(
    r"^/(?:orders/|session/token$|performances/[0-9]+/seats/|admin/(?!login/)|api/(?:orders|payments|auth/refresh))"
)
PASSWORDS = frozenset({
    "/accounts/log-in/", "/accounts/sign-up/", "/desk/log-in/", "/admin/login/", "/my/profile/password/",
    "/api/auth/login", "/api/auth/signup", "/api/auth/me/password",
})  # fmt: skip
OTHERS_PART = 0.25  # of the threads: what computes in them keeps the event loop waiting for the interpreter's lock
HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})


def django_lane(application: WSGIHandler) -> DjangoLane:
    """Return Django's lane of this site."""
    return DjangoLane(
        application,
        threads=settings.WSGI_THREADS,
        others=max(1, round(settings.WSGI_THREADS * OTHERS_PART)),
        waiting=settings.WSGI_WAITING,
        first=lambda path: NEAR_A_TICKET.match(path) is not None,
        hashing=PASSWORDS.__contains__,
        apart=HEALTH.__contains__,
        uploads=UPLOADS,
        busy_page=busy_page,
    )
