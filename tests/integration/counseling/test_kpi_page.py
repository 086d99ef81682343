"""The centre's figures in the admin: the API's own numbers, as tables, charts and files."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Role, User
from apps.counseling.models import Category, DailyCategoryKpi, DailyCounselorKpi
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user
from tests.fast_lane import access_token
from tests.staff import make_staff, staff_client

pytestmark = pytest.mark.django_db

DAY = date(2026, 3, 10)
DAYS = {"from": "2026-03-10", "to": "2026-03-11"}
SECOND = 1_000_000
QUERIES = 7


class Centre:
    """Two days of two counselors and two categories."""

    def __init__(self) -> None:
        self.categories = [make_category(name="환불"), make_category(name='=HYPERLINK("http://example.com")')]
        self.counselors = [make_counselor(*self.categories), make_counselor(*self.categories)]
        User.objects.filter(pk=self.counselors[1].pk).update(nickname="+82 상담사")
        for number in range(2):
            for counselor in self.counselors:
                self.counselor_day(counselor, DAY + timedelta(days=number), handled=3 + number)
            for category in self.categories:
                self.category_day(category, DAY + timedelta(days=number), answered=4 + number)

    def counselor_day(self, counselor: User, day: date, *, handled: int) -> None:
        DailyCounselorKpi.objects.create(
            counselor=counselor, day=day, handled=handled, talk_us=handled * 100 * SECOND, answered=handled,
            wait_us=handled * 10 * SECOND, first_responses_us=[5 * SECOND] * handled, after_call_us=60 * SECOND,
            on_queue_us=3600 * SECOND, occupied_us=1800 * SECOND, logged_in_us=7200 * SECOND, busy_us=100 * SECOND,
            session_us=150 * SECOND, responded=handled,
        )  # fmt: skip

    def category_day(self, category: Category, day: date, *, answered: int) -> None:
        DailyCategoryKpi.objects.create(
            category=category, day=day, handled=answered, talk_us=answered * 100 * SECOND, answered=answered,
            answered_in_time=answered - 1, abandoned=1, closed=answered, resolved=answered - 2, ratings=2,
            rating_points=9, satisfied=2, wait_us=answered * 10 * SECOND, responded=answered,
        )  # fmt: skip


@pytest.fixture
def centre() -> Centre:
    return Centre()


@pytest.fixture
def lead() -> Client:
    return staff_client("support lead")


def export(client: Client, **query: str) -> Any:
    return client.get(reverse("admin:kpis-export"), DAYS | query)


def read_csv(answer: Any) -> list[list[str]]:
    content = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline="")))


def from_the_api() -> dict[str, Any]:
    supervisor = make_user(role=Role.STAFF)
    supervisor.is_superuser = True
    supervisor.save()
    token = access_token(user_id=supervisor.pk, role=supervisor.role)
    answer = APIClient().get("/api/counselors/kpis", DAYS, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def test_a_file_has_the_numbers_that_the_api_has(centre: Centre, lead: Client) -> None:
    payload = from_the_api()
    headings, *rows = read_csv(export(lead, format="csv", table="counselors"))

    assert len(rows) == 2
    for row, figures in zip(rows, payload["counselors"], strict=True):
        assert int(row[0]) == figures["counselor_id"]
        assert float(row[headings.index("Occupancy (share)")]) == figures["occupancy"]
        assert float(row[headings.index("Handling time (seconds)")]) == figures["aht_seconds"]
        assert int(row[headings.index("Handled")]) == figures["handled"]
    of_centre = next(one for one in payload["categories"] if one["category_id"] is None)
    book = load_workbook(io.BytesIO(export(lead, format="xlsx").content))
    heading, *days = book.worksheets[0].iter_rows(values_only=True)
    at = heading.index("Abandoned")
    assert sum(int(day[at]) for day in days) == of_centre["abandoned"]


def test_the_workbook_has_a_sheet_of_each_table(centre: Centre, lead: Client) -> None:
    answer = export(lead, format="xlsx")

    book = load_workbook(io.BytesIO(answer.content))
    assert [sheet.max_row for sheet in book.worksheets] == [3, 3, 3, 5, 5]
    assert 'filename="counseling_2026-03-10_2026-03-11.xlsx"' in answer["Content-Disposition"]


def test_names_that_a_spreadsheet_would_run_are_text(centre: Centre, lead: Client) -> None:
    book = load_workbook(io.BytesIO(export(lead, format="xlsx").content))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]

    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    names = {
        row[1] for table in ("counselors", "categories") for row in read_csv(export(lead, format="csv", table=table))
    }
    assert {"'+82 상담사", '\'=HYPERLINK("http://example.com")'} <= names


@pytest.mark.parametrize("table", ["days", "counselors", "categories", "counselor-days", "category-days"])
def test_every_table_is_there_as_csv(centre: Centre, lead: Client, table: str) -> None:
    headings, *rows = read_csv(export(lead, format="csv", table=table))

    assert len(rows) in (2, 4)
    assert {len(row) for row in rows} == {len(headings)}


@pytest.mark.parametrize(
    "query",
    [{"format": "pdf"}, {"format": "csv", "table": "passwords"}, {}, {"format": "csv", "from": "2026-03-12"}],
)
def test_a_file_that_there_is_none_of_is_not_found(centre: Centre, lead: Client, query: dict[str, str]) -> None:
    assert export(lead, **query).status_code == 404


def test_the_page_has_figures_charts_and_the_tables_that_say_the_same(centre: Centre, lead: Client) -> None:
    answer = lead.get(reverse("admin:kpis"), DAYS)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "+82 상담사" in page
    assert "50.0%" in page  # occupancy
    found = re.search(r'<script id="charts" type="application/json">(.*?)</script>', page)
    assert found
    drawn = json.loads(found[1])
    assert drawn["requests"]["labels"] == ["03-10", "03-11"]
    assert [series["data"] for series in drawn["requests"]["series"]] == [[8, 10], [2, 2]]
    assert drawn["counselors-occupancy"]["series"][0]["data"] == [0.5, 0.5]


def test_a_day_on_which_nothing_happened_is_a_gap_and_not_a_nought(centre: Centre, lead: Client) -> None:
    page = lead.get(reverse("admin:kpis"), {"from": "2026-03-09", "to": "2026-03-10"}).content.decode()

    found = re.search(r'<script id="charts" type="application/json">(.*?)</script>', page)
    assert found
    drawn = json.loads(found[1])
    assert drawn["service"]["series"][0]["data"][0] is None
    assert drawn["requests"]["series"][0]["data"] == [0, 8]


def test_the_page_takes_the_same_queries_for_any_number_of_counselors(
    centre: Centre, lead: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        lead.get(reverse("admin:kpis"), DAYS)
    for _number in range(3):
        centre.counselor_day(make_counselor(), DAY, handled=1)
        centre.category_day(make_category(), DAY, answered=3)

    with django_assert_num_queries(QUERIES):
        lead.get(reverse("admin:kpis"), DAYS)


def test_without_a_figure_the_page_says_so(lead: Client) -> None:
    answer = lead.get(reverse("admin:kpis"))

    assert answer.status_code == 200
    assert "<canvas" not in answer.content.decode()


@pytest.mark.parametrize(
    ("groups", "status"),
    [(["support lead"], 200), (["read only"], 200), (["sales"], 403), (["catalogue"], 403), ([], 403)],
)
def test_only_who_may_see_the_figures_gets_them(groups: list[str], status: int) -> None:
    client = staff_client(user=make_staff(*groups))

    assert client.get(reverse("admin:kpis")).status_code == status
    assert export(client, format="xlsx").status_code == status
    assert export(client, format="csv").status_code == status
