"""Staff with the permission move a show on a page that says what it will do, by typing its title."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.common.admin.audit import list_sources, read_audit
from apps.concerts.models import Performance, PerformanceMove
from tests.integration.payments.pages.visitor import text_of
from tests.moving import move_show, not_carried_out, twin_of
from tests.paid_orders import PaidOrders
from tests.staff import staff_client

pytestmark = pytest.mark.django_db(transaction=True)


def page_of(show: Performance) -> str:
    return reverse("admin:concerts_performance_move", args=[show.pk])


def form_of(show: Performance, **changes: Any) -> dict[str, Any]:
    """What a browser posts: a move by two weeks."""
    show = Performance.objects.get(pk=show.pk)
    later = show.starts_there + timedelta(days=14)
    return {
        "venue": show.venue_id,
        "starts_at": f"{later:%Y-%m-%dT%H:%M}",
        "sale_closes_at": "",
        "free_return_until": f"{show.starts_there - timedelta(days=1):%Y-%m-%dT%H:%M}",
        "reason": "폭설로 연기합니다.",
        "confirmation": show.concert.title,
        "seen_starts_at": show.starts_at.isoformat(),
        "seen_venue": show.venue_id,
        **changes,
    }


@pytest.fixture
def mover() -> Client:
    return staff_client("show manager")


def test_the_page_says_what_the_move_will_do(paid_orders: PaidOrders, mover: Client) -> None:
    paid_orders.sell(0, 1)
    paid_orders.reserve(2)

    said = text_of(mover.get(page_of(paid_orders.performance)))

    assert "Valid tickets 2" in said
    assert "Ticket holders 1" in said
    assert "Orders held, not paid 1" in said
    assert "People in line 0" in said
    assert "2 tickets stay valid" in said


def test_a_move_is_made_noted_shown_and_audited(paid_orders: PaidOrders, mover: Client) -> None:
    show, hall = paid_orders.performance, twin_of(paid_orders.performance)
    paid_orders.sell(0)

    answer = mover.post(page_of(show), form_of(show, venue=hall.pk), follow=True)

    move = PerformanceMove.objects.select_related("asked_by").get()
    assert move.status == "DONE"
    assert (move.from_venue_id, move.to_venue_id) == (show.venue_id, hall.pk)
    assert f"{move.starts_there:%H:%M}" == f"{show.starts_there:%H:%M}"
    said = text_of(answer)
    assert "The show is moved." in said
    assert move.asked_by is not None
    assert said.count(move.asked_by.nickname) >= 1
    assert "폭설로 연기합니다." in said.split("Moves of this performance")[1]
    source = next(source for source in list_sources() if source.name == "moves")
    ((_source, entry),) = read_audit([source]).entries
    assert (entry.actor, entry.details["reason"]) == (move.asked_by.nickname, "폭설로 연기합니다.")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"confirmation": "달빛"}, "That is not the show’s title."),
        ({"confirmation": ""}, "This field is required."),
        ({"starts_at": "2020-01-01T19:00"}, "A show cannot be moved into the past."),
        ({"starts_at": "tomorrow"}, "Enter a valid date/time."),
        ({"venue": "0"}, "Select a valid choice."),
        ({"reason": " "}, "This field is required."),
        ({"seen_venue": "999999"}, "It has been moved since you opened this page."),
        ({"free_return_until": "2020-01-01T19:00"}, "Whoever cannot come needs time to return the tickets."),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_form_and_nothing_is_moved(
    paid_orders: PaidOrders, mover: Client, changes: dict[str, str], says: str
) -> None:
    answer = mover.post(page_of(paid_orders.performance), form_of(paid_orders.performance, **changes))

    assert answer.status_code == 200
    assert says in text_of(answer)
    assert not PerformanceMove.objects.exists()
    assert Performance.objects.get(pk=paid_orders.performance.pk).moving_since is None


@pytest.mark.parametrize("group", ["catalogue", "sales", "read only"])
def test_without_the_permission_one_looks_and_moves_nothing(paid_orders: PaidOrders, group: str) -> None:
    client, show = staff_client(group), paid_orders.performance

    looked = client.get(page_of(show))

    assert looked.status_code == 200
    assert "What the move will do" not in text_of(looked)
    assert client.post(page_of(show), form_of(show)).status_code == 403
    assert not PerformanceMove.objects.exists()


def test_posted_twice_it_is_moved_once(paid_orders: PaidOrders, mover: Client) -> None:
    show = paid_orders.performance
    form = form_of(show)

    mover.post(page_of(show), form)
    again = mover.post(page_of(show), form)

    assert "It has been moved since you opened this page." in text_of(again)
    assert PerformanceMove.objects.count() == 1


def test_while_it_is_under_way_the_page_says_so_and_offers_nothing(paid_orders: PaidOrders, mover: Client) -> None:
    with not_carried_out():
        move_show(paid_orders.performance)

    said = text_of(mover.get(page_of(paid_orders.performance)))

    assert "It is being moved just now" in said
    assert "What the move will do" not in said


def test_the_date_of_a_show_that_was_ordered_is_no_field_of_its_form(paid_orders: PaidOrders) -> None:
    client, show = staff_client("catalogue"), paid_orders.performance
    form = reverse("admin:concerts_performance_change", args=[show.pk])
    concert = reverse("admin:concerts_concert_change", args=[show.concert_id])
    assert 'name="starts_at_0"' in client.get(form).content.decode()

    paid_orders.place(0)

    assert 'name="starts_at_0"' not in client.get(form).content.decode()
    row = client.get(concert).content.decode().split('name="performances-0-starts_at_0"')[1].split(">")[0]
    assert "disabled" in row
