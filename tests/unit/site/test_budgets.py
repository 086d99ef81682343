"""Every address that may change something says from which budget a request is taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver

from apps.common.budgets import Budget
from ticketlive import budgets, environment
from ticketlive.fast_lane import fast_lane_routes

SAFE = {"GET", "HEAD", "OPTIONS"}
ELSEWHERE = {budgets.IN_THE_SERVICE, budgets.IN_THE_SALE, budgets.NOTHING}


def each_address(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, Any]]:
    for one in resolver.url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLPattern):
            yield route, one.callback
        else:
            yield from each_address(one, route)


def methods_of(view: Any) -> set[str] | None:
    """The methods that a view takes; None for one that takes them all."""
    kind = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if kind is not None:
        actions = getattr(view, "actions", None)
        return {name.upper() for name in actions or kind.http_method_names if hasattr(kind, name) or actions}
    return _declared(view, seen=set())


def _declared(view: Any, *, seen: set[int]) -> set[str] | None:
    """What `require_http_methods` was told, however deep below other decorators."""
    code = getattr(view, "__code__", None)
    if code is None or id(view) in seen:
        return None
    seen.add(id(view))
    closed_over = dict(zip(code.co_freevars, (cell.cell_contents for cell in view.__closure__ or ()), strict=True))
    if "request_method_list" in closed_over:
        return set(closed_over["request_method_list"])
    inner = [*closed_over.values(), getattr(view, "__wrapped__", None)]
    return next((found for one in inner if callable(one) and (found := _declared(one, seen=seen))), None)


def writing_addresses() -> set[str]:
    return {
        route
        for route, view in each_address(get_resolver())
        if not route.startswith(budgets.ADMIN) and (methods_of(view) is None or methods_of(view) - SAFE)  # type: ignore[operator]
    }


def test_every_address_that_may_change_something_names_its_budget_and_no_other_does() -> None:
    assert writing_addresses() == set(settings.REQUEST_BUDGETS["writes"])


def test_every_call_of_the_fast_lane_that_may_change_something_names_its_budget() -> None:
    writing = {f"{route.method} {route.path}" for route in fast_lane_routes() if route.method not in SAFE}

    webhooks = {f"POST /{address}" for address in budgets.webhooks(settings.PAYMENT_PROVIDERS)}

    assert writing == set(budgets.FAST_WRITES) | webhooks


@pytest.mark.parametrize("table", [settings.REQUEST_BUDGETS["writes"], budgets.SEARCHES, budgets.FAST_WRITES])
def test_every_budget_that_is_named_has_rates(table: dict[str, str]) -> None:
    assert set(table.values()) - ELSEWHERE <= set(settings.REQUEST_RATES)


@pytest.mark.parametrize("rates", [settings.REQUEST_RATES, settings.SALE_RATES])
def test_every_rate_can_be_read_and_bounds_somebody(rates: dict[str, dict[str, str]]) -> None:
    for name, kinds in rates.items():
        assert set(kinds) == {"account", "address"}, name
        assert any(Budget.parse(rate).tiers for rate in kinds.values()), name


@pytest.mark.parametrize(("value", "tiers"), [("5/minute;9/hour", 2), ("5/minute", 1), ("", 0)])
def test_the_environment_may_change_a_rate_or_take_it_away(
    monkeypatch: pytest.MonkeyPatch, value: str, tiers: int
) -> None:
    monkeypatch.setenv("ORDER_RATE_PER_ACCOUNT", value)

    assert len(Budget.parse(budgets.sale_rates()["orders"]["account"]).tiers) == tiers


def test_a_rate_that_is_none_stops_the_start_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDER_RATE_PER_ACCOUNT", "often")

    with pytest.raises(ImproperlyConfigured, match="ORDER_RATE_PER_ACCOUNT"):
        environment.rates("ORDER_RATE_PER_ACCOUNT", "")
