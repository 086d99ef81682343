"""Whatever stands in a page's address or in a form: the answer is no fault of ours."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLResolver, get_resolver

from apps.accounts.models import Role, User
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user
from tests.integration.site.nasty_values import FIRST, NASTY_TEXTS, share
from tests.integration.site.posted_forms import noticing
from tests.order_factories import make_order

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("as_often_as_anybody_likes"),
    pytest.mark.filterwarnings("error::RuntimeWarning"),  # a moment without a time zone, for one
]

FAULT, AWAY, TOO_OFTEN = 500, 503, 429
NO_PAGES = ("api/", "metrics", "healthz", "readyz", "admin/logout")
QUERIES = ("q", "p", "page", "from", "to", "o", "next", "status", "category", "ordering", "counselor", "code", "term")
FILTERS = ("{}__exact", "{}__gte", "{}__range__gte", "{}_from", "{}_to", "{}__isnull")
TURNS = 3
PAGE_VALUES = ("\0", "0001-01-01", "9999-12-31", "9" * 30, "-1", "x" * 3_000, "\U0010ffff")


def pages(resolver: URLResolver, before: str = "") -> Iterator[str]:
    """Yield the addresses of all pages that have no parameters."""
    for one in resolver.url_patterns:
        path = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from pages(one, path)
        elif not set("<(^$").intersection(path) and not path.startswith(NO_PAGES):
            yield f"/{path}"


def query(values: dict[str, str]) -> str:
    return "&".join(f"{name}={quote(value)}" for name, value in values.items())


def lists() -> Iterator[str]:
    """Yield the admin's lists with their filters, each of which is asked for with something nasty."""
    turns = itertools.cycle(PAGE_VALUES[1:FIRST])
    for model, model_admin in admin.site._registry.items():
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        names = [
            one if isinstance(one, str) else one[0] for one in model_admin.list_filter if not isinstance(one, type)
        ]
        names += [model_admin.date_hierarchy] if isinstance(model_admin.date_hierarchy, str) else []
        parameters = [one.format(name) for name in names for one in FILTERS]
        parameters += [f"{name}__{part}" for name in names for part in ("year", "month", "day")]
        for name in parameters:
            yield f"{path}?{name}={quote(next(turns))}"


def make_everything() -> tuple[User, User, User]:
    """A member of staff who may do all, a counselor and a customer, with something to look at."""
    category, customer = make_category(), make_user()
    counselor = make_counselor(category)
    make_session(category, customer=customer)
    make_order(customer, make_performance())
    staff = make_user(role=Role.STAFF)
    staff.is_superuser = True
    staff.save()
    return staff, counselor, customer


class Visitor:
    """Somebody who is logged in, and asks for pages."""

    def __init__(self, user: User) -> None:
        self._client = Client(raise_request_exception=False)
        self._client.force_login(user)
        self.faults: list[str] = []

    def ask(self, address: str) -> None:
        status = self._client.get(address).status_code
        if status == TOO_OFTEN or (status >= FAULT and status != AWAY):
            self.faults.append(address[:120])

    def ask_all(self, path: str) -> None:
        """Ask for a page with all that is nasty in its query, and then in each parameter that it looks up alone."""
        with noticing() as read:
            for turn in range(TURNS):
                values = {name: PAGE_VALUES[(turn + at) % len(PAGE_VALUES)] for at, name in enumerate(QUERIES)}
                self.ask(f"{path}?{query(values)}")
        for at, name in enumerate(sorted(read.fields)):
            self.ask(f"{path}?{query({name: PAGE_VALUES[at % FIRST]})}")
        self.ask(f"{path}?%ff=%ed%a0%80")


def test_no_query_of_a_page_is_a_fault_of_ours() -> None:
    _, counselor, customer = make_everything()
    found = [path for path in pages(get_resolver()) if not path.startswith("/admin/")]
    for visitor in (Visitor(customer), Visitor(counselor)):
        for path in found:
            visitor.ask_all(path)
        assert visitor.faults == []


def test_no_query_of_the_admin_is_a_fault_of_ours() -> None:
    visitor = Visitor(make_everything()[0])
    for path in pages(get_resolver()):
        if path.startswith("/admin/") and not path.endswith("/add/"):
            visitor.ask_all(path)
    assert visitor.faults == []


def test_no_filter_of_the_admins_lists_is_a_fault_of_ours() -> None:
    visitor = Visitor(make_everything()[0])
    for address in lists():
        visitor.ask(address)
    assert visitor.faults == []


def test_no_path_is_a_fault_of_ours() -> None:
    visitor = Visitor(make_everything()[0])
    nasty = [quote(value, safe="") for value in NASTY_TEXTS if value.strip() and len(value) < 1_000]
    templates = (
        "/concerts/{}/",
        "/orders/{}/",
        "/orders/{}/calendar.ics",
        "/tickets/{}/qr.svg",
        "/performances/{}/seats/",
        "/my/conversations/{}/",
        "/my/bookers/{}/",
        "/jsi18n/{}.js",
        "/admin/{}/",
        "/admin/orders/order/{}/change/",
        "/admin/accounts/user/{}/change/",
        "/admin/r/{}/1/",
        "/admin/concerts/performance/{}/prices/",
    )
    for at, template in enumerate(templates):
        for value in share(nasty, at, len(templates) // 3):
            visitor.ask(template.format(value))
    assert visitor.faults == []
