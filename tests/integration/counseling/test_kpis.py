"""A golden day, computed by hand: what is renewed as things happen equals what the history gives, to the last digit."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Role, User
from apps.counseling.kpis.ratios import added_up, category_ratios, counselor_ratios
from apps.counseling.models import (
    Category,
    CounselAssignment,
    CounselLog,
    CounselorStateEvent,
    CounselRating,
    CounselSession,
    DailyCategoryKpi,
    DailyCounselorKpi,
    KpiMark,
)
from apps.counseling.services.mark_kpis import mark_session, mark_state_changes
from apps.counseling.services.rollup_kpis import refresh_kpis, roll_up
from apps.counseling.states import SessionStatus
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user
from tests.fast_lane import access_token

pytestmark = pytest.mark.django_db

SEOUL = ZoneInfo("Asia/Seoul")
DAY = date(2026, 3, 10)
NEXT = DAY + timedelta(days=1)
SECOND = 1_000_000


def at(text: str, *, day: date = DAY) -> datetime:
    """Return a time of day in Seoul, such as 09:00:10."""
    return datetime.combine(day, datetime.strptime(text, "%H:%M:%S").time(), tzinfo=SEOUL)  # noqa: DTZ007


class GoldenDay:
    """Writes history, and marks it as the services do."""

    def __init__(self) -> None:
        self.category: Category = make_category()
        self.anna, self.bora = make_counselor(self.category), make_counselor(self.category)

    def session(
        self,
        requested: datetime,
        *parts: tuple[User, datetime, datetime, str, datetime | None],
        ended: datetime,
        customer: User | None = None,
        score: tuple[int, datetime] | None = None,
    ) -> CounselSession:
        """A conversation of (counselor, from, to, ended by, first reply) parts; without parts it was abandoned."""
        replies = [reply for *_, reply in parts if reply is not None]
        session = CounselSession.objects.create(
            customer=customer or make_user(),
            category=self.category,
            counselor=parts[-1][0] if parts else None,
            status=SessionStatus.ENDED if parts else SessionStatus.ABANDONED,
            is_open=None,
            requested_at=requested,
            answered_at=parts[0][1] if parts else None,
            first_response_at=replies[0] if replies else None,
            ended_at=ended,
            end_reason="customer" if parts else "left_line",
        )
        for counselor, start, end, ended_by, reply in parts:
            CounselAssignment.objects.create(
                session=session, counselor=counselor, category=self.category, started_at=start,
                ended_at=end, ended_by=ended_by, is_live=None, first_response_at=reply,
            )  # fmt: skip
        if parts:
            CounselLog.objects.create(
                session=session, counselor=parts[-1][0], category=self.category, reason="customer",
                waited_seconds=0, duration_seconds=0, ended_at=ended,
            )  # fmt: skip
        if score is not None:
            CounselRating.objects.create(session=session, score=score[0], rated_at=score[1])
        for earlier in CounselSession.objects.filter(customer=session.customer, ended_at__lt=requested):
            mark_session(earlier.pk)
        mark_session(session.pk)
        return session

    def states(self, counselor: User, *changes: tuple[datetime, str]) -> None:
        last = "OFFLINE"
        for happened_at, state in changes:
            CounselorStateEvent.objects.create(
                change_id=f"{happened_at.timestamp():.6f}-{counselor.pk}", counselor=counselor, from_state=last,
                to_state=state, reason="counselor", load=0, happened_at=happened_at,
            )  # fmt: skip
            mark_state_changes([(counselor.pk, happened_at)])
            last = state

    def happen(self) -> None:
        """Let the day happen, with a refresh after each thing."""
        anna, bora = self.anna, self.bora
        again = make_user()
        first = (anna, at("09:00:10"), at("09:10:10"), "session_end", at("09:00:20"))
        self.session(at("09:00:00"), first, ended=at("09:10:10"), customer=again, score=(5, at("09:11:00")))
        refresh_kpis()
        self.session(
            at("09:05:00"),
            (anna, at("09:05:30"), at("09:08:30"), "transfer", at("09:05:40")),
            (bora, at("09:08:30"), at("09:12:30"), "session_end", at("09:09:00")),
            ended=at("09:12:30"),
            score=(3, at("09:20:00")),
        )
        self.session(at("10:00:00"), ended=at("10:02:00"))
        refresh_kpis()
        self.session(
            at("11:00:00"),
            (anna, at("11:00:05"), at("11:03:05"), "lost", None),
            (bora, at("11:04:00"), at("11:06:00"), "session_end", None),
            ended=at("11:06:00"),
        )
        self.session(at("12:00:00"), ended=at("12:00:30"), customer=again)
        refresh_kpis()
        over_midnight = (bora, at("23:59:40"), at("00:10:40", day=NEXT), "session_end", at("23:59:50"))
        self.session(at("23:59:30"), over_midnight, ended=at("00:10:40", day=NEXT))
        refresh_kpis()
        self.states(
            anna, (at("08:55:00"), "ONLINE"), (at("09:00:00"), "READY"), (at("09:10:10"), "AFTER_CALL"),
            (at("09:11:00"), "READY"), (at("12:00:00"), "OFFLINE"),
        )  # fmt: skip
        refresh_kpis()
        before = DAY - timedelta(days=1)
        self.states(
            bora, (at("22:00:00", day=before), "ONLINE"), (at("22:00:10", day=before), "READY"),
            (at("00:30:00"), "OFFLINE"), (at("09:00:00"), "READY"), (at("09:12:30"), "AFTER_CALL"),
            (at("09:13:30"), "READY"), (at("00:20:00", day=NEXT), "OFFLINE"),
        )  # fmt: skip
        refresh_kpis()


@pytest.fixture
def golden() -> GoldenDay:
    day = GoldenDay()
    day.happen()
    return day


ANNA = {
    "handled": 2, "talk_us": 780 * SECOND, "responded": 2, "answered": 3, "wait_us": 45 * SECOND,
    "first_responses_us": [20 * SECOND, 40 * SECOND], "transfers_out": 1, "transfers_in": 0, "lost": 1,
    "ratings": 1, "rating_points": 5, "satisfied": 1, "after_call_us": 50 * SECOND, "on_queue_us": 10_800 * SECOND,
    "occupied_us": 830 * SECOND, "logged_in_us": 11_100 * SECOND, "session_us": 960 * SECOND, "busy_us": 780 * SECOND,
}  # fmt: skip
BORA = {
    "handled": 2, "talk_us": 360 * SECOND, "responded": 1, "answered": 1, "wait_us": 10 * SECOND,
    "first_responses_us": [20 * SECOND], "transfers_out": 0, "transfers_in": 1, "lost": 0,
    "ratings": 1, "rating_points": 3, "satisfied": 0, "after_call_us": 60 * SECOND, "on_queue_us": 55_800 * SECOND,
    "occupied_us": 440 * SECOND, "logged_in_us": 55_800 * SECOND, "session_us": 380 * SECOND, "busy_us": 380 * SECOND,
}  # fmt: skip
CATEGORY = {
    "handled": 4, "talk_us": 1_140 * SECOND, "responded": 3, "answered": 4, "wait_us": 55 * SECOND,
    "first_responses_us": [20 * SECOND, 20 * SECOND, 40 * SECOND], "transfers_out": 1, "transfers_in": 1, "lost": 1,
    "ratings": 2, "rating_points": 8, "satisfied": 1, "answered_in_time": 3, "abandoned": 2, "closed": 3, "resolved": 2,
}  # fmt: skip


def figures(row: Any, expected: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in expected}


def test_the_days_of_two_counselors_are_what_was_computed_by_hand(golden: GoldenDay) -> None:
    anna = DailyCounselorKpi.objects.get(counselor=golden.anna, day=DAY)
    bora = DailyCounselorKpi.objects.get(counselor=golden.bora, day=DAY)

    assert figures(anna, ANNA) == ANNA
    assert figures(bora, BORA) == BORA


def test_the_day_of_a_category_is_what_was_computed_by_hand(golden: GoldenDay) -> None:
    row = DailyCategoryKpi.objects.get(category=golden.category, day=DAY)

    assert figures(row, CATEGORY) == CATEGORY


def test_what_goes_over_midnight_is_handled_on_the_day_it_ends(golden: GoldenDay) -> None:
    after = DailyCounselorKpi.objects.get(counselor=golden.bora, day=NEXT)

    assert (after.handled, after.talk_us, after.session_us) == (1, 660 * SECOND, 640 * SECOND)
    assert after.logged_in_us == 20 * 60 * SECOND


def test_the_recomputation_finds_nothing_different(golden: GoldenDay) -> None:
    assert KpiMark.objects.count() == 0
    assert roll_up(DAY - timedelta(days=2), NEXT + timedelta(days=1)) == []


def test_the_recomputation_alone_gives_the_same_rows(golden: GoldenDay) -> None:
    def rows() -> list[Any]:
        return [
            sorted(model.objects.exclude().values_list("day", "handled", "talk_us", "answered", "wait_us"))
            for model in (DailyCounselorKpi, DailyCategoryKpi)
        ]

    renewed = rows()
    DailyCounselorKpi.objects.all().delete()
    DailyCategoryKpi.objects.all().delete()
    roll_up(DAY - timedelta(days=2), NEXT + timedelta(days=1))

    assert rows() == renewed


def test_the_command_says_what_was_different_and_puts_it_right(
    golden: GoldenDay, capsys: pytest.CaptureFixture[str]
) -> None:
    DailyCounselorKpi.objects.filter(counselor=golden.anna, day=DAY).update(handled=9)
    call_command("rollup_kpis", "--from", "2026-03-10", "--to", "2026-03-10")

    assert f"2026-03-10 counselor {golden.anna.pk}: handled was 9, is 2" in capsys.readouterr().out
    assert DailyCounselorKpi.objects.get(counselor=golden.anna, day=DAY).handled == 2


def test_ratios_are_those_of_the_definitions(golden: GoldenDay) -> None:
    anna = counselor_ratios(added_up([DailyCounselorKpi.objects.get(counselor=golden.anna, day=DAY)]))
    centre = category_ratios(added_up(DailyCategoryKpi.objects.filter(day=DAY)))

    assert anna == {
        "handled": 2, "answered": 3, "aht_seconds": (780 + 50) / 2, "asa_seconds": 15,
        "first_response_p50_seconds": 20, "first_response_p90_seconds": 40, "response_rate": 1, "csat_average": 5,
        "csat_share": 1, "ratings": 1, "transfers_out": 1, "transfers_in": 0, "lost": 1, "acw_seconds": 25,
        "occupancy": 830 / 10_800, "utilisation": 10_800 / 11_100, "concurrency": 960 / 780,
    }  # fmt: skip
    assert centre == {
        "handled": 4, "answered": 4, "aht_seconds": 1_140 / 4, "asa_seconds": 55 / 4,
        "first_response_p50_seconds": 20, "first_response_p90_seconds": 40, "response_rate": 3 / 4, "csat_average": 4,
        "csat_share": 1 / 2, "ratings": 2, "transfers_out": 1, "transfers_in": 1, "lost": 1, "service_level": 3 / 6,
        "abandoned": 2, "abandonment_rate": 2 / 6, "fcr_proxy": 2 / 3,
    }  # fmt: skip


def test_a_counselor_sees_their_own_figures_and_a_supervisor_everybodys(
    golden: GoldenDay, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lead = make_user(role=Role.STAFF)
    User.objects.filter(pk=lead.pk).update(is_superuser=True)
    url = "/api/counselors/kpis?from=2026-03-10&to=2026-03-10"

    def ask(user: User) -> Any:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user_id=user.pk, role=user.role)}")
        return client.get(url)

    own = ask(golden.anna).json()
    with django_assert_max_num_queries(4):
        everybody = ask(lead).json()

    assert [one["counselor_id"] for one in own["counselors"]] == [golden.anna.pk]
    assert own["categories"] == []
    counselors = {one["counselor_id"]: one["name"] for one in everybody["counselors"]}
    assert counselors == {one.pk: one.nickname for one in (golden.anna, golden.bora)}
    assert [one["category_id"] for one in everybody["categories"]] == [golden.category.pk, None]
    assert ask(make_user()).json()["code"] == "not_a_counselor"


@pytest.mark.parametrize("query", ["from=x", "from=2026-03-11&to=2026-03-10", "from=2026-01-01&to=2026-12-31"])
def test_a_range_that_makes_no_sense_is_refused(query: str) -> None:
    counselor = make_counselor()
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user_id=counselor.pk, role=counselor.role)}")

    assert client.get(f"/api/counselors/kpis?{query}").json()["code"] == "validation_error"
