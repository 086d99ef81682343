"""Which entries this process serves (ENTRIES): the customers' site, the counselors' desk, the staff's admin, the API.

An address of an entry that is not served is answered as one that does not exist. It keeps its name, so that a page
of another entry can still link to it: behind one proxy the other process answers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest
from django.urls import URLPattern, URLResolver, path, reverse_lazy
from django.views.generic import RedirectView

BEGINNINGS = {"api/": "api", "desk/": "desk", "admin/": "admin"}
OF_EVERY_ENTRY = ("healthz", "readyz", "metrics", "session/", "i18n/", "jsi18n/")
FIRST_PAGES = {"desk": "desk", "admin": "admin:index"}

Address = URLPattern | URLResolver


def served(addresses: Sequence[Address], entries: Sequence[str]) -> list[Address]:
    """Return the URL configuration of these entries; without the site its first address leads to the next entry."""
    found = [_served(address, entries) for address in addresses]
    if "site" not in entries:
        for entry, name in FIRST_PAGES.items():
            if entry in entries:
                return [path("", RedirectView.as_view(url=reverse_lazy(name))), *found]
    return found


def entry_of(route: str) -> str | None:
    """Return the entry that an address belongs to; None for what every entry needs."""
    if route.startswith(OF_EVERY_ENTRY):
        return None
    return next((entry for beginning, entry in BEGINNINGS.items() if route.startswith(beginning)), "site")


def _served(address: Address, entries: Sequence[str]) -> Address:
    route = str(address.pattern).removeprefix("^")
    if isinstance(address, URLResolver) and not route:
        return _resolver(address, [_served(one, entries) for one in address.url_patterns])
    entry = entry_of(route)
    return address if entry is None or entry in entries else _closed(address)


def _closed(address: Address) -> Address:
    if isinstance(address, URLResolver):
        return _resolver(address, [_closed(one) for one in address.url_patterns])
    return URLPattern(address.pattern, _not_served, address.default_args, address.name)


def _resolver(address: URLResolver, addresses: list[Address]) -> URLResolver:
    return URLResolver(address.pattern, addresses, address.default_kwargs, address.app_name, address.namespace)


def _not_served(_request: HttpRequest, **_parts: Any) -> Any:
    raise Http404
