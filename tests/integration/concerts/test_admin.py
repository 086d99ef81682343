"""Staff run the catalogue in the admin; what the services refuse is said, and nothing has changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role, User
from apps.common.redis import sync_redis
from apps.concerts.models import BlockedSeat, Concert, Performance, Seat, Venue, WaitingRoomChange
from apps.concerts.seat_states.keys import sale_key
from tests.factories import make_performance, make_user, make_venue

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("admin@example.com", nickname="관리자"))
    return client


def form_of(performance: Performance, **changes: Any) -> dict[str, Any]:
    form: dict[str, Any] = {
        "limit_per_person": performance.limit_per_person,
        "waiting_room_opens_minutes_before": performance.waiting_room_opens_minutes_before,
    }
    for field in ("starts_at", "sale_opens_at", "sale_closes_at"):
        local = timezone.localtime(getattr(performance, field))
        form |= {f"{field}_0": local.strftime("%Y-%m-%d"), f"{field}_1": local.strftime("%H:%M:%S")}
    return form | changes


def change(client: Client, performance: Performance, **changes: Any) -> Any:
    url = reverse("admin:concerts_performance_change", args=[performance.pk])
    return client.post(url, form_of(performance, **changes), follow=True)


def set_prices_of(client: Client, performance: Performance, prices: str, *, version: int | None = None) -> Any:
    url = reverse("admin:concerts_performance_prices", args=[performance.pk])
    current = Performance.objects.get(pk=performance.pk).catalogue_version
    return client.post(url, {"prices": prices, "version": current if version is None else version}, follow=True)


def put_in_force(client: Client, performance: Performance, *, seen: Performance | None = None, **changes: Any) -> Any:
    """Post the waiting room's form as somebody does who has `seen` the settings and changed some of them."""
    shown = {
        name: getattr(seen or performance, f"waiting_room_{name}")
        for name in ("mode", "rate", "inside_limit", "opens_minutes_before")
    }
    url = reverse("admin:concerts_performance_waiting_room", args=[performance.pk])
    return client.post(url, {f"initial-{name}": value for name, value in shown.items()} | shown | changes, follow=True)


def whole_seconds(performance: Performance) -> Performance:
    """Cut the times to what the admin's form can show, so that only what a test changes has changed."""
    for field in ("starts_at", "sale_opens_at", "sale_closes_at"):
        setattr(performance, field, getattr(performance, field).replace(microsecond=0))
    performance.save()
    return Performance.objects.get(pk=performance.pk)


def act(client: Client, action: str, *performances: Performance) -> Any:
    selected = {"action": action, "_selected_action": [performance.pk for performance in performances]}
    return client.post(reverse("admin:concerts_performance_changelist"), selected, follow=True)


def test_a_hall_is_built_from_a_description(staff: Client) -> None:
    url = reverse("admin:concerts_venue_add")
    assert "sections:" in staff.get(url).content.decode()
    staff.post(url, {"plan": "name: 소극장\nsections: [{code: A, rows: 3, seats: 4}]"})
    assert Venue.objects.get().seat_count == Seat.objects.count() == 12


@pytest.mark.parametrize("plan", ["", "no plan", "name: x\nsections: [{code: A, rows: 0, seats: 4}]"])
def test_a_wrong_description_is_shown_again(staff: Client, plan: str) -> None:
    response = staff.post(reverse("admin:concerts_venue_add"), {"plan": plan})
    assert response.status_code == 200
    assert response.context["form"].errors["plan"]
    assert not Venue.objects.exists()


def test_a_second_hall_of_the_same_name_is_refused_with_a_message(staff: Client) -> None:
    plan = f"name: {make_venue().name}\nsections: [{{code: A, rows: 3, seats: 4}}]"
    response = staff.post(reverse("admin:concerts_venue_add"), {"plan": plan}, follow=True)
    assert "already" in response.content.decode()
    assert Venue.objects.count() == 1


def test_a_performance_is_made_and_given_its_prices(staff: Client) -> None:
    model = whole_seconds(make_performance(in_redis=False))
    later = timezone.localtime(model.starts_at + timedelta(days=1))
    form = form_of(model, starts_at_0=later.strftime("%Y-%m-%d"))
    form |= {"concert": model.concert_id, "venue": model.venue_id}
    form |= {"waiting_room_mode": "QUEUE", "waiting_room_rate": 3, "waiting_room_inside_limit": 50}
    response = staff.post(reverse("admin:concerts_performance_add"), form)
    made = Performance.objects.exclude(pk=model.pk).get()
    assert response["Location"] == reverse("admin:concerts_performance_prices", args=[made.pk])
    assert (made.waiting_room_mode, made.waiting_room_rate, made.grades.count()) == ("QUEUE", 3.0, 0)
    set_prices_of(staff, made, "VIP 9000 #112233: A\nR 5000: B")
    assert list(made.grades.values_list("name", "price_krw", "color")) == [
        ("VIP", 9_000, "#112233"),
        ("R", 5_000, "#6b7280"),
    ]


def test_a_price_for_a_section_that_is_not_there_is_named(staff: Client) -> None:
    performance = make_performance()
    response = set_prices_of(staff, performance, "VIP 9000: Z")
    assert "no section Z" in response.content.decode()
    assert performance.grades.count() == 2


def test_prices_that_a_colleague_has_set_meanwhile_are_not_overwritten(staff: Client) -> None:
    performance = make_performance()
    seen = Performance.objects.get(pk=performance.pk).catalogue_version
    set_prices_of(staff, performance, "VIP 9000: A")
    response = set_prices_of(staff, performance, "VIP 1000: A", version=seen)
    assert response.context["form"].errors
    assert performance.grades.get().price_krw == 9_000


def test_what_is_not_changed_is_not_touched(staff: Client) -> None:
    performance = whole_seconds(make_performance())
    assert change(staff, performance).status_code == 200
    again = Performance.objects.get(pk=performance.pk)
    assert again.catalogue_version == performance.catalogue_version
    assert not WaitingRoomChange.objects.exists()


def test_a_new_limit_is_in_force_where_seats_are_held(staff: Client) -> None:
    performance = whole_seconds(make_performance())
    change(staff, performance, limit_per_person=2)
    assert Performance.objects.get(pk=performance.pk).limit_per_person == 2
    assert sync_redis().hget(sale_key(performance.pk), "limit") == b"2"


def test_new_prices_make_every_kept_seat_map_stale(staff: Client) -> None:
    performance = make_performance()
    before = Performance.objects.get(pk=performance.pk).catalogue_version
    set_prices_of(staff, performance, "VIP 9000: A")
    again = Performance.objects.get(pk=performance.pk)
    assert (again.catalogue_version, again.grades.get().price_krw) == (before + 1, 9_000)


def test_a_change_of_the_waiting_room_is_audited(staff: Client) -> None:
    performance = make_performance()
    put_in_force(staff, performance, mode="QUEUE", rate="5")
    noted = WaitingRoomChange.objects.get()
    assert noted.changes == {"mode": ["OPEN", "QUEUE"], "rate": [2.0, 5.0]}
    assert noted.actor is not None
    act(staff, "waiting_room_paused", performance)
    assert Performance.objects.get(pk=performance.pk).waiting_room_mode == "PAUSED"
    assert WaitingRoomChange.objects.count() == 2


def test_what_a_colleague_has_changed_meanwhile_stays(staff: Client) -> None:
    performance = make_performance()
    put_in_force(staff, performance, rate="9")
    put_in_force(staff, performance, seen=performance, mode="PAUSED")
    again = Performance.objects.get(pk=performance.pk)
    assert (again.waiting_room_mode, again.waiting_room_rate) == ("PAUSED", 9.0)


def test_settings_of_the_waiting_room_that_make_no_sense_are_refused_together(staff: Client) -> None:
    performance = make_performance()
    response = put_in_force(staff, performance, rate="0", opens_minutes_before="5")
    assert response.context["form"].errors["rate"]
    again = Performance.objects.get(pk=performance.pk)
    assert (again.waiting_room_rate, again.waiting_room_opens_minutes_before) == (2.0, 30)


def test_when_the_waiting_room_opens_is_changed_beside_the_rest(staff: Client) -> None:
    performance = make_performance()
    put_in_force(staff, performance, opens_minutes_before="5")
    assert Performance.objects.get(pk=performance.pk).waiting_room_opens_minutes_before == 5


def test_performances_are_never_deleted(staff: Client) -> None:
    performance = make_performance()
    assert staff.post(reverse("admin:concerts_performance_delete", args=[performance.pk])).status_code == 403


def test_seats_are_blocked_and_put_back_by_section_row_and_number(staff: Client) -> None:
    performance = make_performance()
    url = reverse("admin:concerts_performance_seats", args=[performance.pk])
    section = performance.venue.sections.get(code="A").pk
    staff.post(url, {"section": section, "row": "2", "numbers": "1-3, 9", "reason": "카메라석"})
    blocked = BlockedSeat.objects.filter(performance=performance).order_by("seat__ordinal")
    assert list(blocked.values_list("seat__row", "seat__number")) == [("2", 1), ("2", 2), ("2", 3), ("2", 9)]
    assert "카메라석" in staff.get(url).content.decode()
    staff.post(url, {"section": section, "row": "2", "numbers": "2-99", "unblock": "1"})
    assert blocked.values_list("seat__number", flat=True).get() == 1


@pytest.mark.parametrize(
    "wrong", [{"row": "99"}, {"numbers": "all"}, {"numbers": "1;2"}, {"numbers": "11"}, {"section": ""}]
)
def test_seats_that_are_not_there_cannot_be_blocked(staff: Client, wrong: dict[str, str]) -> None:
    performance = make_performance()
    url = reverse("admin:concerts_performance_seats", args=[performance.pk])
    form = {"section": performance.venue.sections.get(code="A").pk, "row": "1", "numbers": "1"} | wrong
    response = staff.post(url, form)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not BlockedSeat.objects.exists()


def test_a_clerk_without_the_permission_blocks_nothing() -> None:
    performance = make_performance()
    client = Client()
    client.force_login(make_user(role=Role.STAFF))
    url = reverse("admin:concerts_performance_seats", args=[performance.pk])
    assert client.get(url).status_code == 403
    assert client.post(url).status_code == 403


@pytest.mark.parametrize("page", ["performance", "concert", "venue", "seat", "cancellationpolicy", "waitingroomchange"])
def test_lists_take_no_more_queries_for_more_rows(
    staff: Client, django_assert_max_num_queries: DjangoAssertNumQueries, page: str
) -> None:
    for _ in range(4):
        performance = make_performance(in_redis=False)
        WaitingRoomChange.objects.create(performance=performance, changes={})
    with django_assert_max_num_queries(9):
        assert staff.get(reverse(f"admin:concerts_{page}_changelist"), {"q": ""}).status_code == 200


def test_the_pages_of_one_thing_take_few_queries(
    staff: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    performance = make_performance(in_redis=False)
    for model, pk in ((Performance, performance.pk), (Concert, performance.concert_id), (Venue, performance.venue_id)):
        with django_assert_max_num_queries(12):
            url = reverse(f"admin:concerts_{model._meta.model_name}_change", args=[pk])
            assert staff.get(url).status_code == 200
