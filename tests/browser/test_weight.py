"""What a page costs at first sight: everything but posters, as it goes over the wire from a site in production."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from http import HTTPStatus

import pytest
from playwright.sync_api import Page, Response

from apps.accounts.models import User
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_performance, make_user

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT_BYTES = 100_000
TEXT = ("text/", "application/json", "application/problem+json", "image/svg")


def weight_of(page: Page, path: str) -> dict[str, int]:
    """Open a page in an empty browser, and say what each of its parts weighs in bytes, compressed where that helps."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - Playwright marks what it is given
    page.goto(path, wait_until="networkidle")
    return {
        answer.url: _compressed(answer)
        for answer in answers
        if answer.status == HTTPStatus.OK and "/posters/" not in answer.url
    }


def _compressed(answer: Response) -> int:
    body = answer.body()
    return len(gzip.compress(body)) if answer.headers.get("content-type", "").startswith(TEXT) else len(body)


def customer_paths() -> list[str]:
    performance = make_performance()
    slug = performance.concert.slug
    return [
        "/",
        f"/concerts/{slug}/",
        "/my/",
        f"/performances/{performance.pk}/waiting-room/",
        f"/performances/{performance.pk}/seats/",
    ]


@pytest.mark.parametrize("place", range(5), ids=["home", "concert", "my", "waiting-room", "seats"])
def test_a_customers_page_is_light(open_as: Callable[..., Page], place: int) -> None:
    user: User = make_user()
    path = customer_paths()[place]

    weights = weight_of(open_as(user), path)

    assert sum(weights.values()) < LIMIT_BYTES, sorted(weights.items(), key=lambda item: -item[1])[:12]


def test_the_desk_is_light(open_as: Callable[..., Page]) -> None:
    page = open_as(make_counselor(make_category()))
    weights = weight_of(page, "/desk/")

    assert page.locator(".desk-state-button").count() > 0, "it is the desk itself that was weighed"
    assert sum(weights.values()) < LIMIT_BYTES, sorted(weights.items(), key=lambda item: -item[1])[:12]
