"""A show is published, or taken back, in the moment in which somebody else has to do with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.common.errors import DomainError
from apps.concerts.errors import ContentChanged
from apps.concerts.models import Performance, Publication
from apps.concerts.services.change_performance import change_performance
from apps.concerts.services.publish_show import publish_show, take_back_show
from apps.orders.services import rebuild_seat_state as rebuilding
from apps.orders.services.rebuild_seat_state import ensure_seat_state
from tests.factories import make_performance, seat_ids
from tests.held_seats import hold_seats
from tests.meeting import somebody_waits_for_a_row
from tests.shows import bring_to, letters_of, make_draft, state_of
from tests.staff import make_staff
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def outcome(act: Callable[[], Any]) -> Any:
    """What an act of another connection returns, or its refusal."""
    try:
        return act()
    except DomainError as refusal:
        return refusal
    finally:
        connection.close()


def publish_while_it_is_edited() -> tuple[Any, Performance]:
    """Set an approved performance for tomorrow while somebody's change of it is not committed yet."""
    performance, publisher = make_draft(), make_staff("publication")
    bring_to(performance, Publication.APPROVED)
    tomorrow = timezone.now() + timedelta(days=1)
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            change_performance(performance.pk, limit_per_person=1)
            publishing = pool.submit(outcome, lambda: publish_show(performance, by=publisher, at=tomorrow))
            wait_until(lambda: publishing.done() or somebody_waits_for_a_row(), what="the publication")
        return publishing.result(), performance


def test_without_the_lock_an_edit_that_nobody_approved_is_set_for_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    result, performance = publish_while_it_is_edited()
    assert (result, state_of(performance)) == (None, Publication.PUBLISHED)


def test_with_the_lock_the_edit_comes_first_and_has_to_be_submitted() -> None:
    result, performance = publish_while_it_is_edited()
    assert isinstance(result, ContentChanged)
    assert state_of(performance) == Publication.APPROVED


def test_seats_that_are_being_brought_back_while_a_show_is_taken_back_stay_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    performance, publisher = make_performance(in_redis=False), make_staff("publication")
    rebuild = rebuilding.rebuild_seat_state

    def taken_back_just_before(performance_id: int) -> bool:
        take_back_show(performance, by=publisher)
        return rebuild(performance_id)

    monkeypatch.setattr(rebuilding, "rebuild_seat_state", taken_back_just_before)
    with pytest.raises(DomainError):
        ensure_seat_state(performance.pk)

    with pytest.raises(DomainError):
        letters_of(performance.pk)


def test_nobody_takes_seats_once_a_show_is_being_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    performance, publisher = make_performance(), make_staff("publication")
    asked: list[DomainError] = []
    update = QuerySet.update

    def somebody_asks_just_before(rows: QuerySet[Any], **changes: Any) -> int:
        if changes.get("publication") == Publication.APPROVED:
            with pytest.raises(DomainError) as refused:
                hold_seats(performance, seat_ids(performance, 1))
            asked.append(refused.value)
        return update(rows, **changes)

    monkeypatch.setattr(QuerySet, "update", somebody_asks_just_before)
    take_back_show(performance, by=publisher)

    assert [one.code for one in asked] == ["service_unavailable"]
    assert state_of(performance) == Publication.APPROVED
