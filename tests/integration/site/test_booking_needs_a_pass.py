"""Every address that books is found in the URL configuration and held to the access pass.

A call that changes something books, unless it stands in NOT_BOOKING with its reason. An address that
is added later therefore fails here until it is guarded, or its reason is written down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.redis import sync_redis
from apps.concerts.models import Performance, WaitingRoomMode
from apps.concerts.waiting_room.keys import pass_keys
from apps.concerts.waiting_room.services.open_line import open_line
from apps.orders.models import Order
from apps.orders.order_rows import LineRow
from apps.orders.seat_holds import store
from apps.orders.services.place_order import OrderRequest, place_orders
from tests.factories import make_performance, make_user, seat_ids
from tests.fast_lane import bearer
from ticketlive.fast_lane import fast_lane_routes

CHANGING = {"POST", "PUT", "PATCH", "DELETE"}

NOT_BOOKING = {
    "/api/auth/{}": "accounts",
    "/api/auth/me/{}": "accounts",
    "/api/auth/me/bookers/{}": "accounts",
    "/api/waiting-room/{}/join": "how one comes to a pass",
    "/api/waiting-room/{}/leave": "gives it back",
    "/api/orders/{}/cancel": "gives seats back, also months after the pass has ended",
    "/api/orders/{}/refunds/{}/account": "where money goes back to, long after the pass has ended",
    "/api/payments/webhooks/toss": "the provider's",
    "/api/performances/{}/waiting-room": "for staff",
    "/api/{}/{}/publication": "for staff",
    "/api/sessions": "counseling",
    "/api/sessions/{}/{}": "counseling",
    "/api/sessions/{}/acts/{}": "a counselor's, for an order that has been booked",
    "/api/sessions/{}/attachments": "counseling",
    "/api/inquiries": "counseling",
    "/api/counselors/{}": "counseling",
    "/api/counselors/canned-replies/{}": "counseling",
}

BOOKING = {
    "POST /api/orders",
    "PATCH /api/orders/{}",
    "POST /api/orders/{}/reserve",
    "POST /api/payments/confirm",
}


def changing_calls() -> Iterator[str]:
    """Every `METHOD /path` of both lanes that changes something; parameters are written {}."""
    for route in fast_lane_routes():
        if route.method in CHANGING:
            yield f"{route.method} {re.sub(r'{[^}]*}', '{}', route.path)}"
    for path, view in django_addresses(get_resolver().url_patterns):
        if path.startswith("/api/"):
            for method in methods_of(view) & CHANGING:
                yield f"{method} {path}"


def django_addresses(patterns: list[Any], prefix: str = "/") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        path = prefix + re.sub(r"<[^>]*>", "{}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from django_addresses(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback


def methods_of(view: Any) -> set[str]:
    actions = getattr(view, "actions", None)  # of a view set
    view_class = getattr(view, "view_class", None) or getattr(view, "cls", None)
    names = actions or [name for name in ("post", "put", "patch", "delete") if hasattr(view_class, name)]
    return {name.upper() for name in names}


def is_excused(call: str) -> bool:
    path = call.partition(" ")[2]
    return any(re.fullmatch(template.replace("{}", "[^/]+"), path) for template in NOT_BOOKING)


def booking_calls() -> set[str]:
    return {call for call in changing_calls() if not is_excused(call)}


@pytest.fixture
def performance(transactional_db: None) -> Performance:
    performance = make_performance(mode=WaitingRoomMode.QUEUE)
    open_line(performance.pk)
    return performance


@pytest.fixture
def buyer(transactional_db: None) -> User:
    return make_user()


def give_pass(performance: Performance, user: User, *, ends_in: timedelta = timedelta(minutes=5)) -> None:
    passes, entered = pass_keys(performance.pk)
    now = database_now()
    sync_redis().zadd(passes, {str(user.pk): int((now + ends_in).timestamp())})
    sync_redis().hset(entered, str(user.pk), str(int(now.timestamp())))


def place(performance: Performance, user: User) -> Order:
    (seat_id,) = seat_ids(performance, 1)
    request = OrderRequest(
        user.pk, performance.pk, performance.venue_id, (LineRow(seat_id, "VIP", 100_000),), None, None
    )
    (placed,) = place_orders([request])
    return Order.objects.get(pk=placed.order_id)


def body_of(call: str, order: Order) -> tuple[str, dict[str, Any]]:
    """How a buyer makes the call: its path and its body."""
    seat = order.lines.get().seat_id
    bodies: dict[str, tuple[str, dict[str, Any]]] = {
        "POST /api/orders": ("/api/orders", {"performance_id": order.performance_id, "seat_ids": [seat]}),
        "PATCH /api/orders/{}": (f"/api/orders/{order.pk}", {"delivery": "ON_SITE"}),
        "POST /api/orders/{}/reserve": (f"/api/orders/{order.pk}/reserve", {}),
        "POST /api/payments/confirm": (
            "/api/payments/confirm",
            {"paymentKey": "never-agreed-to", "orderId": order.pk, "amount": order.amount_krw},
        ),
    }
    return bodies[call]


async def book(site: httpx.AsyncClient, call: str, order: Order, user: User) -> httpx.Response:
    path, body = await sync_to_async(body_of)(call, order)
    return await site.request(call.partition(" ")[0], path, json=body, headers=bearer(user_id=user.pk))


def test_the_url_configuration_books_at_the_addresses_known_here() -> None:
    assert booking_calls() == BOOKING


@pytest.mark.parametrize("call", sorted(booking_calls()))
@pytest.mark.parametrize("case", ["no pass", "a pass that has ended", "another performance's", "another person's"])
async def test_nobody_books_without_a_pass_of_their_own(
    site: httpx.AsyncClient, performance: Performance, buyer: User, call: str, case: str
) -> None:
    order = await sync_to_async(place)(performance, buyer)
    if case == "a pass that has ended":
        await sync_to_async(give_pass)(performance, buyer, ends_in=timedelta(seconds=-1))
    elif case == "another performance's":
        await sync_to_async(give_pass)(await sync_to_async(make_performance)(mode=WaitingRoomMode.QUEUE), buyer)
    elif case == "another person's":
        await sync_to_async(give_pass)(performance, await sync_to_async(make_user)())

    answer = await book(site, call, order, buyer)

    assert (answer.status_code, answer.json()["code"]) == (403, "access_pass_required")
    assert (await Order.objects.aget(pk=order.pk)).status == "PENDING"
    assert await Order.objects.acount() == 1


@pytest.mark.parametrize("call", sorted(booking_calls()))
async def test_with_a_pass_the_guard_lets_through(
    site: httpx.AsyncClient, performance: Performance, buyer: User, call: str
) -> None:
    order = await sync_to_async(place)(performance, buyer)
    await sync_to_async(give_pass)(performance, buyer)

    answer = await book(site, call, order, buyer)

    assert answer.status_code != 403


async def test_a_live_hold_keeps_the_pass_alive(site: httpx.AsyncClient, performance: Performance, buyer: User) -> None:
    order = await sync_to_async(place)(performance, buyer)
    await sync_to_async(give_pass)(performance, buyer, ends_in=timedelta(seconds=30))

    held = await sync_to_async(store.reserve)(order.pk, user_id=buyer.pk)

    passes, _entered = pass_keys(performance.pk)
    assert sync_redis().zscore(passes, str(buyer.pk)) == int(held.expires_at.timestamp())


@pytest.mark.parametrize("call", sorted(booking_calls()))
async def test_without_redis_booking_is_closed_and_the_catalogue_is_open(
    site: httpx.AsyncClient, redis_server: Any, buyer: User, call: str
) -> None:
    performance = await sync_to_async(make_performance)(mode=WaitingRoomMode.QUEUE)
    order = await sync_to_async(place)(performance, buyer)
    redis_server.kill()

    answer = await book(site, call, order, buyer)
    catalogue = await site.get("/api/concerts")

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert int(answer.headers["Retry-After"]) >= 1
    assert catalogue.status_code == 200
