"""Whether everything that tells of an order, and of a show, tells the same: API, page, calendar, admin."""

from __future__ import annotations

import random
from collections.abc import Iterator
from html import unescape

import httpx
from django.test import Client
from django.utils import translation
from icalendar import Calendar

from apps.accounts.models import User
from apps.concerts.models import Performance
from apps.orders.models import Order
from tests.bad_day.stage import Stage
from tests.paid_orders import access_token
from tests.waiting import LONGEST_SECONDS

LOOKED_AT = 5  # orders of each show
OK = 200


def list_untruths(stage: Stage, url: str, rng: random.Random) -> list[str]:
    """Look at some orders of every show, in each place where they are shown; return what differs."""
    english = {"Accept-Language": "en"}
    with (
        translation.override("en"),
        httpx.Client(base_url=url, timeout=LONGEST_SECONDS, headers=english, verify=False) as web,
    ):
        return [
            untruth
            for name, performance_id in stage.shows.items()
            for untruth in _of_show(web, stage, performance_id, rng)
            if untruth
        ]


def _of_show(web: httpx.Client, stage: Stage, performance_id: int, rng: random.Random) -> Iterator[str]:
    show = Performance.objects.select_related("venue", "concert").get(pk=performance_id)
    payload = web.get(f"/api/performances/{show.pk}").json()
    here = (show.status, show.starts_at.isoformat().replace("+00:00", "Z"), show.venue.name)
    there = (payload["status"], payload["starts_at"], payload["venue"]["name"])
    if here != there:
        yield f"performance {show.pk} is {here}, and the API says {there}"
    orders = list(show.orders.filter(tickets__isnull=False).distinct().select_related("user").order_by("pk"))
    staff = _browser_of(stage.clerk)
    for order in rng.sample(orders, min(LOOKED_AT, len(orders))):
        yield from _of_order(web, order, show)
        listed = web.get("/admin/orders/order/", params={"q": order.pk}, headers=staff)
        if order.pk not in listed.text or str(order.get_status_display()) not in unescape(listed.text):
            yield f"the admin's list does not say that order {order.pk} is {order.status}"
        if web.get(f"/admin/orders/order/{order.pk}/change/", headers=staff).status_code != OK:
            yield f"the admin's page of order {order.pk} cannot be opened"


def _of_order(web: httpx.Client, order: Order, show: Performance) -> Iterator[str]:
    alive = set(order.tickets.filter(live=True).values_list("code", flat=True))
    payload = web.get(
        f"/api/orders/{order.pk}", headers={"Authorization": f"Bearer {access_token(order.user_id)}"}
    ).json()
    valid = {ticket["code"] for ticket in payload["tickets"] if ticket["status"] == "VALID"}
    here = (order.status, show.status, show.starts_at.isoformat().replace("+00:00", "Z"), show.venue.name, alive)
    there = (payload["status"], payload["performance_status"], payload["starts_at"], payload["venue_name"], valid)
    if here != there:
        yield f"order {order.pk} is {here}, and the API says {there}"
    buyer = _browser_of(order.user)
    page = unescape(web.get(f"/orders/{order.pk}/", headers=buyer).text)
    wanted = [show.venue.name, f"{show.starts_there:%H:%M}"]
    wanted += [show.cancelled_reason] if show.is_called_off else []
    yield from (f"the page of order {order.pk} does not say {words}" for words in wanted if words not in page)
    codes = web.get(f"/orders/{order.pk}/print/", headers=buyer)
    if (codes.status_code == OK) != (bool(alive) and not show.is_called_off):
        yield f"the tickets of order {order.pk} ({order.status}) can be printed: {codes.status_code}"
    yield from _of_calendar(web.get(f"/orders/{order.pk}/calendar.ics", headers=buyer), order, show, bool(alive))


def _of_calendar(answer: httpx.Response, order: Order, show: Performance, is_alive: bool) -> Iterator[str]:
    if answer.status_code != OK:
        yield f"order {order.pk} has no calendar's entry: {answer.status_code}"
        return
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    status = "CONFIRMED" if is_alive and not show.is_called_off else "CANCELLED"
    if (event["DTSTART"].dt, str(event["STATUS"])) != (show.starts_at.replace(microsecond=0), status):
        yield f"the calendar of order {order.pk} says {event['DTSTART'].dt} {event['STATUS']}"
    if show.venue.name not in str(event["LOCATION"]):
        yield f"the calendar of order {order.pk} says {event['LOCATION']}"


def _browser_of(user: User) -> dict[str, str]:
    """Log somebody in; return the header that their browser sends."""
    browser = Client()
    browser.force_login(user)
    return {"Cookie": "; ".join(f"{name}={morsel.value}" for name, morsel in browser.cookies.items())}
