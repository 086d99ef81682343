"""Somebody with a browser that runs no scripts, and what a page says to them."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.orders.models import Order


class Visitor:
    """A logged-in customer who reads English."""

    def __init__(self, user: User | None) -> None:
        self.client = Client(headers={"Accept-Language": "en"})
        if user is not None:
            self.client.force_login(user)

    def get(self, name: str, order: Order, /, **query: str) -> Any:
        return self.client.get(reverse(name, args=[order.pk]), query)

    def post(self, name: str, order: Order, /, **form: Any) -> Any:
        return self.client.post(reverse(name, args=[order.pk]), form)


def owner_of(order: Order) -> Visitor:
    return Visitor(order.user)


def text_of(answer: Any) -> str:
    """What a page says, without its markup and scripts."""
    page = re.sub(r"(?s)<(script|style|noscript).*?</\1>|<[^>]*>", " ", answer.content.decode())
    return " ".join(html.unescape(page).split())


def data_of(answer: Any) -> dict[str, Any]:
    """What the page's script is told."""
    found = re.search(r'(?s)<script id="page-data" type="application/json">(.*?)</script>', answer.content.decode())
    assert found is not None
    return dict(json.loads(found[1]))


def policy_of(answer: Any) -> dict[str, list[str]]:
    """The Content Security Policy by directive."""
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    return {name: sources for name, *sources in parts}


def run_out(order: Order) -> None:
    """Let the order's time be over; nobody has noticed yet."""
    Order.objects.filter(pk=order.pk).update(expires_at=database_now() - timedelta(seconds=1))
