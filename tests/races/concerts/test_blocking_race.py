"""Two of the staff block one seat in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.db.models import QuerySet

from apps.accounts.models import Role
from apps.concerts.models import BlockedSeat, Performance
from apps.concerts.services.block_seats import block_seats
from tests.factories import make_performance, make_user, seat_ids
from tests.meeting import Meeting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _meet_before_the_insert(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let both read the list of blocked seats before either writes to it, if nothing keeps them apart."""
    meeting = Meeting(2)
    bulk_create: Callable[..., Any] = QuerySet.bulk_create

    def meet_and_create(self: QuerySet[Any], rows: Any, **options: Any) -> Any:
        if self.model is BlockedSeat:
            meeting.wait()
        return bulk_create(self, rows, **options)

    monkeypatch.setattr(QuerySet, "bulk_create", meet_and_create)


def block_twice_at_once() -> list[int | IntegrityError]:
    performance = make_performance()
    actor_id, seats = make_user(role=Role.STAFF).pk, seat_ids(performance, 1)

    def block(performance_id: int) -> int | IntegrityError:
        try:
            return block_seats(Performance.objects.get(pk=performance_id), seats, actor_id=actor_id)
        except IntegrityError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(block, [performance.pk] * 2))


@pytest.mark.usefixtures("_meet_before_the_insert")
def test_without_the_lock_one_of_them_stumbles_over_the_others_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **_: self)
    outcomes = block_twice_at_once()
    assert sum(isinstance(outcome, IntegrityError) for outcome in outcomes) == 1


@pytest.mark.usefixtures("_meet_before_the_insert")
def test_with_the_lock_the_second_finds_the_seat_blocked() -> None:
    assert sorted(block_twice_at_once(), key=str) == [0, 1]
    assert BlockedSeat.objects.count() == 1
