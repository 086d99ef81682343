"""Reading pages in tests: what a part of one says, and a page in English."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class _Parts(HTMLParser):
    """Collects the text of every element that has a class, or an id."""

    def __init__(self, selector: str) -> None:
        super().__init__()
        self._attribute, self._wanted = ("class" if selector[0] == "." else "id"), selector[1:]
        self._open: list[list[str] | None] = []
        self.found: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        texts: list[str] | None = None
        if self._wanted in (dict(attrs).get(self._attribute) or "").split():
            texts = []
            self.found.append(texts)
        self._open.append(texts)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for texts in self._open:
            if texts is not None:
                texts.append(data)


def parts(page: HttpResponse | str, selector: str) -> list[str]:
    """The texts of the elements that `.class` or `#id` selects, with single blanks."""
    parser = _Parts(selector)
    parser.feed(page if isinstance(page, str) else page.content.decode())
    return [re.sub(r"\s+", " ", " ".join(texts)).strip() for texts in parser.found]


def in_english(client: Client, path: str, **query: Any) -> str:
    """A page's source for somebody who reads English."""
    return client.get(path, query, headers={"Accept-Language": "en"}).content.decode()
