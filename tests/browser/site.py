"""The platform as browsers see it, and what is watched while they do."""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

from apps.accounts.models import User
from apps.accounts.pages.logins import BACKEND
from apps.accounts.pages.logins import SESSION_KEY as LOGIN_SESSION_KEY
from apps.accounts.services.log_in import begin_browser_session
from apps.accounts.tokens import AccessToken
from tests.live import LivePlatform

CHECKOUT = Path(__file__).parents[2]
PHONE = {"width": 360, "height": 740}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SERVER_ERROR = 500


class Site:
    """The live platform, and quick ways to be somebody there."""

    def __init__(self, platform: LivePlatform) -> None:
        self.platform = platform
        self.url = platform.url

    def log_in(self, where: BrowserContext | Page, user: User) -> None:
        """Log a browser in, as the log-in page does but without the cost of the password's hash."""
        context = where.context if isinstance(where, Page) else where
        session_id = begin_browser_session(user, address="127.0.0.1")
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = BACKEND
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        store[LOGIN_SESSION_KEY] = session_id.hex
        store.create()
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": store.session_key, "url": self.url, "httpOnly": True}]
        )

    def access(self, user: User) -> str:
        """Return an API token of another client of the user's."""
        session_id = begin_browser_session(user, address=None)
        return str(AccessToken.of_user(user, session_id=session_id))


class Faults:
    """Errors of scripts, refusals of the content policy, and answers that no page should get."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._expected: list[str] = []

    @property
    def unexpected(self) -> list[str]:
        return [fault for fault in self._found if not any(part in fault for part in self._expected)]

    def expect(self, part: str) -> None:
        """Let faults be that have this in their text."""
        self._expected.append(part)

    def watch(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda error: self._found.append(f"script error: {error.error}"))
        context.on("response", self._response)
        context.on("requestfailed", self._failed)

    def _console(self, message: ConsoleMessage) -> None:
        # A refusal is an answer; Chromium writes each of them to the console.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self._found.append(f"console: {message.text} ({message.location.get('url')})")

    def _response(self, response: Response) -> None:
        missing_file = response.status == 404 and "/static/" in response.url
        if response.status >= SERVER_ERROR or missing_file:
            self._found.append(f"{response.status} {response.request.method} {response.url}")

    def _failed(self, request: Request) -> None:
        # A page that is left gives up what it was asking for.
        if request.failure and "ERR_ABORTED" not in request.failure:
            self._found.append(f"{request.failure} {request.method} {request.url}")


class Shifts:
    """Layout shifts that no input of the person's has caused."""

    SCRIPT = """
        globalThis.layoutShifts = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) {
            if (entry.hadRecentInput) continue;
            const who = entry.sources.map(({node}) => node?.outerHTML?.slice(0, 120) ?? node?.nodeName ?? "?");
            globalThis.layoutShifts.push({value: entry.value, who});
          }
        }).observe({type: "layout-shift", buffered: true});
    """
    LITTLE = 0.01  # of the window; 0.1 is what is commonly called good

    @classmethod
    def watch(cls, context: BrowserContext) -> None:
        context.add_init_script(cls.SCRIPT)

    def none_in(self, page: Page) -> None:
        """Fail if anything that was on the page moved by itself."""
        shifts = page.evaluate("globalThis.layoutShifts")
        assert sum(shift["value"] for shift in shifts) < self.LITTLE, shifts


class Shots:
    """Screenshots of a test's steps."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken = 0
        shutil.rmtree(folder, ignore_errors=True)

    def take(self, page: Page, name: str, *, full_page: bool = False) -> Path:
        self._taken += 1
        path = self._folder / f"{self._taken:02d}-{name}.png"
        page.screenshot(path=path, full_page=full_page)
        return path


class Axe:
    """axe-core: WCAG 2.2, levels A and AA."""

    def __init__(self) -> None:
        self._script = (CHECKOUT / "node_modules" / "axe-core" / "axe.min.js").read_text()

    def check(self, page: Page, *, within: str | None = None) -> None:
        """Fail on any violation."""
        page.wait_for_load_state()  # without its style sheets a page is another one
        page.evaluate(self._script)  # through the debugger, where the page's content policy has no say
        options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
        result: dict[str, Any] = page.evaluate(
            "([where, options]) => axe.run(where ?? document, options)", [within, options]
        )
        assert not result["violations"], "\n".join(map(self._describe, result["violations"]))

    @staticmethod
    def _describe(violation: dict[str, Any]) -> str:
        places = [
            f"    {' '.join(map(str, node['target']))}: {node['failureSummary'].splitlines()[1].strip()}"
            for node in violation["nodes"][:5]
        ]
        return "\n".join([f"{violation['id']}: {violation['help']}", *places])


def fits(page: Page) -> None:
    """Fail if the page can be scrolled sideways."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.evaluate(
        "[...document.querySelectorAll('body *')]"
        ".filter((one) => one.getBoundingClientRect().right > innerWidth + 1)"
        ".slice(0, 5).map((one) => one.outerHTML.slice(0, 150))"
    )
