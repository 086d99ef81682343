"""Who asks too often: one call of Redis before what writes or costs is done (docs/budgets.md)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from apps.accounts.client_address import client_address, network_of
from apps.common.budgets import spend, spenders

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class RequestBudgets(BaseThrottle):
    """The API's views, by Django REST framework, which asks after it knows who calls and that they may."""

    def allow_request(self, request: Request, _view: Any) -> bool:
        """Let through, or raise TooManyRequests."""
        spend_for(request._request, account=request.user.pk if request.user else None)  # noqa: SLF001 - no other way
        return True


def spend_for(request: HttpRequest, *, account: int | None) -> None:
    """Take what a request costs from the budgets of its account and its address, or raise TooManyRequests."""
    name = budget_of(request)
    rates = settings.REQUEST_RATES.get(name)
    if rates is not None:
        spend(name, spenders(rates, account=account, network=network_of(client_address(request))))


def budget_of(request: HttpRequest) -> str:
    """Return the name of the budget that a request is taken from; empty for what is free.

    Whatever may change something has one, also where an address was forgotten in the table.
    """
    if request.resolver_match is None:
        return ""
    route = request.resolver_match.route
    if request.method not in SAFE_METHODS:
        if route.startswith("admin/"):
            return "staff"
        return str(settings.REQUEST_BUDGETS["writes"].get(route, "account"))
    if request.META.get("QUERY_STRING"):
        return str(settings.REQUEST_BUDGETS["searches"].get(route, ""))
    return ""
