"""Every place that lists the house's concerts or counts its sales leaves rehearsals out; by its id one is found.

A new place of that kind gets a line in ROOMS.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role, User
from apps.accounts.rehearsals import rehearsal_email
from apps.common.clock import database_now
from apps.common.days import DayRange, bounds, day_of
from apps.concerts.models import Concert, Performance
from apps.counseling.kpis import rows
from apps.counseling.kpis.figures import get_centre_figures
from apps.counseling.models import (
    CounselLog,
    CounselRating,
    CounselSession,
    DailyCategoryKpi,
    DailyCounselorKpi,
    Domain,
)
from apps.counseling.selectors import list_categories
from apps.counseling.services.wallboard import get_service_level
from apps.counseling.states import EndReason, SessionStatus
from apps.payments.admin.sales_page import SalesForm
from apps.payments.sales import get_sales
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user
from tests.fast_lane import bearer
from tests.paid_orders import PaidOrders
from tests.staff import staff_client

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "무대 뒤"


def play(paid_orders: PaidOrders, *, is_rehearsal: bool) -> Performance:
    """Sell seats of one performance, beside another one that opens soon; nothing else is sold."""
    performance = make_performance(limit=40, is_rehearsal=is_rehearsal)
    later = make_performance(opens_in=timedelta(hours=1), is_rehearsal=is_rehearsal, in_redis=False)
    Concert.objects.filter(performances__in=[performance, later]).update(title=TITLE)
    sold = PaidOrders(paid_orders.sandbox, Performance.objects.select_related("concert").get(pk=performance.pk))
    sold.cancel(sold.sell(0, 1), line_ids=[1])
    return sold.performance


@pytest.fixture
def rehearsal(paid_orders: PaidOrders) -> Performance:
    return play(paid_orders, is_rehearsal=True)


def today() -> DayRange:
    day = day_of(database_now())
    return DayRange(day, day)


def page(path: str, **query: Any) -> str:
    answer = Client().get(path, query)
    assert answer.status_code == 200
    return answer.content.decode()


def staff_page(name: str, **query: Any) -> str:
    answer = staff_client("sales", "catalogue").get(reverse(f"admin:{name}"), query)
    assert answer.status_code == 200
    return b"".join(answer).decode()


ROOMS: dict[str, Callable[[], str]] = {
    "catalogue of the API": lambda: page("/api/concerts"),
    "search of the API": lambda: page("/api/concerts", search="무대"),
    "what is on sale": lambda: page("/"),
    "what opens soon": lambda: page("/", status="upcoming"),
    "search of the site": lambda: page("/", search="무대"),
    "first page of the admin": lambda: staff_page("index"),
    "figures of sales": lambda: staff_page("sales"),
    "figures of sales as a file": lambda: staff_page("sales-export", format="csv", table="performances"),
}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_shows_what_the_house_sells_and_no_rehearsal(paid_orders: PaidOrders, room: str) -> None:
    play(paid_orders, is_rehearsal=True)
    without = ROOMS[room]()

    Concert.objects.filter(title=TITLE).update(is_rehearsal=False)
    having = ROOMS[room]()

    assert TITLE not in without
    assert TITLE in having


def test_what_a_rehearsal_sells_is_in_no_sum(paid_orders: PaidOrders, rehearsal: Performance) -> None:
    nothing = get_sales(today())
    paid_orders.sell(0)

    sales = get_sales(today())

    assert (nothing.totals.sold, nothing.totals.paid_krw, nothing.totals.refunds, nothing.totals.cancelled) == (0,) * 4
    assert (nothing.funnel.placed, nothing.grades, nothing.top, sum(nothing.by_hour_of_day)) == (0, [], [], 0)
    assert (sales.totals.sold, sales.totals.revenue_krw, sales.funnel.placed) == (1, 100_000, 1)
    assert [one.performance for one in sales.top] == [paid_orders.performance]


def test_a_rehearsal_cannot_be_chosen_for_the_figures(paid_orders: PaidOrders, rehearsal: Performance) -> None:
    days = {"from": today().first, "to": today().first}

    assert SalesForm({"performance": paid_orders.performance.pk, **days}).is_valid()
    assert not SalesForm({"performance": rehearsal.pk, **days}).is_valid()


def test_the_pages_and_calls_of_a_rehearsals_sale_work_for_who_has_the_id(rehearsal: Performance) -> None:
    concert = page(f"/concerts/{rehearsal.concert.slug}/")

    assert TITLE in concert
    assert '<meta name="robots" content="noindex">' in concert
    assert "schema.org/Offline" not in concert
    assert page(f"/api/concerts/{rehearsal.concert_id}")
    assert page(f"/api/performances/{rehearsal.pk}")


def test_staff_see_whose_a_concert_is_and_cannot_change_it(rehearsal: Performance) -> None:
    admin = Client(headers={"Accept-Language": "en"})
    admin.force_login(User.objects.create_superuser("admin@example.com", nickname="admin"))

    answer = admin.get(reverse("admin:concerts_concert_change", args=[rehearsal.concert_id]))

    assert "Rehearsal" in answer.content.decode()
    assert 'name="is_rehearsal"' not in answer.content.decode()


def talked(customer: User) -> CounselSession:
    """A conversation that was answered, and was rated well."""
    counselor = make_counselor()
    session = make_session(make_category(), customer=customer, status=SessionStatus.ENDED, counselor=counselor)
    now = database_now()
    CounselLog.objects.create(
        session=session,
        counselor=counselor,
        category_id=session.category_id,
        reason=EndReason.CUSTOMER,
        waited_seconds=0,
        duration_seconds=0,
        ended_at=now,
    )
    CounselRating.objects.create(session=session, score=5, rated_at=now)
    return session


def figures_of(session: CounselSession) -> tuple[int, ...]:
    """How often a conversation counts in its category's and its counselor's day, and in the service level now."""
    day = bounds(day_of(database_now()))
    category, counselor = session.category_id, session.counselor_id
    assert counselor
    return (
        len(rows.category_parts(category, day)),
        len(rows.counselor_parts(counselor, day)),
        len(rows.closed_sessions(category, day)),
        len(rows.category_scores(category, day)),
        len(rows.counselor_scores(counselor, day)),
        get_service_level(database_now()).answered,
    )


def test_a_rehearsals_customer_is_in_no_figure_of_counseling() -> None:
    crowd = User.objects.create_user(rehearsal_email(1), nickname="r1", role=Role.CUSTOMER)
    assert figures_of(talked(crowd)) == (0,) * 6

    assert figures_of(talked(make_user())) == (1,) * 6


def test_what_a_rehearsal_brings_to_the_centre_is_not_offered_and_in_none_of_its_figures() -> None:
    desks = {
        is_rehearsal: make_category(domain=Domain.objects.create(name=f"{is_rehearsal}", is_rehearsal=is_rehearsal))
        for is_rehearsal in (False, True)
    }
    counselors = {is_rehearsal: make_counselor(desk) for is_rehearsal, desk in desks.items()}
    User.objects.filter(pk=counselors[True].pk).update(email=rehearsal_email(2))
    for is_rehearsal, desk in desks.items():
        DailyCategoryKpi.objects.create(category=desk, day=today().first, handled=1)
        DailyCounselorKpi.objects.create(counselor=counselors[is_rehearsal], day=today().first, handled=1)
        make_session(desk, status=SessionStatus.ENDED, counselor=counselors[is_rehearsal])

    figures = get_centre_figures(today())

    assert [one["category_id"] for one in figures.categories] == [desks[False].pk]
    assert [one["counselor_id"] for one in figures.counselors] == [counselors[False].pk]
    assert list(list_categories()) == [desks[False]]
    assert get_service_level(database_now()).answered == 1
    supervisor = User.objects.create_superuser("boss@example.com", nickname="boss")
    headers = bearer(user_id=supervisor.pk, role=Role.STAFF)
    payload = Client().get("/api/counselors/kpis", headers=headers).json()
    assert [one["counselor_id"] for one in payload["counselors"]] == [counselors[False].pk]
