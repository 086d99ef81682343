"""The catalogue's own pages in the admin: who sees and does what there, and that the services decide."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.concerts.models import BlockedSeat, Concert, Performance, Seat, Venue, WaitingRoomMode
from apps.concerts.seat_states.store import mark_not_ready
from apps.concerts.services.block_seats import block_seats
from apps.concerts.waiting_room.services.change_waiting_room import change_waiting_room
from apps.concerts.waiting_room.services.tick_waiting_rooms import tick_waiting_rooms
from apps.payments.deposits.rules import rules_of
from tests.factories import make_performance, make_user, make_venue, seat_ids
from tests.held_seats import hold_seats
from tests.staff import make_staff, staff_client

pytestmark = pytest.mark.django_db(transaction=True)

PLAN = "name: 소극장\nsections: [{code: A, rows: 2, seats: 3, accessible: [2-1]}]"


def address(name: str, performance: Performance) -> str:
    return reverse(f"admin:concerts_performance_{name}", args=[performance.pk])


def ordinals(performance: Performance, count: int, *, skip: int = 0) -> list[int]:
    wanted = seat_ids(performance, count, skip=skip)
    return list(Seat.objects.filter(pk__in=wanted).order_by("ordinal").values_list("ordinal", flat=True))


def change_seats(client: Client, performance: Performance, action: str, text: str, reason: str = "") -> Any:
    form = {"action": action, "ordinals": text, "reason": reason}
    return client.post(address("seat_change", performance), form)


# Who sees and does what

READ = ("prices", "seats", "seat_state", "waiting_room", "waiting_room_live")
ACTS: dict[str, dict[str, str]] = {
    "prices": {"prices": "", "version": "1"},
    "seats": {},
    "seat_change": {"action": "block", "ordinals": "1"},
    "waiting_room": {},
}


@pytest.mark.parametrize(
    ("group", "may_look", "may_act"),
    [("catalogue", True, True), ("sales", True, False), ("read only", True, False), ("support lead", False, False)],
)
def test_each_group_sees_and_does_what_is_its_own(group: str, may_look: bool, may_act: bool) -> None:
    performance = make_performance()
    client = staff_client(group)
    for page in READ:
        assert (client.get(address(page, performance)).status_code == 200) is may_look, page
    for page, form in ACTS.items():
        assert (client.post(address(page, performance), form).status_code != 403) is may_act, page
    assert (client.get(reverse("admin:concerts_venue_add")).status_code == 200) is may_act
    preview = client.post(reverse("admin:concerts_venue_preview"), json.dumps({"plan": PLAN}), "application/json")
    assert (preview.status_code == 200) is may_act


@pytest.mark.parametrize(
    ("group", "sees"),
    [
        ("catalogue", {"concert", "performance", "venue"}),
        ("sales", {"concert", "performance", "order", "payment", "user"}),
        ("support lead", {"counselsession", "inquiry", "order", "user"}),
        ("read only", {"concert", "performance", "order", "payment", "counselsession", "user"}),
    ],
)
def test_the_sidebar_has_what_the_reader_may_open(group: str, sees: set[str]) -> None:
    client = staff_client(group)
    index = client.get(reverse("admin:index"))
    links = [item["link"] for one in index.context["sidebar_navigation"] for item in one["items"]]
    for link in links:
        assert client.get(link).status_code == 200, link
    models = {link.rstrip("/").rsplit("/", 1)[-1] for link in links}
    assert sees <= models


def test_who_may_only_look_is_given_nothing_to_act_with() -> None:
    performance = make_performance()
    client = staff_client("read only")
    for page in ("prices", "seats", "waiting_room"):
        body = client.get(address(page, performance)).content.decode()
        assert 'class="button primary"' not in body, page
        assert 'class="button danger"' not in body, page


def test_strangers_are_sent_to_the_log_in_and_customers_too(client: Client) -> None:
    performance = make_performance(in_redis=False)
    assert "/admin/login/" in client.get(address("seats", performance))["Location"]
    client.force_login(make_user())
    assert "/admin/login/" in client.get(address("seats", performance))["Location"]


def test_a_bare_log_in_goes_on_to_the_admin(client: Client) -> None:
    assert client.get(reverse("admin:login"))["Location"].endswith("next=%2Fadmin%2F")


@pytest.mark.parametrize("page", ["admin:index", "admin:concerts_concert_add", "admin:concerts_venue_add"])
def test_the_admins_policy_allows_no_inline_script_or_style(page: str) -> None:
    policy = staff_client("catalogue").get(reverse(page))["Content-Security-Policy"]
    directives = dict(part.split(" ", 1) for part in policy.split("; "))
    assert directives["script-src"] == "'self' 'unsafe-eval'"
    assert directives["style-src"] == "'self'"


def test_a_page_of_no_performance_is_not_there() -> None:
    assert staff_client("catalogue").get("/admin/concerts/performance/999999/seats/").status_code == 404


# Seats in the drawing


def test_what_was_drawn_is_blocked_and_put_back() -> None:
    performance = make_performance()
    staff = make_staff("catalogue")
    client = staff_client(user=staff)
    first, *_, last = ordinals(performance, 5)

    answer = change_seats(client, performance, "block", f"{first}-{last - 1},{last}", "카메라석")

    assert answer.status_code == 200
    assert BlockedSeat.objects.filter(performance=performance, reason="카메라석", blocked_by=staff).count() == 5
    assert client.get(address("seat_state", performance)).json()["statuses"].count("B") == 5
    change_seats(client, performance, "unblock", f"{first}-{first + 1}")
    assert BlockedSeat.objects.filter(performance=performance).count() == 3
    assert LogEntry.objects.filter(user=staff, object_id=str(performance.pk)).count() == 2


def test_of_seats_that_cannot_be_blocked_it_is_said_which_and_why() -> None:
    performance = make_performance()
    held = Seat.objects.get(pk=seat_ids(performance, 1)[0])
    hold_seats(performance, [held.pk])
    client = staff_client("catalogue")

    answer = change_seats(client, performance, "block", f"{held.ordinal}-{held.ordinal + 1}")

    assert answer.status_code == 409
    assert f"{held}" in answer.json()["detail"]
    assert answer.json()["seat_ids"] == [held.pk]
    assert not BlockedSeat.objects.exists()
    state = client.get(address("seat_state", performance)).json()
    assert state["statuses"][held.ordinal] == "H"
    assert list(state["held_until"]) == [str(held.ordinal)]


@pytest.mark.parametrize("text", ["", "x", "1-", "1--2", "1;2", "5-3", "999999", "0-200000,0-200000"])
def test_ordinals_that_are_none_are_refused(text: str) -> None:
    performance = make_performance()
    answer = change_seats(staff_client("catalogue"), performance, "block", text)
    assert answer.status_code == 422
    assert not BlockedSeat.objects.exists()


def test_seats_without_a_price_are_shown_as_such() -> None:
    performance = make_performance()
    performance.section_grades.filter(section__code="B").delete()
    statuses = staff_client("catalogue").get(address("seat_state", performance)).json()["statuses"]
    assert (statuses.count("A"), statuses.count("N")) == (40, 40)


def test_while_redis_is_being_rebuilt_the_drawing_says_so() -> None:
    performance = make_performance()
    mark_not_ready(performance.pk)
    client = staff_client("catalogue")
    assert client.get(address("seat_state", performance)).status_code == 503
    assert change_seats(client, performance, "block", "1").status_code == 503
    assert not BlockedSeat.objects.exists()


def test_seats_that_were_blocked_together_are_one_line(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    performance = make_performance()
    staff = make_staff("catalogue")
    block_seats(performance, seat_ids(performance, 4), actor_id=staff.pk, reason="카메라석")
    block_seats(performance, seat_ids(performance, 1, skip=6), actor_id=staff.pk)
    client = staff_client(user=staff)
    with django_assert_max_num_queries(14):
        lines = client.get(address("seats", performance)).context["blocked"]
    assert [(line["numbers"], line["count"]) for line in lines] == [("1–4", 4), ("7", 1)]


# Halls


def test_a_description_is_drawn_before_anything_is_built() -> None:
    client = staff_client("catalogue")
    answer = client.post(reverse("admin:concerts_venue_preview"), json.dumps({"plan": PLAN}), "application/json").json()
    (section,) = answer["drawing"]["sections"]
    assert (answer["seat_count"], section["rows"], section["number"]) == (6, ["1", "2"], [1, 2, 3, 1, 2, 3])
    assert section["accessible"] == [3]
    assert answer["plan"]["sections"][0]["seats"] == 3
    assert not Venue.objects.exists()


@pytest.mark.parametrize("plan", ["name: [", "name: x", "name: x\nsections: [{code: A, rows: 2, seats: [1]}]"])
def test_what_is_wrong_with_a_description_is_said(plan: str) -> None:
    client = staff_client("catalogue")
    answer = client.post(reverse("admin:concerts_venue_preview"), json.dumps({"plan": plan}), "application/json")
    assert answer.status_code == 422
    assert answer.json()["errors"]["plan"]


@pytest.mark.parametrize("body", ["", "[]", '{"plan": 5}', "{"])
def test_a_preview_of_nothing_is_refused(body: str) -> None:
    answer = staff_client("catalogue").post(reverse("admin:concerts_venue_preview"), body, "application/json")
    assert answer.status_code == 400


def test_a_name_that_is_taken_is_said_before_building() -> None:
    venue = make_venue()
    plan = f"name: {venue.name}\nsections: [{{code: A, rows: 1, seats: 1}}]"
    answer = staff_client("catalogue").post(
        reverse("admin:concerts_venue_preview"), json.dumps({"plan": plan}), "application/json"
    )
    assert answer.status_code == 422


def test_a_hall_too_large_to_draw_can_be_built_all_the_same() -> None:
    plan = "name: 광장\nsections: [{code: A, rows: 300, seats: 200}]"
    answer = staff_client("catalogue").post(
        reverse("admin:concerts_venue_preview"), json.dumps({"plan": plan}), "application/json"
    )
    assert (answer.json()["seat_count"], answer.json()["drawing"]) == (60_000, None)


def test_a_built_hall_is_drawn_by_its_seats(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    venue = make_venue(rows=2, seats=3)
    client = staff_client("sales")
    with django_assert_max_num_queries(7):
        drawing = client.get(reverse("admin:concerts_venue_drawing", args=[venue.pk])).json()
    assert drawing["seat_count"] == 12
    assert [section["ordinal"] for section in drawing["sections"]] == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


# The waiting room


def test_the_line_is_followed_while_it_moves() -> None:
    performance = make_performance(mode=WaitingRoomMode.QUEUE, in_redis=False)
    client = staff_client("catalogue")
    assert client.get(address("waiting_room_live", performance)).json()["figures"] is None
    tick_waiting_rooms()

    live = client.get(address("waiting_room_live", performance)).json()

    assert live["figures"] == {"waiting": 0, "called": 0, "inside": 0, "expected_seconds": 1}
    assert live["settings"]["mode"] == "QUEUE"
    (point,) = live["points"]
    assert (point["rate"], point["waiting"], point["waited"]) == (2.0, 0, None)
    assert client.get(address("waiting_room_live", performance), {"after": "9" * 5000}).json()["points"] == [point]
    later = client.get(address("waiting_room_live", performance), {"after": point["at"]}).json()
    assert later["points"] == []


def test_who_changed_what_is_on_the_page() -> None:
    performance = make_performance(in_redis=False)
    staff = make_staff("catalogue")
    change_waiting_room(performance.pk, actor=staff, mode="QUEUE", rate=5.0)
    change_waiting_room(performance.pk, actor=None, mode="PAUSED")
    body = staff_client("read only").get(address("waiting_room", performance), headers={"Accept-Language": "en"})
    text = body.content.decode()
    assert staff.email in text
    assert "operator" in text
    assert "Queue: admitted in order" in text


def test_a_waiting_room_page_takes_no_more_queries_for_more_changes(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    performance = make_performance(in_redis=False)
    for rate in range(1, 9):
        change_waiting_room(performance.pk, actor=make_user(), rate=float(rate))
    client = staff_client("catalogue")
    with django_assert_max_num_queries(9):
        assert client.get(address("waiting_room", performance)).status_code == 200


# A concert's performances in its own form


def concert_form(concert: Concert, *rows: dict[str, Any]) -> dict[str, Any]:
    form: dict[str, Any] = {
        name: getattr(concert, name)
        for name in ("title", "slug", "organiser", "genre", "poster", "description", "notice", "running_minutes")
    }
    form |= {"age_limit": concert.age_limit, "cancellation_policy": concert.cancellation_policy_id}
    existing = sum(1 for row in rows if "id" in row)
    form |= {"performances-TOTAL_FORMS": len(rows), "performances-INITIAL_FORMS": existing}
    form |= {"deposit_policy-TOTAL_FORMS": 0, "deposit_policy-INITIAL_FORMS": 0}
    for index, row in enumerate(rows):
        form |= {f"performances-{index}-{name}": value for name, value in row.items()}
    return form


def row_of(performance: Performance, **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"limit_per_person": performance.limit_per_person, "venue": performance.venue_id}
    for field in ("starts_at", "sale_opens_at", "sale_closes_at"):
        local = timezone.localtime(getattr(performance, field))
        row |= {f"{field}_0": f"{local:%Y-%m-%d}", f"{field}_1": f"{local:%H:%M:%S}"}
    return row | changes


def save_concert(concert: Concert, *rows: dict[str, Any]) -> Any:
    url = reverse("admin:concerts_concert_change", args=[concert.pk])
    return staff_client("catalogue").post(url, concert_form(concert, *rows), follow=True)


def test_a_concert_is_given_a_further_performance_and_a_changed_one() -> None:
    performance = make_performance()
    tomorrow = f"{timezone.localtime(performance.starts_at + timedelta(days=1)):%Y-%m-%d}"
    known = row_of(performance, id=performance.pk, concert=performance.concert_id, limit_per_person=2)

    save_concert(performance.concert, known, row_of(performance, starts_at_0=tomorrow, concert=performance.concert_id))

    assert Performance.objects.get(pk=performance.pk).limit_per_person == 2
    added = performance.concert.performances.exclude(pk=performance.pk).get()
    assert (added.venue_id, added.grades.count()) == (performance.venue_id, 0)


def test_a_concerts_deposits_may_differ_from_the_settings() -> None:
    performance = make_performance()
    form = concert_form(performance.concert) | {
        "deposit_policy-TOTAL_FORMS": 1, "deposit_policy-0-concert": performance.concert_id,
        "deposit_policy-0-is_offered": "on", "deposit_policy-0-days": 3, "deposit_policy-0-share_percent": 10,
    }  # fmt: skip

    staff_client("catalogue").post(reverse("admin:concerts_concert_change", args=[performance.concert_id]), form)
    too_long = form | {"deposit_policy-0-days": 8}
    staff_client("catalogue").post(reverse("admin:concerts_concert_change", args=[performance.concert_id]), too_long)

    rules = rules_of(Concert.objects.get(pk=performance.concert_id))
    assert (rules.days, rules.share_percent, rules.until_hours_before) == (3, 10, 48)


def test_a_sale_that_closes_before_it_opens_leaves_the_whole_concert_as_it_was() -> None:
    performance = make_performance()
    concert = performance.concert
    concert.title = "새 제목"
    yesterday = f"{timezone.localtime(performance.sale_opens_at - timedelta(days=1)):%Y-%m-%d}"
    row = row_of(performance, id=performance.pk, concert=concert.pk, sale_closes_at_0=yesterday)

    response = save_concert(concert, row)

    assert response.status_code == 200
    assert Concert.objects.get(pk=concert.pk).title != "새 제목"


def test_the_hall_of_a_performance_stays() -> None:
    performance = make_performance()
    row = row_of(performance, id=performance.pk, concert=performance.concert_id, venue=make_venue().pk)
    save_concert(performance.concert, row)
    assert Performance.objects.get(pk=performance.pk).venue_id == performance.venue_id
