"""How soon the page of a hall of 10,000 seats can be used, and how smoothly it moves: `python -m bench.seat_map_page`.

The distribution's Chromium, headless and without a graphics card, opens the page as a phone and as a desk computer,
with its processor slowed down fourfold (CDP `Emulation.setCPUThrottlingRate`). The platform is the one of `make run`
(SQLite, a private Redis) with the settings of production. Nothing fails here: the figures are for docs/performance.md,
which `--write` writes them into.

Other programs on the machine lengthen the wall-clock times. "main ms" counts the page's main thread alone, by the
processor's time that it has taken, throttling included.
"""

from __future__ import annotations

import argparse
import os
import secrets
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import django
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright
from rich.console import Console

from bench.about import About
from bench.machine import Cores, describe_machine
from bench.servers import UVICORN, WebServer
from bench.tables import markdown_table, terminal_table
from scripts.chromium import find_chromium, sandbox_arguments
from tests.servers import PrivateRedis, ServersFolder

SLOWER = 4
ROUNDS = 5
DEVICES: dict[str, dict[str, Any]] = {
    "phone, 360 x 740 at 2x": {
        "viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True,
    },
    "desk, 1280 x 900": {"viewport": {"width": 1280, "height": 900}},
}  # fmt: skip

LOADING = ("device", "cache", "HTML ms", "first paint ms", "interactive ms", "main ms", "KiB")
FRAMES = ("device", "movement", "frames", "median ms", "p95 ms", "main ms")

TIMES = """() => {
  const [navigation] = performance.getEntriesByType("navigation");
  const files = [navigation, ...performance.getEntriesByType("resource")];
  const ready = performance.getEntriesByName("seat-map:interactive")[0].startTime;
  return {
    html: navigation.responseEnd,
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    interactive: ready,
    bytes: files.filter((file) => file.responseEnd < ready).reduce((sum, file) => sum + file.encodedBodySize, 0),
  };
}"""
RECORD = """() => {
  globalThis.frames = [];
  let last = null;
  const tick = (now) => {
    if (last !== null) frames.push(now - last);
    last = now;
    globalThis.recording = requestAnimationFrame(tick);
  };
  globalThis.recording = requestAnimationFrame(tick);
}"""
STOP = "() => { cancelAnimationFrame(recording); return frames; }"
SETTLED = """() => new Promise((resolve) => {
  let left = 30;
  const tick = () => ((left -= 1) ? requestAnimationFrame(tick) : resolve());
  requestAnimationFrame(tick);
})"""


def main() -> int:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/performance.md")
    options = parser.parse_args()
    about = About.now(describe_machine(), rounds=options.rounds)
    loads, moves = measure(rounds=options.rounds)
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(terminal_table("Loading", LOADING, loads, ()), terminal_table("Frames", FRAMES, moves, ()))
    if options.write:
        from bench.document import SEAT_MAP_FRAMES, SEAT_MAP_LOADING, write_page  # noqa: PLC0415 - needs Django set up

        tables = {SEAT_MAP_LOADING: (LOADING, loads), SEAT_MAP_FRAMES: (FRAMES, moves)}
        write_page(
            {
                name: f"{about.in_words()}\n\n{markdown_table(columns, rows, texts=2)}"
                for name, (columns, rows) in tables.items()
            }
        )
    return 0


def measure(*, rounds: int) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows of both tables."""
    loads: list[list[str]] = []
    moves: list[list[str]] = []
    with platform() as stage, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=sandbox_arguments())
        for device, options in DEVICES.items():
            loads += (
                [device, cache, *measure_loading(stage, browser, options, cache=cache, rounds=rounds)]
                for cache in ("cold", "warm")
            )
            moves += (
                [device, movement, *figures] for movement, figures in measure_moving(stage, browser, options).items()
            )
        browser.close()
    return loads, moves


@dataclass(frozen=True, slots=True)
class Stage:
    """The site, a customer of it, and the address of the page that is measured."""

    site: Any
    user: Any
    address: str


@contextmanager
def platform() -> Iterator[Stage]:
    """Run the web process with the hall on sale."""
    folder = ServersFolder()
    redis = PrivateRedis(folder.path / "redis")
    redis.start()
    try:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "ticketlive.settings", "DEBUG": "false", "HTTPS": "false",
            "SECRET_KEY": secrets.token_urlsafe(64), "ALLOWED_HOSTS": "127.0.0.1", "REDIS_URL": redis.url,
            "DATABASE_URL": f"sqlite:///{folder.path}/db.sqlite3", "TICKETLIVE_HOME": str(folder.path),
            "TOSS_API_BASE": "http://127.0.0.1:1", "TOSS_SECRET_KEY": "test_sk_bench",
            "TOSS_CLIENT_KEY": "test_ck_bench", "LOG_LEVEL": "WARNING", "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
        }  # fmt: skip
        django.setup()
        from django.core.management import call_command  # noqa: PLC0415 - needs the settings of this environment

        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        from bench.seat_map_stage import put_on_sale  # noqa: PLC0415 - its models need Django set up
        from tests.browser.site import Site  # noqa: PLC0415

        performance, user = put_on_sale()
        log = folder.path / "web.log"
        with WebServer(UVICORN, "ticketlive.asgi:application", cores=Cores.split(), log=log) as web:
            yield Stage(Site(web), user, f"{web.url}/performances/{performance.pk}/seats/")
    finally:
        redis.kill()
        folder.remove()


@dataclass(frozen=True, slots=True)
class Tab:
    """A page and the tools that look into it."""

    page: Page
    tools: CDPSession

    def main_ms(self) -> float:
        """What the page's main thread has taken of the processor so far, while that is slowed down."""
        metrics = self.tools.send("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration") * 1000


def open_tab(stage: Stage, browser: Browser, options: dict[str, Any]) -> Tab:
    """A tab of the customer's own, slowed down."""
    context = browser.new_context(locale="ko-KR", **options)
    stage.site.log_in(context, stage.user)
    page = context.new_page()
    tools = page.context.new_cdp_session(page)
    tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    tools.send("Performance.enable", {"timeDomain": "threadTicks"})
    return Tab(page, tools)


def measure_loading(stage: Stage, browser: Browser, options: dict[str, Any], *, cache: str, rounds: int) -> list[str]:
    """Load the page again and again; return the medians."""
    seen = []
    for _ in range(rounds):
        tab = open_tab(stage, browser, options)
        page = tab.page
        before = 0.0
        for _load in range(2 if cache == "warm" else 1):
            before = tab.main_ms()
            page.goto(stage.address, wait_until="commit")
            page.wait_for_selector("[data-ready=yes]")
        seen.append(page.evaluate(TIMES) | {"main": since(before, tab.main_ms())})
        page.context.close()
    median = {name: statistics.median(one[name] for one in seen) for name in seen[0]}
    names = ("html", "paint", "interactive", "main")
    return [*(f"{median[name]:.0f}" for name in names), f"{median['bytes'] / 1024:.0f}"]


def measure_moving(stage: Stage, browser: Browser, options: dict[str, Any]) -> dict[str, list[str]]:
    """Pan and zoom on each level; return the figures of each movement's frames."""
    tab = open_tab(stage, browser, options)
    page = tab.page
    page.goto(stage.address)
    page.wait_for_selector("[data-ready=yes]")
    page.wait_for_timeout(1500)
    area = page.locator("#map").bounding_box()
    assert area
    middle = area["x"] + area["width"] / 2, area["y"] + area["height"] / 2
    recorded = {}
    for name, move in (
        ("pan, sections", lambda: drag(page, middle, area)),
        ("zoom in to seats", lambda: wheel(page, middle, -40, 30)),
        ("pan, seats to be pointed at", lambda: drag(page, middle, area)),
        ("zoom out", lambda: wheel(page, middle, 40, 15)),
        ("pan, thousands of seats", lambda: drag(page, middle, area)),
    ):
        page.evaluate(SETTLED)
        page.evaluate(RECORD)
        before = tab.main_ms()
        move()
        taken = tab.main_ms() - before
        frames = page.evaluate(STOP)
        recorded[name] = [*in_figures(frames), f"{taken / len(frames):.1f}"]
    page.context.close()
    return recorded


def drag(page: Page, middle: tuple[float, float], area: Any) -> None:
    x, y = middle
    page.mouse.move(x, y)
    page.mouse.down()
    for turn in range(3):
        page.mouse.move(x - area["width"] * 0.3, y + 40 * turn, steps=20)
        page.mouse.move(x + area["width"] * 0.3, y - 40 * turn, steps=20)
    page.mouse.up()
    page.evaluate(SETTLED)


def wheel(page: Page, middle: tuple[float, float], step: int, times: int) -> None:
    page.mouse.move(*middle)
    for _ in range(times):
        page.mouse.wheel(0, step)
    page.evaluate(SETTLED)


def since(before: float, now: float) -> float:
    """What came on top of `before`; a page that was given another process counts from nothing."""
    return now - before if now >= before else now


def in_figures(frames: list[float]) -> list[str]:
    """How many, and the time between them in milliseconds: the median, and what 19 of 20 keep to."""
    ordered = sorted(frames)
    return [str(len(frames)), f"{statistics.median(frames):.1f}", f"{ordered[int(len(ordered) * 0.95)]:.1f}"]


if __name__ == "__main__":
    sys.exit(main())
