"""What is not published is unknown to everybody, at every address and destination of the site.

Each address either is asked for a hidden show here, or stands in ABOUT_OTHER_THINGS with its reason. One that is added
later therefore fails here until it is asked too.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from apps.accounts.models import User
from apps.common.database.threads import in_database_thread
from apps.concerts.models import Concert, Performance, Publication, Venue
from apps.concerts.services.publish_show import take_back_show
from apps.concerts.waiting_room.selectors import list_open_lines
from apps.orders.order_ids import new_order_id
from apps.orders.services.rebuild_seat_state import ensure_seat_states
from tests import waiting
from tests.factories import make_performance, make_user, seat_ids
from tests.fast_lane import bearer
from tests.integration.counseling.conftest import connections_end_with_the_test, threads_end_with_the_test
from tests.integration.site.test_booking_needs_a_pass import CHANGING, django_addresses, methods_of
from tests.integration.site.test_destinations import use, uses, without_types
from tests.staff import make_staff
from tests.stomp_client import StompClient, make_server
from ticketlive.fast_lane import fast_lane_routes
from ticketlive.stomp import stomp_destinations

__all__ = ["connections_end_with_the_test", "threads_end_with_the_test"]

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("connections_end_with_the_test", "as_often_as_anybody_likes"),
]

TITLE, SLUG, CITY, HALL = "아무도 모르는 공연", "a-show-nobody-knows-of", "Nowheretown", "Undisclosed"
UNKNOWN = 987_654_321
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Named:
    """What a call names: a show that is hidden, or nothing that there is."""

    performance: int
    concert: int
    slug: str
    order: str
    seat: int


@dataclass(frozen=True, slots=True)
class Asked:
    """How an address is asked for a show. Once published it answers so many of them (`finds`)."""

    path: Callable[[Named], str]
    body: Callable[[Named], dict[str, Any]] = field(default=lambda _: {})
    finds: bool = True  # False: also of a published show there is nothing at it yet (an order that nobody has placed)
    of_concert: bool = False  # which may be public while a performance of it is not


def of_performance(path: str) -> Asked:
    return Asked(lambda one: path.replace("{}", str(one.performance)))


def of_order(path: str) -> Asked:
    return Asked(lambda one: path.replace("{}", one.order), finds=False)


ASKED: dict[str, Asked] = {
    "GET /concerts/{}/": Asked(lambda one: f"/concerts/{one.slug}/", of_concert=True),
    "GET /performances/{}/sale.ics": of_performance("/performances/{}/sale.ics"),
    "GET /performances/{}/waiting-room/": of_performance("/performances/{}/waiting-room/"),
    "GET /performances/{}/seats/": of_performance("/performances/{}/seats/"),
    "GET /api/concerts/{}": Asked(lambda one: f"/api/concerts/{one.concert}", of_concert=True),
    "GET /api/performances/{}": of_performance("/api/performances/{}"),
    "POST /api/waiting-room/{}/join": of_performance("/api/waiting-room/{}/join"),
    "GET /api/waiting-room/{}/status": of_performance("/api/waiting-room/{}/status"),
    "POST /api/waiting-room/{}/leave": of_performance("/api/waiting-room/{}/leave"),
    "GET /api/waiting-room/{}/now": of_performance("/api/waiting-room/{}/now"),
    "GET /api/performances/{}/seats": of_performance("/api/performances/{}/seats"),
    "GET /api/performances/{}/seats/columns": of_performance("/api/performances/{}/seats/columns"),
    "GET /api/performances/{}/layout/columns": of_performance("/api/performances/{}/layout/columns"),
    "GET /api/performances/{}/layout": of_performance("/api/performances/{}/layout"),
    "POST /api/orders": Asked(
        lambda _: "/api/orders", lambda one: {"performance_id": one.performance, "seat_ids": [one.seat]}
    ),
    "GET /api/orders/{}": of_order("/api/orders/{}"),
    "PATCH /api/orders/{}": Asked(
        lambda one: f"/api/orders/{one.order}", lambda _: {"delivery": "ON_SITE"}, finds=False
    ),
    "POST /api/orders/{}/reserve": of_order("/api/orders/{}/reserve"),
    "POST /api/orders/{}/cancel": of_order("/api/orders/{}/cancel"),
    "POST /api/payments/confirm": Asked(
        lambda _: "/api/payments/confirm",
        lambda one: {"paymentKey": "nobody-paid", "orderId": one.order, "amount": 1_000},
        finds=False,
    ),
}

LISTS = {
    "GET /": ["/", "/?q={word}", "/?status=upcoming", "/?status=on_sale&sort=price", "/?status=closed"],
    "GET /api/concerts": [
        "/api/concerts", "/api/concerts?search={word}", "/api/concerts?status=on_sale", "/api/concerts?ordering=price"
    ],
}  # fmt: skip
WORDS = (TITLE, CITY)

ABOUT_OTHER_THINGS = {
    "/clock": "the time",
    "/api/(schema|docs)": "the description of the API",
    "/(i18n/setlang/|jsi18n/.*|healthz|readyz|metrics)": "the platform's own",
    "/(accounts|session)/.*": "log-ins",
    "/my/.*": "what somebody has bought, or wrote",
    "/api/auth/.*": "accounts",
    "GET /api/orders": "somebody's orders",
    "/api/orders/{}/refunds/{}/account": "where the money of an order goes back to",
    "/(orders|tickets)/{}.*": "an order that was placed while the show was public, or its ticket",
    "/api/payments/webhooks/toss": "the provider's",
    "/api/performances/{}/waiting-room": "for staff",
    "/api/(concerts|performances)/{}/publication": "for staff",
    "/desk/.*": "counselors",
    "/api/(counsel-categories|sessions|inquiries|counselors).*": "counseling",
    r"/\^api/": "whatever is at no address",
    "/admin.*": "for staff",
}
DESTINATIONS = {
    ("SUBSCRIBE", "/sub/performances/{performance_id:int}/seats"),
    ("SUBSCRIBE", "/sub/waiting-room/{performance_id:int}"),
}
DESTINATIONS_OF_OTHER_THINGS = re.compile(r"/(pub/match/|user/queue/match|(sub|pub)/session/|sub/counselor/)")


def addresses() -> Iterator[str]:
    """Every `METHOD /path` of both lanes; parameters are written {}."""
    for route in fast_lane_routes():
        yield f"{route.method} {re.sub(r'{[^}]*}', '{}', route.path)}"
    for path, view in django_addresses(get_resolver().url_patterns):
        yield f"GET {path}"
        for method in methods_of(view) & CHANGING:
            yield f"{method} {path}"


def is_about_other_things(call: str) -> bool:
    names = (call, call.partition(" ")[2])
    return any(re.fullmatch(one.replace("{}", r"\{\}"), name) for one in ABOUT_OTHER_THINGS for name in names)


def test_every_address_is_asked_for_hidden_shows_or_is_about_other_things() -> None:
    known = {call for call in addresses() if not is_about_other_things(call)}
    reading = {call for call in known if call.startswith("GET ")}
    same_view = {call.replace("POST", "GET") for call in ASKED if not call.startswith("GET ")} - ASKED.keys()

    assert known - same_view == ASKED.keys() | LISTS.keys(), "ask it here for a show that is not published"
    assert reading & same_view <= {"GET /api/payments/confirm", "GET /api/orders/{}/cancel"}, "these only take POST"


def test_every_destination_is_asked_for_hidden_shows_or_is_about_other_things() -> None:
    assert {one for one in uses() if not DESTINATIONS_OF_OTHER_THINGS.match(one[1])} == DESTINATIONS


# Ways to be hidden


def a_show() -> Performance:
    """A performance that one can line up for, and be reminded of."""
    performance = make_performance(in_redis=False, opens_in=timedelta(minutes=10))
    Concert.objects.filter(pk=performance.concert_id).update(title=TITLE, slug=SLUG)
    rename_hall(performance, name=HALL, city=CITY)
    return performance


def rename_hall(performance: Performance, **names: str) -> None:
    Venue.objects.filter(pk=performance.venue_id).update(**names)


def hide(show: Concert | Performance, **state: Any) -> None:
    type(show)._default_manager.filter(pk=show.pk).update(**state)


def later() -> dict[str, Any]:
    return {"publication": Publication.PUBLISHED, "publish_at": timezone.now() + timedelta(days=1)}


UNPUBLISHED = [state for state in Publication if state != Publication.PUBLISHED]
HIDING: dict[str, Callable[[Performance], None]] = {
    **{f"{state} performance": lambda one, state=state: hide(one, publication=state) for state in UNPUBLISHED},
    **{f"{state} concert": lambda one, state=state: hide(one.concert, publication=state) for state in UNPUBLISHED},
    "performance to be published tomorrow": lambda one: hide(one, **later()),
    "concert to be published tomorrow": lambda one: hide(one.concert, **later()),
}


def named(performance: Performance) -> Named:
    (seat,) = seat_ids(performance, 1)
    return Named(performance.pk, performance.concert_id, SLUG, new_order_id(performance.pk), seat)


def nothing_there(one: Named) -> Named:
    return Named(UNKNOWN, UNKNOWN, "no-such-show", new_order_id(UNKNOWN), one.seat)


def logged_in(user: User) -> dict[str, str]:
    """The header of a browser in which somebody is logged in."""
    client = Client()
    client.force_login(user)
    return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())}


class Visitor:
    """A customer, on the pages and over the API."""

    def __init__(self, site: httpx.AsyncClient, user: User, cookie: dict[str, str]) -> None:
        self._site = site
        self._headers = {**bearer(user_id=user.pk), **cookie, "Accept-Language": "en"}

    @classmethod
    async def of(cls, site: httpx.AsyncClient) -> Visitor:
        user = await sync_to_async(make_user)()
        return cls(site, user, await sync_to_async(logged_in)(user))

    async def ask(self, call: str, one: Named) -> httpx.Response:
        asked = ASKED[call]
        method = call.partition(" ")[0]
        body = asked.body(one) if method != "GET" else None
        return await self._site.request(method, asked.path(one), json=body, headers=self._headers)

    async def found(self, one: Named) -> dict[str, int]:
        """What is found at each address, by its status."""
        return {call: (await self.ask(call, one)).status_code for call in ASKED}

    async def lists(self) -> str:
        """All that the lists say; a concert is in one by its `SLUG`."""
        answers = [
            await self._site.get(address.format(word=word), headers=self._headers)
            for pages in LISTS.values() for address in pages for word in (WORDS if "{word}" in address else WORDS[:1])
        ]  # fmt: skip
        assert {answer.status_code for answer in answers} == {200}
        return "\n".join(answer.text for answer in answers)


def comparable(answer: httpx.Response) -> tuple[int, str, str]:
    """An answer without what differs from call to call: tokens, times, and the address that was asked for."""
    text = re.sub(r"[A-Za-z0-9_-]{32,}|\d+", "", answer.text.replace(str(answer.request.url.path), ""))
    return answer.status_code, answer.headers.get("content-type", ""), text.replace(SLUG, "no-such-show")


async def refusals_of_destinations(user: User, one: Named) -> set[str]:
    refusals = set()
    for verb, pattern in DESTINATIONS:
        client = StompClient(make_server(stomp_destinations()))
        await client.connect(user_id=user.pk, role="customer")
        refusals.add(await use(client, verb, without_types(pattern).format(performance_id=one.performance), {}))
    return refusals


async def assert_unknown(site: httpx.AsyncClient, one: Named, *, knows_concert: bool = False) -> None:
    """Hold every address to what it answers about nothing; one of a public concert says nothing of the performance."""
    visitor = await Visitor.of(site)
    for call, asked in ASKED.items():
        if asked.of_concert and knows_concert:
            shown = await visitor.ask(call, one)
            assert (shown.status_code, HALL in shown.text) == (200, False), call
            continue
        hidden, nothing = await visitor.ask(call, one), await visitor.ask(call, nothing_there(one))
        assert hidden.status_code == NOT_FOUND, f"{call}: {hidden.status_code} {hidden.text[:200]}"
        assert comparable(hidden) == comparable(nothing), call
    assert HALL not in (lists := await visitor.lists())
    assert knows_concert or SLUG not in lists
    assert await refusals_of_destinations(await sync_to_async(make_user)(), one) == {"not_found"}
    assert one.performance not in await in_database_thread(list_open_lines)


@pytest.mark.parametrize("way", HIDING)
async def test_a_hidden_show_is_unknown_at_every_address(site: httpx.AsyncClient, way: str) -> None:
    performance = await sync_to_async(a_show)()
    await sync_to_async(HIDING[way])(performance)
    await in_database_thread(ensure_seat_states)

    one = await sync_to_async(named)(performance)
    await assert_unknown(site, one, knows_concert="performance" in way)


async def test_a_public_concert_tells_nothing_of_a_performance_that_is_hidden(site: httpx.AsyncClient) -> None:
    shown = await sync_to_async(a_show)()
    secret = await sync_to_async(make_performance)(in_redis=False, opens_in=timedelta(hours=-1))
    await sync_to_async(rename_hall)(shown, name="Known")
    await sync_to_async(rename_hall)(secret, name=HALL)
    await sync_to_async(hide)(secret, concert_id=shown.concert_id, publication=Publication.APPROVED)

    answers = [
        (await site.get(path)).text
        for path in (f"/concerts/{SLUG}/", f"/api/concerts/{shown.concert_id}", "/", "/api/concerts")
    ]
    on_sale = (await site.get("/api/concerts?status=on_sale")).json()
    by_hall = (await site.get("/api/concerts", params={"search": HALL})).json()

    assert all(TITLE in text for text in answers)
    assert not any(HALL in text or f"/performances/{secret.pk}/" in text for text in answers)
    assert on_sale["results"] == by_hall["results"] == []


# When it is published, and when it is taken back


async def until_found(visitor: Visitor, one: Named, *, is_there: bool) -> None:
    """Ask until every address has followed: answers are kept for a second at most."""
    wanted = {call for call, asked in ASKED.items() if asked.finds and not asked.of_concert}
    deadline = time.monotonic() + waiting.LONGEST_SECONDS
    while True:
        there = {call for call, status in (await visitor.found(one)).items() if status != NOT_FOUND} & wanted
        if there == (wanted if is_there else set()):
            return
        assert time.monotonic() < deadline, f"these did not follow: {there ^ (wanted if is_there else set())}"
        await in_database_thread(ensure_seat_states)  # as beat does each second
        await asyncio.sleep(waiting.PAUSE_SECONDS)


async def test_when_the_time_comes_every_address_follows_without_anybody_doing_anything(
    site: httpx.AsyncClient,
) -> None:
    performance = await sync_to_async(a_show)()
    await sync_to_async(hide)(performance, **later())
    one = await sync_to_async(named)(performance)
    await assert_unknown(site, one, knows_concert=True)  # what is kept of its being unknown must not last
    visitor = await Visitor.of(site)

    await sync_to_async(hide)(performance, publish_at=timezone.now())

    await until_found(visitor, one, is_there=True)
    assert one.performance in await in_database_thread(list_open_lines)
    assert SLUG in await visitor.lists()


@pytest.mark.parametrize("what", ["performance", "concert"])
async def test_what_is_taken_back_is_unknown_again_also_to_who_has_seen_it(site: httpx.AsyncClient, what: str) -> None:
    performance = await sync_to_async(a_show)()
    one = await sync_to_async(named)(performance)
    visitor = await Visitor.of(site)
    await until_found(visitor, one, is_there=True)

    def take_back() -> None:
        take_back_show(performance if what == "performance" else performance.concert, by=make_staff("publication"))

    await in_database_thread(take_back)

    await until_found(visitor, one, is_there=False)
    await assert_unknown(site, one, knows_concert=what == "performance")
