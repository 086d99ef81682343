"""The addresses that take a POST from a page, and the fields that each of them reads.

Nothing is listed by hand: addresses are Django's patterns, usual values are what the pages' own forms hold, and the
names of fields are those that a view looks up in what was posted. A new form is found as soon as it has an address.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from unittest import mock
from urllib.parse import urljoin, urlsplit

from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern
from django.utils.datastructures import MultiValueDict

PARAMETER = re.compile(r"<(?:\w+:)?(?P<name>\w+)>")
OTHERS = ("api/", "metrics", "healthz", "readyz")  # no pages: the API's operations have a sweep of their own
ACT = "action"  # the select of the admin's lists
TOKEN = "csrfmiddlewaretoken"
BUTTONS = {"submit", "button", "image", "reset"}
Fields = dict[str, list[str]]


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every pattern of the pages, with all of its route."""
    for one in resolver.url_patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from patterns(one, route)
        elif isinstance(one.pattern, RoutePattern) and not route.startswith(OTHERS):
            yield route, one


def addresses(known: dict[str, list[Any]], objects: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return all addresses, and the routes of those for which nothing is known to put in.

    Args:
        known: values by a parameter's name, or by converter and name where the name alone means several things.
        objects: the ids that stand for `object_id` in the admin, by the model's label.
    """
    found: list[str] = []
    unknown = []
    for route, one in patterns(get_resolver()):
        values = dict(known)
        if (model_admin := getattr(one.callback, "model_admin", None)) is not None:
            values["object_id"] = [objects.get(model_admin.model._meta.label_lower, 1)]
        made = [route]
        for parameter in PARAMETER.finditer(route):
            converted, name = parameter[0].strip("<>"), parameter["name"]
            choices = values.get(converted, values.get(name, []))
            made = [address.replace(parameter[0], str(value)) for address in made for value in choices]
        found += [f"/{address}" for address in made]
        if not made:
            unknown.append(route)
    return found, unknown


def unread_routes(resolver: URLResolver) -> list[str]:
    """Return the routes that are regular expressions, which nobody here can fill in."""
    found: list[str] = []
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            found += unread_routes(one)
        elif not isinstance(one.pattern, RoutePattern):
            found.append(str(one.pattern))
    return found


def changeable() -> set[str]:
    """Return the labels of the models that somebody may change in the admin."""
    request = mock.Mock()
    request.user.is_active = request.user.is_staff = request.user.is_superuser = True
    request.user.has_perm.return_value = True
    return {
        model._meta.label_lower
        for model, model_admin in admin.site._registry.items()
        if model_admin.has_change_permission(request)
    }


class _Forms(HTMLParser):
    """Collects the forms of a page that are posted: {address: {field: values}}."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self._base = base
        self._action: str | None = None
        self._area: str | None = None
        self._select = ""
        self.found: dict[str, Fields] = {}
        self.options: dict[tuple[str | None, str], list[str]] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_posted = given.get("method", "").lower() == "post"
            self._action = urlsplit(urljoin(self._base, given.get("action", ""))).path if is_posted else None
            if self._action is not None:
                self.found.setdefault(self._action, {})
        elif self._action is not None:
            self._field(tag, given)

    def _field(self, tag: str, given: dict[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "option":
            self.options.setdefault((self._action, self._select), []).append(given.get("value", ""))
            if "selected" in given:
                self._put(self._select, given.get("value", ""))
        elif tag == "select":
            self._select = name
            self._put(name)
        elif tag == "textarea":
            self._area = name
            self._put(name, "")
        elif tag == "button" or (tag == "input" and kind in BUTTONS):
            pass  # who presses none of them sends none: views look for them by name, which is noticed
        elif tag == "input":
            is_chosen = kind not in {"checkbox", "radio"} or "checked" in given
            self._put(name, *([given.get("value", "")] if is_chosen and kind != "file" else []))

    def _put(self, name: str, *values: str) -> None:
        assert self._action is not None
        if name and name != TOKEN:
            self.found[self._action].setdefault(name, []).extend(values)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._action = None
        elif tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        if self._area is not None and self._action is not None:
            self.found[self._action][self._area] = [data.lstrip("\n")]


@dataclass
class Read:
    """The names that were looked up in what was posted."""

    fields: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


@contextmanager
def noticing() -> Iterator[Read]:
    """Notice which names are looked up in a query or form that is not empty, and in what holds files or nothing."""
    read = Read()
    with ExitStack() as stack:
        for name in ("__getitem__", "get", "getlist", "__contains__"):
            original = getattr(MultiValueDict, name)

            def looked_up(self: Any, key: Any, *more: Any, _original: Any = original, **others: Any) -> Any:
                if isinstance(key, str) and isinstance(self, QueryDict):
                    read.fields |= {key} if len(self) else set()
                elif isinstance(key, str) and all(isinstance(one[0], UploadedFile) for one in dict.values(self) if one):
                    read.files.add(key)
                return _original(self, key, *more, **others)

            stack.enter_context(mock.patch.object(MultiValueDict, name, looked_up, create=True))
        yield read
    read.fields.discard(TOKEN)


class Gathered:
    """What the forms of many pages hold, by the address that they go to; the first of each field counts."""

    def __init__(self, pages: Iterable[tuple[str, str]]) -> None:
        self._usual: dict[str, Fields] = defaultdict(dict)
        self._acts: dict[str, list[str]] = {}
        for address, page in pages:
            parser = _Forms(address)
            parser.feed(page)
            for action, fields in parser.found.items():
                for name, values in fields.items():
                    self._usual[action].setdefault(name, values)
                self._acts[action] = [act for act in parser.options.get((action, ACT), []) if act]

    def usual(self, address: str, defaults: dict[str, str]) -> list[Fields]:
        """Return what somebody posts to an address who means well; once for each act that a list offers."""
        filled = {
            name: [defaults.get(name.rpartition("-")[2], "")] if values in ([], [""]) else values
            for name, values in self._usual.get(address, {}).items()
        }
        return [filled | {ACT: [act]} for act in self._acts.get(address, [])] or [filled]
