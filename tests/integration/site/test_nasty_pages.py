"""Whatever stands in a page's address or in a form: the answer is no fault of ours."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLResolver, get_resolver

from apps.accounts.models import Role, User
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user
from tests.integration.site.nasty_values import FIRST, NASTY_TEXTS
from tests.order_factories import make_order

pytestmark = pytest.mark.django_db

FAULT, AWAY = 500, 503
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


def queries(path: str) -> Iterator[str]:
    """Yield query strings in which all values, or one, are as nasty as can be."""
    for turn in range(TURNS):
        values = [PAGE_VALUES[(turn + number) % len(PAGE_VALUES)] for number in range(len(QUERIES))]
        yield f"{path}?{'&'.join(f'{name}={quote(value)}' for name, value in zip(QUERIES, values, strict=True))}"
    for number, name in enumerate(QUERIES):
        yield f"{path}?{name}={quote(PAGE_VALUES[number % FIRST])}"
    yield f"{path}?%ff=%ed%a0%80"


def lists() -> Iterator[str]:
    """Yield the admin's lists with their filters, one of each asked for with something nasty."""
    for model, model_admin in admin.site._registry.items():
        path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        names = [
            one if isinstance(one, str) else one[0] for one in model_admin.list_filter if not isinstance(one, type)
        ]
        names += [model_admin.date_hierarchy] if isinstance(model_admin.date_hierarchy, str) else []
        parameters = [one.format(name) for name in names for one in FILTERS]
        parameters += [f"{name}__{part}" for name in names for part in ("year", "month", "day")]
        for name in parameters:
            for value in PAGE_VALUES[1:FIRST]:
                yield f"{path}?{name}={quote(value)}"


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


def faults_of(user: User, addresses: Iterator[str]) -> list[str]:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return [
        address[:120]
        for address in addresses
        if (status := client.get(address).status_code) >= FAULT and status != AWAY
    ]


def test_no_query_of_a_page_is_a_fault_of_ours() -> None:
    _, counselor, customer = make_everything()
    found = [path for path in pages(get_resolver()) if not path.startswith("/admin/")]
    for user in (customer, counselor):
        assert faults_of(user, (query for path in found for query in queries(path))) == []


def test_no_query_of_the_admin_is_a_fault_of_ours() -> None:
    staff, _, _ = make_everything()
    found = [path for path in pages(get_resolver()) if path.startswith("/admin/") and not path.endswith("/add/")]
    assert faults_of(staff, (query for path in found for query in queries(path))) == []


def test_no_filter_of_the_admins_lists_is_a_fault_of_ours() -> None:
    staff, _, _ = make_everything()
    assert faults_of(staff, lists()) == []


def test_no_path_is_a_fault_of_ours() -> None:
    staff, _, _ = make_everything()
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
    assert faults_of(staff, (template.format(value) for template in templates for value in nasty)) == []
