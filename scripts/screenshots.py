"""`make screenshots`: walk through the platform as its people do, and keep pictures of the main pages.

It starts a platform of its own with the demo's data, in a folder that goes with it; the pictures are written to
docs/screenshots/.
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from scripts.chromium import find_chromium, sandbox_arguments

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "docs" / "screenshots"
DESKTOP, PHONE, DESK = {"width": 1280, "height": 860}, {"width": 390, "height": 844}, {"width": 1440, "height": 900}
PASSWORD = "ticketlive"
PATIENCE_SECONDS = 120.0
LARGE_HALL = 10_000  # seats
COLOURS = 256  # of a picture's palette: a third of its size, and nobody sees it


@contextmanager
def own_platform() -> Iterator[tuple[str, Path]]:
    """Start what `make run` starts, on free ports; yields its address and its folder."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        home, port = Path(folder) / "home", free_ports()
        environment = os.environ | {"TICKETLIVE_HOME": str(home), "PORT": str(port), "DEBUG": "true"}
        with (Path(folder) / "log").open("w") as log:
            platform = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "scripts.run_platform"],
                cwd=CHECKOUT,
                env=environment,
                stdout=log,
                stderr=log,
            )
            try:
                base = f"http://127.0.0.1:{port}"
                wait_until_ready(f"{base}/readyz")
                yield base, home
            finally:
                platform.send_signal(signal.SIGTERM)
                platform.wait(30)


def free_ports() -> int:
    """Return a port that is free, with the next one, which the sandbox takes."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise SystemExit(f"{url} did not answer within {PATIENCE_SECONDS:.0f} s")


class Walk:
    """The platform's address, the browser, and windows of people in it."""

    def __init__(self, base: str, home: Path, browser: Browser) -> None:
        self.base = base
        self.home = home
        self.browser = browser

    def window(self, email: str = "", *, log_in: str = "/accounts/log-in/", **options: Any) -> Page:
        """Open somebody's own window, logged in if an e-mail address is given."""
        look = {"viewport": DESKTOP, "locale": "ko-KR", "timezone_id": "Asia/Seoul", "reduced_motion": "reduce"}
        page = self.browser.new_context(base_url=self.base, **{**look, **options}).new_page()
        if email:
            page.goto(log_in)
            page.locator("input[type=email], input[name=username]").first.fill(email)
            page.locator("input[type=password]").fill(PASSWORD)
            page.locator("input[type=password]").press("Enter")
            page.wait_for_url(re.compile(r"^(?!.*log-?in)"))
        return page

    def manage(self, *arguments: str) -> None:
        """Run a command as an operator would."""
        environment = os.environ | {"TICKETLIVE_HOME": str(self.home)}
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=CHECKOUT, env=environment, check=True, stdout=subprocess.DEVNULL)


def keep(page: Page, name: str) -> None:
    """Write a picture of what the window shows now."""
    path = FOLDER / f"{name}.png"
    page.evaluate("document.fonts.ready")
    page.screenshot(path=path, animations="disabled")
    with Image.open(path) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"docs/screenshots/{path.name}")


def catalogue(walk: Walk) -> None:
    page = walk.window()
    page.goto("/")
    keep(page, "home")
    page.get_by_role("link", name=re.compile("파도가 밤이 될 때")).first.click()
    keep(page, "concert")
    phone = walk.window(viewport=PHONE, color_scheme="dark")
    phone.goto("/")
    keep(phone, "home-phone-dark")


def sale(walk: Walk) -> None:
    """Through the line to the codes: one customer waits while sales pause, goes in, chooses, pays."""
    page = walk.window("customer1@example.com")
    hall = _hall(page)
    walk.manage("waiting_room", str(hall), "--mode", "PAUSED")
    page.goto(f"/performances/{hall}/waiting-room/")
    expect(page.locator("[data-place]")).to_have_text(re.compile(r"\d"))
    keep(page, "waiting-room")
    walk.manage("waiting_room", str(hall), "--mode", "QUEUE")
    page.get_by_role("link", name="좌석 선택하기").click(timeout=30_000)

    expect(page.locator("#live")).to_have_attribute("data-state", "connected")
    keep(page, "seat-map")
    page.get_by_label("매수").select_option("3")
    page.get_by_role("button", name="선택", exact=True).click()
    expect(page.locator("#chosen li")).to_have_count(3)
    keep(page, "seats")
    phone = walk.window(viewport=PHONE, storage_state=page.context.storage_state())
    phone.goto(f"/performances/{hall}/seats/")
    expect(phone.locator("#live")).to_have_attribute("data-state", "connected")
    keep(phone, "seat-map-phone")

    page.get_by_role("button", name="예매 계속하기").click()
    expect(page.get_by_role("heading", name="결제하기")).to_be_visible()
    for agreement in page.get_by_role("checkbox").all():
        agreement.check()
    page.evaluate("scrollTo(0, 0)")
    keep(page, "checkout")
    page.get_by_role("button", name=re.compile("결제하기")).click()
    page.wait_for_url("**/sandbox/window/**")
    page.get_by_role("button", name="결제하기").click()
    expect(page.get_by_role("img", name=re.compile("QR"))).to_have_count(3)
    keep(page, "tickets")
    page.get_by_role("link", name=re.compile("취소")).first.click()
    keep(page, "cancel")


def talk(walk: Walk) -> None:
    """A customer asks, a counselor answers, a supervisor looks on."""
    desk = walk.window("counselor1@example.com", log_in="/desk/log-in/", viewport=DESK)
    desk.goto("/desk/")
    desk.get_by_role("button", name="대기", exact=True).click()
    customer = walk.window("customer1@example.com")
    customer.goto("/my/")
    customer.get_by_role("button", name=re.compile("도움말")).click()
    panel = customer.get_by_role("dialog")
    panel.get_by_role("button", name="취소와 환불").click()
    panel.get_by_label("문의 내용 요약").fill("표 한 장만 취소하고 싶어요")
    panel.get_by_role("button", name="상담사와 대화하기").click()
    pane = desk.locator(".composer-text").first
    _say(panel.get_by_label("메시지를 입력하세요"), "안녕하세요, 세 장 중 한 장만 취소할 수 있나요?")
    expect(desk.locator(".message-text", has_text="세 장 중 한 장만")).to_be_visible()
    _say(pane, "안녕하세요, 네 가능합니다. 지금 취소하시면 수수료가 없습니다.")
    expect(panel.locator(".message-text", has_text="수수료가 없습니다")).to_be_visible()
    _say(panel.get_by_label("메시지를 입력하세요"), "그럼 B열 표를 취소해 주세요.")
    expect(desk.locator(".message-text", has_text="B열 표를 취소해 주세요.")).to_be_visible()
    keep(customer, "help")
    keep(desk, "desk")
    above = walk.window("counselor5@example.com", log_in="/desk/log-in/", viewport=DESK)
    above.goto("/desk/wallboard/")
    expect(above.get_by_role("table", name="상담사")).to_contain_text("1/3")
    keep(above, "wallboard")


def _say(field: Locator, text: str) -> None:
    field.fill(text)
    field.press("Enter")


def staff(walk: Walk) -> None:
    """What the ticket office sees."""
    page = walk.window("admin@example.com", log_in="/admin/login/?next=/admin/", viewport=DESK)
    hall = _hall(page)
    pages = {
        "admin": "/admin/",
        "admin-seats": f"/admin/concerts/performance/{hall}/seats/",
        "admin-waiting-room": f"/admin/concerts/performance/{hall}/waiting-room/",
        "admin-sales": "/admin/sales/",
        "admin-kpis": "/admin/kpis/",
        "admin-audit": "/admin/audit/",
    }
    for name, address in pages.items():
        page.goto(address, wait_until="networkidle")
        keep(page, name)


def _hall(page: Page) -> int:
    """The demo's performance behind a waiting room."""
    found = page.request.get("/api/concerts?status=on_sale&page_size=100").json()["results"]
    halls = [one for concert in found for one in concert["performances"] if one["venue"]["seat_count"] >= LARGE_HALL]
    return int(halls[0]["id"])


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    expect.set_options(timeout=30_000)
    with own_platform() as (base, home), sync_playwright() as playwright:
        walk = Walk(base, home, playwright.chromium.launch(executable_path=find_chromium(), args=sandbox_arguments()))
        for part in (catalogue, sale, talk, staff):
            part(walk)


if __name__ == "__main__":
    main()
