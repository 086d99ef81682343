"""A line's audit for the public: from what was recorded, and without names."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from apps.concerts.models import Performance, WaitingRoomEvent, WaitingRoomMode, WaitingRoomMoment
from apps.concerts.waiting_room.services.audit_line import audit_line
from tests.factories import make_performance

pytestmark = pytest.mark.django_db

OPENED_AT = datetime(2026, 11, 25, 11, tzinfo=UTC)
RATE = 2.0


@pytest.fixture
def performance() -> Performance:
    return make_performance(mode=WaitingRoomMode.QUEUE, rate=RATE, in_redis=False)


def note(performance: Performance, *, at: float, next_number: int, promised: float, limit: int = 500) -> None:
    WaitingRoomMoment.objects.create(
        performance=performance,
        at=OPENED_AT + timedelta(seconds=at),
        next_number=next_number,
        cursor=0,
        expected_seconds=promised,
        mode=WaitingRoomMode.QUEUE,
        rate=RATE,
        inside_limit=limit,
    )


def record(performance: Performance, kind: str, *, at: float, number: int = 0, account: int = 0) -> None:
    WaitingRoomEvent.objects.create(
        performance=performance,
        entry=WaitingRoomEvent.objects.count() + 1,
        kind=kind,
        number=number,
        account=account or number,
        at=OPENED_AT + timedelta(seconds=at),
    )


def test_a_line_that_kept_its_word(performance: Performance) -> None:
    note(performance, at=-20, next_number=0, promised=20)
    note(performance, at=-10, next_number=40, promised=30)
    for number in range(1, 41):
        record(performance, "A", at=number / RATE, number=number)

    audit = audit_line(performance.pk)

    assert (audit.admissions, audit.accounts, audit.most_admissions_of_one) == (40, 40, 1)
    assert (audit.order, audit.highest_rate, audit.numbers_spent_twice) == (1.0, RATE, 0)
    assert [(one.seconds, one.admissions, one.allowed) for one in audit.windows][:2] == [(1, 2, 3.0), (5, 10, 11.0)]
    assert audit.estimate_error == pytest.approx(0.0, abs=0.05)
    assert audit.estimates == 40


def test_a_line_that_did_not(performance: Performance) -> None:
    note(performance, at=-20, next_number=0, promised=10)
    note(performance, at=-10, next_number=20, promised=10)
    for number in range(1, 21):
        record(performance, "A", at=20 + (21 - number) / 10, number=number, account=5)

    audit = audit_line(performance.pk)

    assert audit.order == -1.0
    assert audit.windows[0].admissions == 10
    assert audit.most_admissions_of_one == 20
    assert audit.estimate_error is not None
    assert audit.estimate_error > 0.5


def test_a_slot_that_was_given_back_is_followed_until_it_is_used(performance: Performance) -> None:
    note(performance, at=0, next_number=3, promised=1, limit=2)
    for number, at in ((1, 1.0), (2, 2.0), (3, 11.5)):
        record(performance, "A", at=at, number=number)
    record(performance, "E", at=10.75, account=1)

    audit = audit_line(performance.pk)

    assert (audit.freed_slots, audit.freed_slot_seconds) == (1, pytest.approx(0.75))


def test_the_report_says_all_of_it_and_names_nobody(
    performance: Performance, capsys: pytest.CaptureFixture[str]
) -> None:
    note(performance, at=-20, next_number=0, promised=20)
    note(performance, at=-10, next_number=2, promised=21)
    for number in (1, 2):
        record(performance, "A", at=number, number=number, account=987_654)

    call_command("audit_line", str(performance.pk))

    report = capsys.readouterr().out
    assert "2 let in" in report
    assert "(Kendall's tau, 1 is the same): 1.0000" in report
    assert "Most let in within 60 s: 2 (the rate allows 121)" in report
    assert "the most times one was: 2" in report
    assert "987" not in report


def test_the_report_for_programs(performance: Performance, capsys: pytest.CaptureFixture[str]) -> None:
    record(performance, "A", at=1, number=1)

    call_command("audit_line", str(performance.pk), "--json")

    audit = json.loads(capsys.readouterr().out)
    assert (audit["admissions"], audit["order"], audit["highest_rate"]) == (1, 1.0, None)


def test_a_line_that_let_nobody_in_and_one_that_is_not_there(
    performance: Performance, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("audit_line", str(performance.pk))
    assert "Nobody was let in" in capsys.readouterr().out

    with pytest.raises(CommandError, match="no performance 999999"):
        call_command("audit_line", "999999")
