"""Staff run the catalogue in a browser: every page clean, a hall drawn and built, seats blocked, a line sped up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import httpx
import pytest
from django.contrib import admin
from django.urls import reverse
from playwright.sync_api import Page, expect

from apps.accounts.models import Booker, Role, User
from apps.common.admin import pages as admin_pages
from apps.common.redis import sync_redis
from apps.concerts.models import BlockedSeat, Performance, Seat, Venue, WaitingRoomMode
from apps.concerts.services.block_seats import block_seats
from apps.concerts.waiting_room.keys import line_key
from apps.concerts.waiting_room.line_samples import note
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
from tests.browser.site import PHONE, Axe, Shots, Site, fits
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user, seat_ids
from tests.held_seats import hold_seats
from tests.order_factories import make_order
from tests.shows import make_draft
from tests.staff import make_staff
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

OpenAs = Callable[..., Page]
ENGLISH = {"locale": "en-US"}


@pytest.fixture
def manager() -> User:
    """A member of staff who may do everything."""
    user = make_user(role=Role.STAFF)
    user.is_superuser = True
    user.save()
    return user


def something_of_everything(manager: User) -> Performance:
    """Rows for the admin's lists."""
    performance = make_performance()
    customer = make_user()
    Booker.objects.create(user=customer, name="김하늘", phone="01012345678", email="sky@example.com")
    make_order(customer, performance)
    category = make_category()
    make_session(category, customer=customer, counselor=make_counselor(category))
    change_waiting_room(performance.pk, actor=manager, rate=3.0)
    block_seats(performance, seat_ids(performance, 2), actor_id=manager.pk, reason="카메라석")
    return performance


def addresses_of_models(manager: User) -> Iterator[str]:
    """The list, the form for a new one, and the first one's form, of every model that the admin shows."""
    for model, model_admin in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if type(model_admin).has_add_permission is admin.ModelAdmin.has_add_permission:
            yield reverse(f"{name}_add")
        first = model._default_manager.first()
        if first is not None:
            yield reverse(f"{name}_change", args=[first.pk])


def test_every_page_of_the_admin_keeps_the_content_policy_and_writes_no_error(
    site: Site, open_as: OpenAs, manager: User
) -> None:
    something_of_everything(manager)
    page = open_as(manager)
    visited = [reverse("admin:index"), *addresses_of_models(manager), *pages_without_arguments()]
    for address in visited:
        response = page.goto(site.url + address, wait_until="load")
        assert response is not None
        assert response.status == 200, address
    assert len(visited) > 50


def pages_without_arguments() -> list[str]:
    """The addresses of those staff pages that are one page each, and are read by people."""
    people = (page for page in admin_pages._pages.values() if page.template_name and "<" not in page.path)
    return [reverse(f"admin:{page.name}") for page in people]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_catalogues_pages_can_be_used_by_everybody(
    site: Site, open_as: OpenAs, manager: User, axe: Axe, shots: Shots, colours: str
) -> None:
    performance = something_of_everything(manager)
    page = open_as(
        manager, color_scheme=colours, viewport=PHONE if colours == "dark" else {"width": 1280, "height": 900}
    )
    names = ("change", "prices", "seats", "waiting_room", "publication")
    addresses = [reverse(f"admin:concerts_performance_{name}", args=[performance.pk]) for name in names]
    addresses += [
        reverse("admin:index"),
        reverse("admin:concerts_performance_changelist"),
        reverse("admin:concerts_performance_add"),
        reverse("admin:concerts_concert_change", args=[performance.concert_id]),
        reverse("admin:concerts_concert_publication", args=[performance.concert_id]),
        reverse("admin:concerts_concert_preview", args=[performance.concert_id]),
        reverse("admin:concerts_cancellationpolicy_change", args=[performance.concert.cancellation_policy_id]),
        reverse("admin:concerts_venue_add"),
        reverse("admin:concerts_venue_change", args=[performance.venue_id]),
    ]
    for address in addresses:
        page.goto(site.url + address)
        if page.locator("[data-hall], #hall-drawing").count():
            expect(page.locator("svg.hall")).to_be_visible()
        axe.check(page)
        fits(page)
        shots.take(page, address.strip("/").replace("/", "-"), full_page=True)


def test_a_show_is_looked_at_approved_and_published_by_two_people(
    site: Site, open_as: OpenAs, axe: Axe, shots: Shots
) -> None:
    performance = make_draft()
    address = site.url + reverse("admin:concerts_concert_publication", args=[performance.concert_id])
    editor, publisher = open_as(make_staff("catalogue"), **ENGLISH), open_as(make_staff("publication"), **ENGLISH)
    shown = site.url + reverse("concert-page", args=[performance.concert.slug])

    editor.goto(address)
    editor.get_by_role("button", name="Submit for approval").click()
    expect(editor.get_by_text("Submit for approval: done for 2.")).to_be_visible()

    publisher.goto(address)
    publisher.get_by_role("link", name="Preview of the page").click()
    expect(publisher.get_by_role("heading", name=performance.concert.title)).to_be_visible()
    shots.take(publisher, "preview", full_page=True)
    publisher.go_back()
    shots.take(publisher, "to-be-approved", full_page=True)
    publisher.get_by_role("button", name="Approve").click()
    publisher.get_by_role("button", name="Publish").click()
    expect(publisher.get_by_text("Publish: done for 2.")).to_be_visible()
    axe.check(publisher)
    shots.take(publisher, "published", full_page=True)

    response = publisher.goto(shown)
    assert response is not None
    assert response.status == 200


def test_the_menu_and_the_choice_of_a_language_are_reached_by_keyboard(
    site: Site, open_as: OpenAs, manager: User
) -> None:
    page = open_as(manager, **ENGLISH)
    page.goto(site.url + reverse("admin:index"))
    who = page.get_by_role("button", name=manager.email)
    who.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="한국어").press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def test_a_hall_is_drawn_while_it_is_described_and_then_built(
    site: Site, open_as: OpenAs, axe: Axe, shots: Shots
) -> None:
    page = open_as(make_staff("catalogue"), **ENGLISH)
    page.goto(site.url + reverse("admin:concerts_venue_add"))
    expect(page.get_by_text("2 sections, 318 seats.")).to_be_visible()

    page.get_by_label("Name").first.fill("달맞이 극장")
    page.get_by_label("Rows").first.fill("2")
    page.get_by_label("Accessible seats").first.fill("2-1")
    expect(page.get_by_text("2 sections, 118 seats.")).to_be_visible()
    expect(page.get_by_label("Description of the hall")).to_have_value(
        "name: 달맞이 극장\ncity: 서울\nsections:\n"
        '  - {code: A, name: "1층", rows: 2, seats: 20, aisles: [6, 14], accessible: [2-1]}\n'
        '  - {code: B, name: "2층", level: 2, rows: [가, 나, 다], seats: [24, 26, 28]}\n'
    )
    shots.take(page, "described", full_page=True)

    page.get_by_label("Rows").first.fill("0")
    expect(page.locator("[data-notice]")).to_contain_text("rows")
    axe.check(page)
    page.get_by_label("Description of the hall").fill("name: 달맞이 극장\nsections: [{code: A, rows: 2, seats: 3}]")
    expect(page.get_by_text("1 sections, 6 seats.")).to_be_visible()
    expect(page.get_by_label("Rows")).to_have_value("2")
    assert not Venue.objects.exists()

    page.get_by_role("button", name="Build the hall").click()
    expect(page.get_by_text("The hall is built: 6 seats.")).to_be_visible()
    expect(page.locator("svg.hall")).to_be_visible()
    assert Seat.objects.count() == 6


def open_seats(page: Page, site: Site, performance: Performance) -> None:
    page.goto(site.url + reverse("admin:concerts_performance_seats", args=[performance.pk]))
    expect(page.locator("#block-seats")).to_have_attribute("data-ready", "yes")


def place_of(page: Page, seat: Seat) -> tuple[float, float]:
    """Where a seat is drawn in the window."""
    x, y = page.locator("svg.hall").evaluate(
        "(svg, [x, y]) => { const at = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [at.x, at.y]; }",
        [seat.x, seat.y],
    )
    return x, y


def test_seats_are_blocked_by_click_and_rubber_band_but_not_those_of_a_customer(
    site: Site, open_as: OpenAs, axe: Axe, shots: Shots
) -> None:
    performance = make_performance()
    row = list(Seat.objects.filter(pk__in=seat_ids(performance, 10)).order_by("ordinal"))
    hold_seats(performance, [row[9].pk])
    page = open_as(make_staff("catalogue"), **ENGLISH)
    open_seats(page, site, performance)

    page.mouse.click(*place_of(page, row[9]))
    expect(page.locator("[data-notice]")).to_contain_text("held by a customer until")
    page.mouse.click(*place_of(page, row[0]))
    expect(page.get_by_text("1 seat is chosen.")).to_be_visible()

    (left, top), (right, bottom) = place_of(page, row[2]), place_of(page, row[9])
    page.mouse.move(left - 3, min(top, bottom) - 12)
    page.mouse.down()
    page.mouse.move(right + 3, max(top, bottom) + 3, steps=4)
    page.mouse.up()
    expect(page.locator("[data-notice]")).to_contain_text("left out")
    expect(page.get_by_text("8 seats are chosen.")).to_be_visible()
    shots.take(page, "chosen")

    page.locator("[data-reason]").fill("카메라석")
    page.get_by_role("button", name="Block 8").click()
    expect(page.get_by_text("8 seats are blocked.")).to_be_visible()
    expect(page.locator('[data-count="B"]')).to_have_text("8")
    axe.check(page)
    shots.take(page, "blocked")
    blocked = BlockedSeat.objects.filter(performance=performance, reason="카메라석")
    assert set(blocked.values_list("seat_id", flat=True)) == {row[0].pk, *(seat.pk for seat in row[2:9])}


def test_seats_are_blocked_by_keyboard_in_the_list_and_put_back(site: Site, open_as: OpenAs, axe: Axe) -> None:
    performance = make_performance()
    page = open_as(make_staff("catalogue"), viewport=PHONE, **ENGLISH)
    open_seats(page, site, performance)

    page.get_by_text("As a list").press("Enter")
    page.get_by_label("Section", exact=True).first.select_option(label="B")
    page.get_by_role("button", name="Row 2", exact=True).press("Enter")
    page.get_by_role("button", name="row 1, seat 3:").press(" ")
    expect(page.get_by_text("11 seats are chosen.")).to_be_visible()
    axe.check(page)
    fits(page)
    page.get_by_role("button", name="Block 11").press("Enter")
    expect(page.get_by_text("11 seats are blocked.")).to_be_visible()

    page.get_by_role("button", name="Row 2", exact=True).press("Enter")
    page.get_by_role("button", name="Put back 10").press("Enter")
    expect(page.get_by_text("10 seats are back on sale.")).to_be_visible()
    assert BlockedSeat.objects.get().seat.number == 3


def test_prices_are_set_by_sections_in_the_drawing(site: Site, open_as: OpenAs, shots: Shots) -> None:
    performance = make_performance()
    page = open_as(make_staff("catalogue"), **ENGLISH)
    page.goto(site.url + reverse("admin:concerts_performance_prices", args=[performance.pk]))
    expect(page.locator("#prices")).to_have_attribute("data-ready", "yes")

    page.get_by_role("button", name="Add a grade").click()
    page.get_by_label("Name of grade 3").fill("S")
    page.get_by_label("Price of grade 3").fill("40000")
    seat = Seat.objects.filter(venue=performance.venue_id, section__code="B").first()
    assert seat is not None
    page.locator("svg.hall").scroll_into_view_if_needed()
    page.mouse.click(*place_of(page, seat))
    expect(page.get_by_label("Grade of B")).to_have_value("2")
    expect(page.locator("[data-sum]")).to_contain_text("80 of 80 seats are for sale, for ₩5,600,000 in all.")
    shots.take(page, "priced", full_page=True)
    page.get_by_role("button", name="Put in force").click()

    expect(page.get_by_text("The prices are in force.")).to_be_visible()
    prices = performance.section_grades.values_list("section__code", "grade__name", "grade__price_krw")
    assert set(prices) == {("A", "VIP", 100_000), ("B", "S", 40_000)}


def join(site: Site, performance: Performance) -> User:
    user = make_user()
    ask(site, performance, user, "join")
    return user


def ask(site: Site, performance: Performance, user: User, what: str) -> None:
    headers = {"Authorization": f"Bearer {site.access(user)}"}
    address = f"{site.url}/api/waiting-room/{performance.pk}/{what}"
    httpx.post(address, headers=headers, timeout=LONGEST_SECONDS).raise_for_status()


def note_again(performance: Performance, *, offered: int) -> None:
    """Note how the line stands, though the last sample is not seconds ago."""
    sync_redis().hdel(line_key(performance.pk), "noted_at")
    assert note(performance.pk, offered=offered)


def test_staff_change_the_rate_and_see_the_line_speed_up(site: Site, open_as: OpenAs, axe: Axe, shots: Shots) -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, rate=0.01)
    first = join(site, performance)
    tick_waiting_rooms()  # the first of all is called at once
    ask(site, performance, first, "leave")
    for _ in range(6):
        join(site, performance)
    tick_waiting_rooms()
    page = open_as(make_staff("catalogue"), **ENGLISH)
    page.goto(site.url + reverse("admin:concerts_performance_waiting_room", args=[performance.pk]))
    expect(page.locator("[data-figure=waiting]")).to_have_text("6")
    expect(page.locator("[data-figure=called]")).to_have_text("0")

    page.get_by_label("Admissions a second").fill("200")
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("In force.")).to_be_visible()
    expect(page.locator("[data-figure=rate]")).to_have_text("200")
    offered = tick_waiting_rooms()
    note_again(performance, offered=offered)

    expect(page.locator("[data-figure=called]")).to_have_text("6")
    expect(page.locator("[data-figure=waiting]")).to_have_text("0")
    expect(page.locator("[data-figure=outflow]")).not_to_have_text("0")
    page.get_by_text("The same as a table").click()
    expect(page.locator("[data-rows] tr").first).to_contain_text("0")
    axe.check(page)
    shots.take(page, "faster", full_page=True)
    changes = page.get_by_role("region", name="Changes")
    expect(changes).to_contain_text("Admissions a second: 0.01 → 200")

    change_waiting_room(performance.pk, actor=None, mode="PAUSED")  # a colleague, meanwhile
    expect(page.get_by_role("radio", name="Paused: nobody is admitted")).to_be_checked()
