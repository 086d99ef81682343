"""The page to read and try the API on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_apis_page_lists_the_calls_under_the_content_policy(page: Page) -> None:
    page.goto("/api/docs")

    expect(page.locator(".opblock-summary-path").filter(has_text="/api/orders").first).to_be_visible()
