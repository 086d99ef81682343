"""Routes of the fast lane, and finding the one that a path means without a regular expression."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

import msgspec

from apps.common.errors import DomainError
from apps.common.fastlane.admission import Rank
from apps.common.fastlane.requests import Request
from apps.common.fastlane.responses import Response

MAX_ID = 2**63 - 1
MAX_ID_DIGITS = 19
REMEMBERED_PATHS, MAX_REMEMBERED_PATH = 4_096, 200
MAX_PATH = 8_192  # characters; no route is that long

Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
"""A row's id in a body or query Struct."""

Handler = Callable[[Request], Awaitable[Response | None]]
Auth = Literal["required", "optional", "none"]


@dataclass(frozen=True)
class Route:
    """One method of one address.

    `path` has parameters as `{name}` (text) or `{name:int}` (a row's id; anything else is a 404).
    `body` and `query` are Structs that the request is decoded into; a `body` may also be `dict`, any
    object. `responses` and `errors` are for the OpenAPI document; what token, body and path can refuse is
    added there by itself.
    `rank` says who goes first under overload.
    `shared` leaves the address's other methods to the fallback application.
    `partial` leaves requests of this method to it, too: those for which the handler returns None, and those whose
    body is not the Struct's. The fallback's own description of the address stays then, and so do all of its refusals.
    """

    method: str
    path: str
    handler: Handler
    body: type[msgspec.Struct] | type[dict[str, Any]] | None = None
    query: type[msgspec.Struct] | None = None
    auth: Auth = "required"
    responses: Mapping[int, Any] = field(default_factory=dict)
    errors: Sequence[type[DomainError]] = ()
    summary: str = ""
    tags: Sequence[str] = ()
    shared: bool = False
    partial: bool = False
    rank: Rank = Rank.LINE
    decoder: msgspec.json.Decoder[Any] | None = field(init=False, repr=False, compare=False, default=None)

    rank_number: int = field(init=False, repr=False, compare=False, default=0)  # a list is indexed quicker by it

    def __post_init__(self) -> None:
        object.__setattr__(self, "rank_number", int(self.rank))
        if self.body is not None:
            object.__setattr__(self, "decoder", msgspec.json.Decoder(self.body))

    def parameters(self) -> list[tuple[int, str, bool]]:
        """Return the path's parameters: position among its segments, name, whether it is an id."""
        found = []
        for position, segment in enumerate(self.path.split("/")):
            if segment.startswith("{"):
                name, _, kind = segment[1:-1].partition(":")
                found.append((position, name, kind == "int"))
        return found


class Address:
    """All methods of one path."""

    def __init__(self, template: Route) -> None:
        self.path = template.path
        self.methods: dict[str, Route] = {}
        self.shared = False
        self._parameters = template.parameters()

    def add(self, route: Route) -> None:
        """Take in a method; GET answers HEAD too."""
        if route.path != self.path:
            raise ValueError(f"{route.path} and {self.path} are one address under two names")
        if route.method in self.methods:
            raise ValueError(f"{route.method} {route.path} is routed twice")
        self.methods[route.method] = route
        if route.method == "GET":
            self.methods.setdefault("HEAD", route)
        self.shared = self.shared or route.shared

    def allow(self) -> str:
        """Return the value of the `Allow` header."""
        return ", ".join(sorted({*self.methods, "OPTIONS"}))

    def read(self, segments: Sequence[str]) -> dict[str, Any] | None:
        """Return the parameters' values; None where one is empty or an id is none."""
        values: dict[str, Any] = {}
        for position, name, is_id in self._parameters:
            text = segments[position]
            if text and not is_id:
                values[name] = text
            elif text.isascii() and text.isdigit() and len(text) <= MAX_ID_DIGITS and int(text) <= MAX_ID:
                values[name] = int(text)
            else:
                return None
        return values


class Match(NamedTuple):
    """What a path means: an address, and its parameters' values or None where these cannot be."""

    address: Address
    parameters: Mapping[str, Any] | None


class Router:
    """Looks a path up by its number of segments and its literal ones, and remembers the last ones."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._shapes: dict[int, list[tuple[tuple[int, ...], dict[tuple[str, ...], Address]]]] = {}
        for route in routes:
            self._address(route).add(route)
        self._find_again = lru_cache(maxsize=REMEMBERED_PATHS)(self._find)

    def find(self, path: str) -> Match | None:
        """Return what a path means; None where it is none of these routes'."""
        if len(path) <= MAX_REMEMBERED_PATH:
            return self._find_again(path)
        return self._find(path) if len(path) <= MAX_PATH else None

    def _find(self, path: str) -> Match | None:
        segments = path.split("/")
        for literals, addresses in self._shapes.get(len(segments), ()):
            address = addresses.get(tuple([segments[position] for position in literals]))
            if address is not None:
                return Match(address, address.read(segments))
        return None

    def _address(self, route: Route) -> Address:
        segments = route.path.split("/")
        parameters = {position for position, _, _ in route.parameters()}
        literals = tuple(position for position in range(len(segments)) if position not in parameters)
        shapes = self._shapes.setdefault(len(segments), [])
        addresses = next((known for shape, known in shapes if shape == literals), None)
        if addresses is None:
            addresses = {}
            shapes.append((literals, addresses))
            shapes.sort(key=lambda shape: -len(shape[0]))  # the most literal one goes first
        return addresses.setdefault(tuple(segments[position] for position in literals), Address(route))
