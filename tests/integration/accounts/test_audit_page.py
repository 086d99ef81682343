"""The audit log: each record for those who may see its rows, searched and read page by page, changed by nobody."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from apps.accounts.models import LoginSession, Role, User
from apps.accounts.services.log_in import log_in
from apps.concerts.models import WaitingRoomChange
from apps.counseling.models import CounselorAct
from apps.orders.models import Order
from apps.payments.models import StaffAct
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_performance, make_user
from tests.integration.accounts.support import PASSWORD
from tests.staff import make_staff, staff_client

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)
LOGGED, LINE, ACT, HELP = "a hall", "달빛 콘서트", "17-STAFFACTXXXXXXXX", "17-HELPXXXXXXXXXXXX"


@pytest.fixture
def actor() -> User:
    """One entry of each record, by the same member of staff."""
    boss = make_user(role=Role.STAFF)
    performance = make_performance(in_redis=False)
    for pk in (ACT, HELP):
        Order.objects.create(
            id=pk, user=make_user(), performance=performance, amount_krw=1, expires_at=NOON, created_at=NOON
        )
    LogEntry.objects.create(user=boss, action_time=NOON, action_flag=CHANGE, object_repr=LOGGED, change_message="x")
    WaitingRoomChange.objects.create(performance=performance, actor=boss, at=NOON, changes={"rate": [1.0, 7.0]})
    StaffAct.objects.create(
        actor=boss, kind="cancel", order_id=ACT, reason="<b>rain</b>", happened_at=NOON,
        details={"waive_fee": True, "refund_krw": 1000, "done": True},
    )  # fmt: skip
    session = make_session(make_category(), counselor=make_counselor())
    CounselorAct.objects.create(session=session, actor=boss, kind="cancel_order", order_id=HELP, happened_at=NOON)
    return boss


def audit(client: Client, **query: Any) -> str:
    answer = client.get(reverse("admin:audit"), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def shown(page: str) -> set[str]:
    table = page[page.index("<tbody") :] if "<tbody" in page else ""
    return {text for text in (LOGGED, LINE, ACT, HELP) if text in table}


@pytest.mark.parametrize(
    ("groups", "seen"),
    [
        (["read only"], {LOGGED, LINE, ACT, HELP}),
        (["sales"], {LINE, ACT}),
        (["support lead"], {ACT, HELP}),
        (["catalogue"], {LINE}),
    ],
)
def test_each_group_sees_the_records_of_what_it_may_see(actor: User, groups: list[str], seen: set[str]) -> None:
    assert shown(audit(staff_client(*groups))) == seen


def test_who_may_see_no_record_sees_no_page(actor: User) -> None:
    assert staff_client(user=make_staff()).get(reverse("admin:audit")).status_code == 403
    assert Client().get(reverse("admin:audit")).status_code == 302


def test_an_entry_is_in_words_and_what_was_typed_is_text(actor: User) -> None:
    page = audit(staff_client("read only"))

    assert escape("<b>rain</b>") in page
    assert "<b>rain</b>" not in page
    assert "1.0 → 7.0" in page
    assert "1,000" in page
    assert page.count(actor.nickname) >= 4
    assert reverse("admin:orders_order_change", args=[ACT]) in page


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ({"words": "hall"}, {LOGGED}),
        ({"words": "17-staffact"}, {ACT}),
        ({"words": "nothing"}, set()),
        ({"source": "orders"}, {ACT}),
        ({"source": "counselors", "words": "cancel"}, {HELP}),
        ({"from": "2026-03-11"}, set()),
        ({"to": "2026-03-10"}, {LOGGED, LINE, ACT, HELP}),
        ({"from": "0001-01-01", "to": "9999-12-31"}, {LOGGED, LINE, ACT, HELP}),
        ({"source": "secrets"}, {LOGGED, LINE, ACT, HELP}),
        ({"after": "nonsense"}, {LOGGED, LINE, ACT, HELP}),
    ],
)
def test_it_is_searched_by_words_record_and_day(actor: User, query: dict[str, str], seen: set[str]) -> None:
    assert shown(audit(staff_client("read only"), **query)) == seen


def test_older_entries_are_one_link_away(actor: User) -> None:
    client = staff_client("read only")
    for number in range(60):
        LogEntry.objects.create(
            user=actor, action_time=NOON + timedelta(minutes=number + 1), action_flag=CHANGE, object_repr=f"n{number}"
        )

    first = audit(client)
    link = re.search(r'href="(\?[^"]*after=[^"]+)"', first)
    assert link
    second = client.get(reverse("admin:audit") + link[1].replace("&amp;", "&")).content.decode()

    assert shown(first) == set()
    assert shown(second) == {LOGGED, LINE, ACT, HELP}
    assert "after=" not in second


def test_it_cannot_be_written_to(actor: User) -> None:
    assert staff_client("read only").post(reverse("admin:audit"), {"words": "x"}).status_code == 405


def test_a_log_in_that_staff_end_is_in_it(actor: User) -> None:
    root = User.objects.create_superuser("root@example.com", PASSWORD, nickname="관리자")
    customer = User.objects.create_user("somebody@example.com", PASSWORD, nickname="x")
    log_in(email=customer.email, password=PASSWORD, address=None)
    client = staff_client(user=root)

    client.post(
        reverse("admin:accounts_loginsession_changelist"),
        {"action": "end_selected", "_selected_action": [str(LoginSession.objects.get().pk)]},
    )

    entry = LogEntry.objects.latest("pk")
    assert (entry.user, entry.object_id) == (root, str(LoginSession.objects.get().pk))
    assert str(LoginSession.objects.get().pk) in audit(client)
