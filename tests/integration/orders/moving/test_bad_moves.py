"""A move that cannot be is refused by field, and nothing has changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import Role
from apps.common.clock import database_now
from apps.common.database.transactions import retried_transaction
from apps.common.errors import NotFound, ValidationFailed
from apps.concerts.models import Performance, PerformanceMove
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.close_performance import close_performance
from apps.orders.services.moving.begin_move import begin_move
from tests.factories import make_performance, make_user, make_venue
from tests.moving import move_show, not_carried_out, wanted_move
from tests.order_factories import make_order

pytestmark = pytest.mark.django_db(transaction=True)

Bad = Callable[[Performance], dict[str, Any]]


def another_plan(_show: Performance) -> dict[str, Any]:
    return {"venue_id": make_venue(rows=8, seats=5).pk}  # as many seats


BAD: dict[str, tuple[str, Bad]] = {
    "into the past": ("starts_at", lambda show: {"starts_at": database_now() - timedelta(minutes=1)}),
    "into another age": ("starts_at", lambda show: {"starts_at": datetime.max.replace(tzinfo=UTC)}),
    "with a sale beyond the show": (
        "sale_closes_at",
        lambda show: {"sale_closes_at": show.starts_at + timedelta(days=15)},
    ),
    "to the same date and hall": ("starts_at", lambda show: {"starts_at": show.starts_at}),
    "to a smaller hall": ("venue", lambda show: {"venue_id": make_venue(rows=3).pk}),
    "to a hall of another plan": ("venue", another_plan),
    "to no hall": ("venue", lambda show: {"venue_id": 0}),
    "without time to return": ("free_return_until", lambda show: {"free_return_until": database_now()}),
    "returned after the show": (
        "free_return_until",
        lambda show: {"free_return_until": show.starts_at + timedelta(days=15)},
    ),
    "without a reason": ("reason", lambda show: {"reason": "  "}),
    "with a sale that closes before it opens": (
        "__all__",
        lambda show: {"sale_closes_at": show.sale_opens_at - timedelta(hours=1)},
    ),
    "by who saw another date": ("performance", lambda show: {"seen_starts_at": show.starts_at + timedelta(hours=1)}),
    "by who saw another hall": ("performance", lambda show: {"seen_venue_id": 0}),
}


def refused(show: Performance, **changes: Any) -> dict[str, list[str]]:
    """What is wrong with a move by field; the show is as it was."""
    before = Performance.objects.filter(pk=show.pk).values().get()
    moves = PerformanceMove.objects.count()
    with pytest.raises(ValidationFailed) as refusal:
        begin_move(show.pk, wanted_move(show, **changes), actor_id=make_user(role=Role.STAFF).pk)
    assert Performance.objects.filter(pk=show.pk).values().get() == before
    assert PerformanceMove.objects.count() == moves
    errors: dict[str, list[str]] = refusal.value.extras["errors"]
    return errors


@pytest.mark.parametrize("kind", sorted(BAD))
def test_what_makes_no_sense_is_refused(kind: str) -> None:
    field, changes = BAD[kind]
    show = make_performance()

    assert field in refused(show, **changes(show))


def test_a_show_that_is_called_off_is_not_moved() -> None:
    show = make_performance()
    retried_transaction(close_performance)(show.pk, reason="ill")

    assert list(refused(show)) == ["performance"]


def test_a_show_that_is_approved_and_set_to_be_published_is_not_moved() -> None:
    """Nobody would look at its new date before the public does."""
    show = make_performance()
    Performance.objects.filter(pk=show.pk).update(publish_at=database_now() + timedelta(days=1))

    assert "performance" in refused(show)


def test_a_show_that_has_begun_is_not_moved() -> None:
    show = make_performance()
    Performance.objects.filter(pk=show.pk).update(starts_at=database_now() - timedelta(minutes=1))

    assert list(refused(show, starts_at=database_now() + timedelta(days=9))) == ["performance"]


def test_no_second_move_begins_while_one_is_under_way() -> None:
    show = make_performance()
    with not_carried_out():
        move_show(show)

    assert list(refused(show)) == ["performance"]


def test_two_performances_of_a_concert_do_not_meet() -> None:
    show = make_performance()
    there = make_performance(venue=show.venue)
    Performance.objects.filter(pk=there.pk).update(concert=show.concert_id)
    there.refresh_from_db()

    assert list(refused(show, starts_at=there.starts_at)) == ["__all__"]


def test_there_is_nothing_to_move_where_there_is_no_performance() -> None:
    show = make_performance()
    with pytest.raises(NotFound):
        begin_move(0, wanted_move(show), actor_id=make_user().pk)


def test_the_date_of_a_show_that_was_ordered_changes_by_a_move_only() -> None:
    show = make_performance()
    later = show.starts_at + timedelta(days=1)
    change_performance(show.pk, starts_at=later)
    make_order(make_user(), show)

    with pytest.raises(ValidationFailed):
        change_performance(show.pk, starts_at=later + timedelta(days=1))

    change_performance(show.pk, starts_at=later, limit_per_person=2)
    assert Performance.objects.get(pk=show.pk).starts_at == later


def test_nothing_else_is_changed_while_a_move_is_under_way() -> None:
    show = make_performance()
    with not_carried_out():
        move_show(show)

    with pytest.raises(ValidationFailed):
        change_performance(show.pk, limit_per_person=2)
