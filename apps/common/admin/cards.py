"""Cards on the admin's first page: each app adds its own, each reader sees those of their permissions.

@dashboard_card(permission="orders.view_order", position=20)
def sold_today(request: HttpRequest) -> Card:
    return Card(title=_("Sold today"), template="admin/orders/card_sold.html", context={...})
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card: a heading, a template that is included with `context` as `card`, and where the heading leads."""

    title: StrOrPromise
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    link: str = ""
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class _Registered:
    position: int
    permission: str
    make: Callable[[HttpRequest], Card | None]


_cards: dict[str, _Registered] = {}

Maker = Callable[[HttpRequest], Card | None]


def dashboard_card(*, permission: str, position: int) -> Callable[[Maker], Maker]:
    """Add a card for readers who have the permission; the lowest position comes first. None shows nothing."""

    def register(make: Maker) -> Maker:
        _cards[f"{make.__module__}.{make.__qualname__}"] = _Registered(position, permission, make)
        return make

    return register


def dashboard_cards(request: HttpRequest) -> list[Card]:
    """The cards that the reader may see, in order."""
    allowed = (
        one for one in sorted(_cards.values(), key=lambda one: one.position) if request.user.has_perm(one.permission)
    )
    return [card for card in (one.make(request) for one in allowed) if card is not None]


def show_cards(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Unfold's DASHBOARD_CALLBACK."""
    return {**context, "cards": dashboard_cards(request)}
