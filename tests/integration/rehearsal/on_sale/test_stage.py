"""What a rehearsal makes in the database, and that it can be made again and removed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts.models import Role, User
from apps.accounts.tokens import AccessToken
from apps.common.clock import database_now
from apps.concerts.models import (
    CancellationPolicy,
    CancellationTier,
    Concert,
    Performance,
    SaleStatus,
    Seat,
    Section,
    WaitingRoomMode,
)
from apps.concerts.policy_presets import install_presets
from apps.counseling.models import Category
from apps.rehearsal.on_sale import stage
from apps.rehearsal.services.remove_rehearsals import remove_rehearsals

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def policies() -> None:
    install_presets(CancellationPolicy.objects, CancellationTier.objects)  # a flushed test database has none


def staged(seats: int = 95) -> Performance:
    return stage.set_stage(seats=seats, rate=12.5, inside=40, opens_at=database_now() + timedelta(minutes=20))


@pytest.mark.parametrize("seats", [1, 95, 1_040, 2_500])
def test_a_hall_has_exactly_the_seats_asked_for_and_each_has_a_price(seats: int) -> None:
    performance = staged(seats)

    assert Seat.objects.filter(venue=performance.venue_id).count() == seats
    priced = performance.section_grades.values_list("section", flat=True)
    assert set(priced) == set(Section.objects.filter(venue=performance.venue_id).values_list("pk", flat=True))


def test_its_sale_opens_behind_a_waiting_room_when_all_is_ready_and_ends_with_the_rehearsal() -> None:
    performance = staged()
    assert performance.sale_status(database_now()) is SaleStatus.UPCOMING
    assert performance.waiting_room_mode == WaitingRoomMode.QUEUE
    assert (performance.waiting_room_rate, performance.waiting_room_inside_limit) == (12.5, 40)
    assert performance.waiting_room_opens_at < database_now()  # the crowd comes before the sale opens

    stage.open_sale(performance, opens_at=database_now() - timedelta(seconds=1))
    performance.refresh_from_db()
    assert performance.sale_status(database_now()) is SaleStatus.ON_SALE

    stage.close_stage(performance)
    performance.refresh_from_db()
    assert performance.sale_status(database_now()) is SaleStatus.CLOSED


def test_a_rehearsal_that_never_opened_can_be_closed() -> None:
    performance = staged()

    stage.close_stage(performance)

    performance.refresh_from_db()
    assert performance.sale_status(database_now()) is SaleStatus.CLOSED


def test_the_second_rehearsal_of_a_size_uses_hall_concert_and_accounts_of_the_first() -> None:
    first, guests = staged(), stage.invite(5)

    second, others = staged(), stage.invite(7)

    assert (second.venue_id, second.concert_id) == (first.venue_id, first.concert_id)
    assert [one.user_id for one in others][:5] == [one.user_id for one in guests]
    assert User.objects.filter(role=Role.CUSTOMER).count() == 7


def test_every_guest_has_a_token_of_their_own_account_and_none_can_log_in() -> None:
    for guest in stage.invite(3):
        assert int(AccessToken.read(guest.token)["user_id"]) == guest.user_id
        assert not User.objects.get(pk=guest.user_id).has_usable_password()


def test_the_desk_is_only_for_those_who_ask_and_known_only_to_its_counselors() -> None:
    guests = stage.invite(4)

    desk = stage.open_desk(guests[:2], counselors=3)

    assert [one.user_id for one in desk.customers] == [guest.user_id for guest in guests[:2]]
    category = Category.objects.get(pk=desk.category_id)
    assert category.domain.is_rehearsal
    assert {profile.user_id for profile in category.counselors.all()} == {one.user_id for one in desk.counselors}


def test_all_of_it_is_marked_as_a_rehearsal_and_can_be_removed() -> None:
    performance, guests = staged(), stage.invite(4)
    stage.open_desk(guests[:1], counselors=2)
    assert performance.concert.is_rehearsal
    stage.close_stage(performance)

    remove_rehearsals()

    assert not Performance.objects.exists()
    assert not Concert.objects.exists()
    assert not Seat.objects.exists()
    assert not User.objects.exists()
