"""Ways through the help panel, and what tests of it send."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Locator, Page, WebSocketRoute

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def png(width: int = 24, height: int = 16) -> bytes:
    """A small picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + b"\xa6\x1e\x4d" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@dataclass
class Wire:
    """The page's WebSockets go through here: the test cuts them, and lets them through again."""

    is_cut: bool = False
    _open: list[WebSocketRoute] = field(default_factory=list)

    def route(self, context: BrowserContext) -> None:
        context.route_web_socket("**/ws", self._connect)

    def cut(self) -> None:
        self.is_cut = True
        for route in self._open:
            route.close(code=1001)
        self._open.clear()

    def _connect(self, route: WebSocketRoute) -> None:
        if self.is_cut:
            route.close(code=1013)
            return
        route.connect_to_server()
        self._open.append(route)


def panel_of(page: Page) -> Locator:
    return page.locator("#help-panel")


def open_panel(page: Page) -> Locator:
    page.get_by_role("button", name="도움말").click()
    return page.get_by_role("dialog")


def ask(page: Page, *, subject: str = "") -> Locator:
    """Open the panel and ask about refunds."""
    panel = open_panel(page)
    panel.get_by_role("button", name="환불").click()
    panel.get_by_label("문의 내용 요약").fill(subject)
    panel.get_by_role("button", name="상담사와 대화하기").click()
    return panel


def field_of(panel: Locator) -> Locator:
    return panel.get_by_label("메시지를 입력하세요")


def say(panel: Locator, text: str) -> None:
    field_of(panel).fill(text)
    field_of(panel).press("Enter")
