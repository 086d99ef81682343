"""What Django's lane is told of this site: large bodies, whose requests go first, and the page of a full house."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from apps.common.fastlane.django_lane import DjangoLane, Upload
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

BUSY_PAGE = settings.BASE_DIR / "templates" / "503.html"
AGAIN = (
    "아무것도 사라지지 않았습니다. {seconds}초 뒤에 이 페이지가 저절로 다시 열립니다.",
    "Very many people are here at this moment. Nothing is lost: this page asks again by itself in {seconds} seconds.",
)
NOT_TAKEN = (
    "보내신 내용은 아직 처리되지 않았습니다. 뒤로 가서 {seconds}초 뒤에 다시 보내 주세요.",
    "Very many people are here at this moment. What you sent was not taken: go back and send it in {seconds} seconds.",
)


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


@cache
def busy_page(seconds: int, can_repeat: bool) -> bytes:
    """Return the page of a 503: it asks again by itself, unless something was sent. No thread is needed."""
    korean, english = AGAIN if can_repeat else NOT_TAKEN
    page = BUSY_PAGE.read_text()
    for name, text in {
        "refresh": f'<meta http-equiv="refresh" content="{seconds}">' if can_repeat else "",
        "korean": f"<p>{korean.format(seconds=seconds)}</p>",
        "english": f'<p lang="en">{english.format(seconds=seconds)}</p>',
    }.items():
        page = page.replace("{" + name + "}", text)
    return page.encode()
