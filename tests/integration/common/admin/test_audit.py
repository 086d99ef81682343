"""The audit of staff: several records in one list, page by page, nothing left out and nothing twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role, User
from apps.common.admin.audit import AuditPage, Cursor, list_sources, read_audit
from apps.concerts.models import Performance, WaitingRoomChange
from tests.factories import make_performance, make_user

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def clerk() -> User:
    return make_user(role=Role.STAFF)


@pytest.fixture
def performance() -> Performance:
    return make_performance(in_redis=False)


def log(user: User, at: datetime, text: str = "a thing") -> None:
    LogEntry.objects.create(user=user, action_time=at, action_flag=CHANGE, object_repr=text, change_message="")


def change(performance: Performance, user: User, at: datetime) -> None:
    WaitingRoomChange.objects.create(performance=performance, actor=user, at=at, changes={"rate": [1, 2]})


def subjects(page: AuditPage) -> list[str]:
    return [entry.subject for _source, entry in page.entries]


def test_entries_of_all_records_come_newest_first(clerk: User, performance: Performance) -> None:
    log(clerk, NOON, "first")
    change(performance, clerk, NOON + timedelta(minutes=1))
    log(clerk, NOON + timedelta(minutes=2), "third")

    assert subjects(read_audit(list_sources())) == ["third", str(performance), "first"]


def test_pages_hold_every_deed_once_even_those_of_one_instant(clerk: User, performance: Performance) -> None:
    for number in range(5):
        log(clerk, NOON, f"thing {number}")
        change(performance, clerk, NOON)
        log(clerk, NOON - timedelta(minutes=number), f"older {number}")

    seen: list[str] = []
    after: Cursor | None = None
    for _page in range(15):
        page = read_audit(list_sources(), after=after, limit=2)
        seen += subjects(page)
        if page.next is None:
            break
        after = Cursor.parse(str(page.next))
        assert after == page.next

    assert page.next is None
    assert len(seen) == 15
    assert sorted(seen) == sorted(
        [
            *(f"thing {number}" for number in range(5)),
            *(f"older {number}" for number in range(5)),
            *[str(performance)] * 5,
        ]
    )


def test_every_word_has_to_occur_in_who_did_it_or_what_it_was_done_to(clerk: User, performance: Performance) -> None:
    other = make_user(role=Role.STAFF)
    log(clerk, NOON, "Hall of the Moon")
    log(other, NOON, "Hall of the Sun")
    change(performance, other, NOON)

    def found(words: str) -> list[str]:
        return subjects(read_audit(list_sources(), words=words))

    assert found("hall moon") == ["Hall of the Moon"]
    assert found(f"hall {other.email}") == ["Hall of the Sun"]
    assert sorted(found(other.nickname)) == sorted(["Hall of the Sun", str(performance)])
    assert found("달빛") == [str(performance)]
    assert found("nowhere") == []


def test_a_range_takes_its_first_instant_and_not_its_last(clerk: User) -> None:
    for minutes in range(3):
        log(clerk, NOON + timedelta(minutes=minutes), f"{minutes}")

    page = read_audit(list_sources(), since=NOON, until=NOON + timedelta(minutes=2))

    assert subjects(page) == ["1", "0"]


def test_a_page_takes_as_many_queries_as_there_are_records(
    clerk: User, performance: Performance, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        log(clerk, NOON + timedelta(minutes=number))
        change(performance, clerk, NOON + timedelta(minutes=number))

    with django_assert_num_queries(len(list_sources())):
        read_audit(list_sources(), words="a", limit=3)


@pytest.mark.parametrize(
    "text",
    ["", "~", "yesterday~admin~1", "2026-03-10T12:00:00~admin~1", "2026-13-10T12:00:00+00:00~admin~1",
     "2026-03-10T12:00:00+00:00~admin~-1", "2026-03-10T12:00:00+00:00~admin~" + "9" * 30],
)  # fmt: skip
def test_a_cursor_that_nobody_was_given_is_none(text: str) -> None:
    assert Cursor.parse(text) is None
