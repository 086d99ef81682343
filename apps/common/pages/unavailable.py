"""The page of a 503, in both languages: nothing that it needs can be away."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache, wraps
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error

from apps.common.database.failures import is_away as database_is_away
from apps.common.errors import DomainError, ServiceUnavailable
from apps.common.pages.problems import problem_json
from apps.common.redis import is_away as redis_is_away

PAGE = settings.BASE_DIR / "templates" / "503.html"
REPEATED = frozenset({"GET", "HEAD"})

GetResponse = Callable[[HttpRequest], HttpResponse]


class Words(NamedTuple):
    """What is the matter, in Korean and English, with `{seconds}` until the next look."""

    heading: str
    korean: str
    english: str


CROWDED = "지금 접속하신 분이 매우 많습니다"
AWAY = "잠시 연결이 끊겼습니다"
CROWDED_ASKS_AGAIN = Words(
    CROWDED,
    "아무것도 사라지지 않았습니다. {seconds}초 뒤에 이 페이지가 저절로 다시 열립니다.",
    "Very many people are here at this moment. Nothing is lost: this page asks again by itself in {seconds} seconds.",
)
CROWDED_NOT_TAKEN = Words(
    CROWDED,
    "보내신 내용은 아직 처리되지 않았습니다. 뒤로 가서 {seconds}초 뒤에 다시 보내 주세요.",
    "Very many people are here at this moment. What you sent was not taken: go back and send it in {seconds} seconds.",
)
AWAY_ASKS_AGAIN = Words(
    AWAY,
    "저희 시스템의 일부를 지금 쓸 수 없습니다. {seconds}초 뒤에 이 페이지가 저절로 다시 열립니다.",
    "A part of this site is away for a moment. This page asks again by itself in {seconds} seconds.",
)
AWAY_TAKEN_OR_NOT = Words(
    AWAY,
    "저희 시스템의 일부를 지금 쓸 수 없습니다. 보내신 내용이 처리되었는지 먼저 확인하신 뒤에 다시 보내 주세요.",
    "A part of this site is away for a moment. Look first whether what you sent was taken before you send it again.",
)
AWAY_SECONDS = 5


def busy_page(seconds: int, can_repeat: bool) -> bytes:
    """Return the page for a site that is full: it asks again by itself, unless something was sent."""
    return _page(CROWDED_ASKS_AGAIN if can_repeat else CROWDED_NOT_TAKEN, seconds, can_repeat)


class UnavailablePages:
    """Middleware: answer a page with 503 where Redis or the database is away, as the API does."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view that failed because a store is away; leave refusals and every other error to others."""
        return None if isinstance(error, DomainError) else answer_if_away(request, error)


def unless_away(make: Callable[[GetResponse], GetResponse]) -> Callable[[GetResponse], GetResponse]:
    """Let a middleware that asks a store answer 503 where that is away."""

    @wraps(make)
    def make_it(get_response: GetResponse) -> GetResponse:
        middleware = make(get_response)

        def asked(request: HttpRequest) -> HttpResponse:
            try:
                return middleware(request)
            except Exception as error:  # what comes from further within is an answer already
                answer = answer_if_away(request, error)
                if answer is None:
                    raise
                return answer

        return asked

    return make_it


def failed(request: HttpRequest) -> HttpResponse:
    """Answer what no view could: handler500, so also for what a middleware ran into (without DEBUG)."""
    return answer_if_away(request, sys.exc_info()[1]) or server_error(request)


def answer_if_away(request: HttpRequest, error: BaseException | None) -> HttpResponse | None:
    """Return the answer to a request that failed because a store is away; None for any other error."""
    refusal = _refusal(error)
    return None if refusal is None else _unavailable(request, refusal)


def _unavailable(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """Answer that a part is away: a problem document to a script, a page to a person."""
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return problem_json(refusal)
    can_repeat = request.method in REPEATED
    page = _page(AWAY_ASKS_AGAIN if can_repeat else AWAY_TAKEN_OR_NOT, AWAY_SECONDS, can_repeat)
    headers = {"Retry-After": str(AWAY_SECONDS), "Cache-Control": "no-store"}
    return HttpResponse(page, status=refusal.status, headers=headers)


def _refusal(error: BaseException | None) -> DomainError | None:
    """Return the refusal of status 503 that an error is; None for any other error."""
    if isinstance(error, DomainError):
        return error if error.status == ServiceUnavailable.status else None
    if error is not None and (redis_is_away(error) or database_is_away(error)):
        return ServiceUnavailable()
    return None


@cache
def _page(words: Words, seconds: int, can_repeat: bool) -> bytes:
    page = PAGE.read_text()
    for name, text in {
        "refresh": f'<meta http-equiv="refresh" content="{seconds}">' if can_repeat else "",
        "heading": words.heading,
        "korean": f"<p>{words.korean.format(seconds=seconds)}</p>",
        "english": f'<p lang="en">{words.english.format(seconds=seconds)}</p>',
    }.items():
        page = page.replace("{" + name + "}", text)
    return page.encode()
