"""The page of sales figures: for who may see orders and money, in the same queries for any number of sales."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.days import day_of
from tests.factories import make_performance
from tests.paid_orders import PaidOrders
from tests.staff import make_staff, staff_client

QUERIES = 18


@pytest.fixture
def clerk(transactional_db: None) -> User:
    return make_staff("sales")


def get(clerk: User, **query: Any) -> Any:
    return staff_client(user=clerk).get(reverse("admin:sales"), query)


def charts(answer: Any) -> dict[str, Any]:
    found = re.search(r'<script id="charts" type="application/json">(.*?)</script>', answer.content.decode())
    assert found
    return dict(json.loads(found[1]))


def test_what_was_sold_is_told_as_figures_as_charts_and_as_tables(paid_orders: PaidOrders, clerk: User) -> None:
    paid_orders.sell(0, 1)
    today = day_of(database_now())

    answer = get(clerk, **{"from": today, "to": today})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("200,000") >= 3  # revenue, the grade, the performance
    assert str(paid_orders.performance) in page
    drawn = charts(answer)
    assert sum(drawn["over-time"]["series"][0]["data"]) == 2
    assert len(drawn["over-time"]["labels"]) == 24
    assert sum(drawn["hour-of-day"]["series"][0]["data"]) == 2


def test_a_performance_is_chosen_and_its_seats_are_told(paid_orders: PaidOrders, clerk: User) -> None:
    paid_orders.sell(0)
    PaidOrders(paid_orders.sandbox, make_performance()).sell(0, 1, 2)

    answer = get(clerk, performance=paid_orders.performance.pk)

    assert sum(charts(answer)["over-time"]["series"][0]["data"]) == 1
    assert "<strong>39</strong>" in answer.content.decode()  # of the 40 of its VIP seats


def test_the_page_takes_the_same_queries_for_any_number_of_sales(
    paid_orders: PaidOrders, clerk: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = staff_client(user=clerk)
    paid_orders.sell(0)
    with django_assert_num_queries(QUERIES):
        client.get(reverse("admin:sales"))

    for _number in range(3):
        PaidOrders(paid_orders.sandbox, make_performance()).sell(0, 1)

    with django_assert_num_queries(QUERIES):
        client.get(reverse("admin:sales"))


@pytest.mark.parametrize(
    "query",
    [
        {"from": "yesterday"}, {"from": "2026-02-30"}, {"from": "2026-03-02", "to": "2026-03-01"},
        {"from": "2020-01-01", "to": "2026-01-01"}, {"performance": "x"}, {"performance": "999999999999999999999"},
        {"performance": "-1"}, {"performance": "9" * 5000},
        {"from": "0001-01-01", "to": "0001-01-02"}, {"from": "9999-12-31"},
    ],
)  # fmt: skip
def test_a_range_that_makes_no_sense_shows_the_usual_one_and_says_so(
    transactional_db: None, query: dict[str, str]
) -> None:
    answer = get(make_staff("sales"), **query)

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()


def test_without_a_sale_the_page_says_so(transactional_db: None) -> None:
    answer = get(make_staff("sales"), to=day_of(database_now()) - timedelta(days=400))

    assert answer.status_code == 200
    assert "<canvas" not in answer.content.decode()


@pytest.mark.parametrize(
    ("groups", "status"),
    [(["sales"], 200), (["support lead"], 200), (["read only"], 200), (["catalogue"], 403), ([], 403)],
)
def test_only_who_may_see_orders_and_money_sees_the_figures(
    transactional_db: None, groups: list[str], status: int
) -> None:
    assert get(make_staff(*groups)).status_code == status


def test_the_figures_leave_as_files(paid_orders: PaidOrders, clerk: User) -> None:
    paid_orders.sell(0, 1)
    client, export = staff_client(user=clerk), reverse("admin:sales-export")
    today = str(day_of(database_now()))
    asked = {"from": today, "to": today, "performance": paid_orders.performance.pk}

    book = load_workbook(io.BytesIO(client.get(export, asked | {"format": "xlsx"}).content))
    answer = client.get(export, asked | {"format": "csv", "table": "times"})

    totals, times, grades, performances = book.worksheets
    assert totals["B2"].value == 200_000
    assert sum(row[-1] for row in times.iter_rows(min_row=2, values_only=True)) == 200_000
    assert [cell.value for cell in grades[2]] == ["VIP", 2, 200_000, 0]
    assert performances["A2"].value == paid_orders.performance.pk
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"), newline="")))
    assert len(rows) == 25
    assert sum(int(row[-1]) for row in rows[1:]) == 200_000


@pytest.mark.parametrize(
    "query", [{}, {"format": "pdf"}, {"format": "csv", "table": "x"}, {"format": "csv", "from": "x"}]
)
def test_a_file_that_there_is_none_of_is_not_found(transactional_db: None, query: dict[str, str]) -> None:
    assert staff_client("sales").get(reverse("admin:sales-export"), query).status_code == 404
    assert staff_client("catalogue").get(reverse("admin:sales-export"), query).status_code == 403
