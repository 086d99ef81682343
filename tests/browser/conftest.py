"""Pages in a real browser: the distribution's Chromium against the live platform, on the tests' own database.

Playwright's event loop occupies the main thread, where pytest-asyncio could not begin another one. So Playwright and
the browser end with this folder's tests, not with the run, as pytest-playwright would have it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from apps.accounts.models import User
from scripts.chromium import find_chromium, sandbox_arguments
from tests.browser.site import Axe, Faults, Shifts, Shots, Site
from tests.live import LivePlatform
from tests.waiting import LONGEST_SECONDS

SHOTS = Path(__file__).parent / ".shots"
LONGEST_MS = 1000 * LONGEST_SECONDS
SOMEBODY_IN_SEOUL = {
    "locale": "ko-KR",
    "timezone_id": "Asia/Seoul",
    "viewport": {"width": 1280, "height": 900},
    "reduced_motion": "reduce",
}

expect.set_options(timeout=LONGEST_MS)
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
    "true"  # Playwright's loop runs in this thread; the ORM is used between its calls
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The distribution's Chromium."""
    return browser_type_launch_args | {"executable_path": find_chromium(), "args": sandbox_arguments()}


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright, for as long as tests of this folder follow each other."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def browser(playwright: Playwright, browser_name: str, browser_type_launch_args: dict[str, Any]) -> Iterator[Browser]:
    """One browser for all tests; each has contexts of its own."""
    browser: Browser = getattr(playwright, browser_name).launch(**browser_type_launch_args)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def browser_context_args(base_url: str) -> dict[str, Any]:
    return {"base_url": base_url}


@pytest.fixture(scope="session")
def base_url(live_platform: LivePlatform) -> str:
    return live_platform.url


@pytest.fixture
def faults() -> Iterator[Faults]:
    """What goes wrong in any page of the test: it fails the test unless it was expected."""
    found = Faults()
    yield found
    assert not found.unexpected, "\n".join(found.unexpected)


@pytest.fixture
def new_context(new_context: Callable[..., BrowserContext], faults: Faults) -> Callable[..., BrowserContext]:
    """Another person's browser, watched for faults and layout shifts."""

    def make(**options: Any) -> BrowserContext:
        context = new_context(**{**SOMEBODY_IN_SEOUL, **options})
        context.set_default_timeout(LONGEST_MS)
        faults.watch(context)
        Shifts.watch(context)
        return context

    return make


@pytest.fixture
def site(live_platform: LivePlatform) -> Site:
    return Site(live_platform)


@pytest.fixture
def background(live_background: LivePlatform) -> LivePlatform:
    """Worker and beat: the line moves, orders expire."""
    return live_background


@pytest.fixture
def shots(request: pytest.FixtureRequest) -> Shots:
    name = re.sub(r"[^\w-]+", "-", f"{request.path.stem}-{request.node.name.removesuffix('[chromium]')}")
    return Shots(SHOTS / name)


@pytest.fixture(scope="session")
def axe() -> Axe:
    return Axe()


@pytest.fixture
def shifts() -> Shifts:
    return Shifts()


@pytest.fixture
def open_as(site: Site, new_context: Callable[..., BrowserContext]) -> Callable[..., Page]:
    """A browser of somebody's own, logged in: open_as(user, viewport=…) -> page."""

    def open_page(user: User | None, **options: Any) -> Page:
        context = new_context(**options)
        if user is not None:
            site.log_in(context, user)
        return context.new_page()

    return open_page
