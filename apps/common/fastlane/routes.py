"""Routes of the fast lane, and the addresses that they are at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import msgspec

from apps.common.errors import DomainError
from apps.common.fastlane.admission import Rank
from apps.common.fastlane.requests import Request
from apps.common.fastlane.responses import Response
from apps.common.path_patterns import MAX_ID, PathPattern, PathTable

MAX_PATH = 8_192  # characters; no route is that long

Id = Annotated[int, msgspec.Meta(ge=1, le=MAX_ID)]
"""A row's id in a body or query Struct."""

Handler = Callable[[Request], Awaitable[Response | None]]
Auth = Literal["required", "optional", "none"]


@dataclass(frozen=True)
class Route:
    """One method of one address.

    `path` is a pattern (see apps/common/path_patterns.py); where a parameter cannot be, the answer is a 404.
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

    pattern: PathPattern = field(init=False, repr=False, compare=False)
    rank_number: int = field(init=False, repr=False, compare=False, default=0)  # a list is indexed quicker by it

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", PathPattern(self.path))
        object.__setattr__(self, "rank_number", int(self.rank))
        if self.body is not None:
            object.__setattr__(self, "decoder", msgspec.json.Decoder(self.body))


class Address:
    """All methods of one path."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.methods: dict[str, Route] = {}
        self.shared = False

    def add(self, route: Route) -> None:
        """Take in a method; GET answers HEAD too."""
        if route.method in self.methods:
            raise ValueError(f"{route.method} {route.path} is routed twice")
        self.methods[route.method] = route
        if route.method == "GET":
            self.methods.setdefault("HEAD", route)
        self.shared = self.shared or route.shared

    def allow(self) -> str:
        """Return the value of the `Allow` header."""
        return ", ".join(sorted({*self.methods, "OPTIONS"}))


class Router(PathTable[Address]):
    """Finds the address that a path means."""

    def __init__(self, routes: Iterable[Route]) -> None:
        super().__init__(longest=MAX_PATH)
        for route in routes:
            self.setdefault(route.path, Address(route.path)).add(route)
