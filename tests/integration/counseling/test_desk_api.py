"""What a counselor's desk reads: all that is on it, the past, where a conversation can go; and the wallboard."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import Role, User
from apps.counseling.models import CannedReply, Category, CounselMessage, CounselorAct, CounselSession, WrapUpCode
from apps.counseling.services.counselor_states import change_counselor_state, lose_counselors
from apps.counseling.services.end_session import end_session
from apps.counseling.services.request_session import request_session
from apps.counseling.states import CounselorState, EndReason, EntryType, SenderRole
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user
from tests.fast_lane import access_token
from tests.paid_orders import PaidOrders
from tests.payment_fixtures import paid_orders, running_sandbox, sandbox

__all__ = ["paid_orders", "running_sandbox", "sandbox"]

pytestmark = pytest.mark.django_db(transaction=True)


def get(user: User, path: str, **query: Any) -> Any:
    return Client().get(path, query, headers=_headers(user))


def change(user: User, path: str, body: Any = None, *, method: str = "post") -> Any:
    return getattr(Client(), method)(path, body or {}, content_type="application/json", headers=_headers(user))


def _headers(user: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {access_token(user_id=user.pk, role=user.role)}"}


def at_work(*skills: Category, capacity: int = 3) -> User:
    """A counselor who is READY."""
    counselor = make_counselor(*skills, capacity=capacity)
    for state in (CounselorState.ONLINE, CounselorState.READY):
        change_counselor_state(counselor.pk, state)
    return counselor


def ask(category: Category, customer: User | None = None, subject: str = "") -> CounselSession:
    person = customer or make_user()
    session = request_session(person.pk, category_id=category.pk, subject=subject).session
    session.refresh_from_db()
    return session


def say(session: CounselSession, content: str, *, by: User | None = None) -> CounselMessage:
    """A message in a conversation's log."""
    CounselSession.objects.filter(pk=session.pk).update(last_seq=F("last_seq") + 1)
    session.refresh_from_db()
    role = SenderRole.CUSTOMER if by is None else SenderRole.COUNSELOR
    return CounselMessage.objects.create(
        session=session,
        seq=session.last_seq,
        type=EntryType.MESSAGE,
        sender_id=session.customer_id if by is None else by.pk,
        sender_role=role,
        content=content,
        sent_at=timezone.now(),
    )


def named(nickname: str, email: str) -> User:
    user = make_user()
    User.objects.filter(pk=user.pk).update(nickname=nickname, email=email)
    user.refresh_from_db()
    return user


def supervisor(*, role: str = Role.STAFF) -> User:
    user = make_user(role=role)
    user.user_permissions.add(Permission.objects.get(codename="supervise"))
    return user


# The state, and why it is what it is


def test_a_state_comes_with_its_reason_and_since_when() -> None:
    category = make_category()
    counselor = at_work(category, capacity=1)
    ready = get(counselor, "/api/counselors/me").json()
    session = ask(category)
    busy = get(counselor, "/api/counselors/me").json()
    end_session(session.pk, reason=EndReason.CUSTOMER)
    after_call = get(counselor, "/api/counselors/me").json()

    assert (ready["state"], ready["reason"]) == ("READY", "counselor")
    assert (busy["state"], busy["reason"], busy["load"], busy["capacity"]) == ("BUSY", "matched", 1, 1)
    assert (after_call["state"], after_call["reason"]) == ("AFTER_CALL", "session_ended")
    assert after_call["after_call_until"] is not None
    assert ready["since"] < busy["since"] < after_call["since"]


def test_a_counselor_who_was_lost_is_told_so(settings: Settings) -> None:
    from apps.counseling.routing import store

    counselor = at_work(make_category())
    store.seen([counselor.pk], grace_seconds=0)
    lose_counselors([counselor.pk])

    me = get(counselor, "/api/counselors/me").json()

    assert (me["state"], me["reason"]) == ("OFFLINE", "lost")


def test_a_counselor_who_was_never_at_work_has_no_reason_to_be_told() -> None:
    me = get(make_counselor(make_category()), "/api/counselors/me").json()
    assert (me["state"], me["reason"], me["since"]) == ("OFFLINE", "", None)


# The desk


def test_the_desk_has_what_goes_on_with_what_is_unread_and_said_last() -> None:
    category = make_category()
    counselor = at_work(category)
    quiet, talking = ask(category), ask(category, subject="refund")
    say(talking, "hello?")
    read = say(talking, "anybody?")
    CounselSession.objects.filter(pk=talking.pk).update(counselor_read_seq=read.seq)
    say(talking, "one moment", by=counselor)
    say(talking, "thank you")

    desk = get(counselor, "/api/counselors/desk").json()

    shown = {one["id"]: one for one in desk["conversations"]}
    assert set(shown) == {quiet.pk, talking.pk}
    assert shown[quiet.pk]["unread"] == 0
    assert shown[quiet.pk]["last_entry"]["type"] == "ACCEPTED"
    assert (shown[talking.pk]["unread"], shown[talking.pk]["last_entry"]["content"]) == (1, "thank you")
    assert (desk["counselor"]["load"], desk["offers"], desk["to_wrap_up"], desk["joined"]) == (2, [], [], [])


def test_an_offer_on_the_desk_says_until_when_it_can_be_taken(settings: Settings) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = False
    category = make_category()
    counselor = at_work(category)
    session = ask(category)

    (offer,) = get(counselor, "/api/counselors/desk").json()["offers"]

    assert (offer["session_id"], offer["category"]["name"]) == (session.pk, category.name)
    remaining = (timezone.datetime.fromisoformat(offer["expires_at"]) - timezone.now()).total_seconds()
    assert settings.COUNSEL_OFFER_SECONDS - 5 < remaining <= settings.COUNSEL_OFFER_SECONDS


def test_what_has_ended_is_to_be_wrapped_up_until_the_after_call_work_ends() -> None:
    category = make_category()
    counselor = at_work(category)
    WrapUpCode.objects.create(code="solved", name="Solved")
    first, second = ask(category), ask(category)
    change(counselor, f"/api/sessions/{first.pk}/end", {"wrap_up_code": "solved"})
    end_session(second.pk, reason=EndReason.CUSTOMER)

    to_wrap_up = get(counselor, "/api/counselors/desk").json()["to_wrap_up"]
    change(counselor, "/api/counselors/ready", method="patch")

    assert [(one["session_id"], one["end_reason"], one["wrap_up_code"]) for one in to_wrap_up] == [
        (first.pk, "counselor", "solved"),
        (second.pk, "customer", None),
    ]
    assert get(counselor, "/api/counselors/desk").json()["to_wrap_up"] == []


def test_a_supervisor_without_a_profile_has_a_desk_with_what_they_joined_and_took_over() -> None:
    category = make_category()
    at_work(category)
    boss = supervisor()
    joined, taken, _ = ask(category), ask(category), ask(category)
    assert change(boss, f"/api/sessions/{joined.pk}/join").status_code == 204
    assert change(boss, f"/api/sessions/{taken.pk}/take-over").status_code == 200

    desk = get(boss, "/api/counselors/desk").json()

    assert desk["counselor"] is None
    assert [one["id"] for one in desk["conversations"]] == [taken.pk]
    assert [one["id"] for one in desk["joined"]] == [joined.pk]


@pytest.mark.parametrize("path", ["desk", "history"])
def test_who_neither_answers_nor_supervises_has_no_desk(path: str) -> None:
    for user in (make_user(), make_user(role=Role.STAFF), make_counselor(is_active=False)):
        answer = get(user, f"/api/counselors/{path}")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_a_counselor")


def test_a_desk_costs_the_same_queries_with_many_conversations(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    category = make_category()
    counselor = at_work(category, capacity=8)
    for _ in range(8):
        say(ask(category), "hello")

    with django_assert_max_num_queries(13):
        desk = get(counselor, "/api/counselors/desk").json()

    assert len(desk["conversations"]) == 8


# The past


def test_the_past_is_found_by_customer_text_category_and_day() -> None:
    category, other = make_category(), make_category()
    counselor = make_counselor(category, other)
    anna, bert = named("Anna Kim", "anna@example.com"), named("Bert", "bert@example.com")
    done = CounselSession.Status.ENDED
    refund = make_session(category, customer=anna, counselor=counselor, status=done, subject="money")
    seats = make_session(other, customer=bert, counselor=counselor, status=done)
    old = make_session(category, customer=bert, counselor=counselor, status=done)
    CounselSession.objects.filter(pk=old.pk).update(requested_at=timezone.now() - timedelta(days=40))
    say(refund, "I would like a REFUND of my two tickets, please")
    say(seats, "where do I sit?")
    today = timezone.localdate()

    def found(**query: Any) -> list[int]:
        answer = get(counselor, "/api/counselors/history", **query).json()
        return [one["id"] for one in answer["results"]]

    assert found() == [seats.pk, refund.pk]
    assert found(customer="anna") == found(q="refund of") == found(q="mone") == [refund.pk]
    assert found(category_id=other.pk) == found(customer="bert@e", q="sit?") == [seats.pk]
    assert found(**{"from": str(today - timedelta(days=60))}) == [seats.pk, refund.pk, old.pk]
    assert found(**{"from": str(today - timedelta(days=60)), "to": str(today - timedelta(days=30))}) == [old.pk]
    assert found(q="nothing like this") == []
    answer = get(counselor, "/api/counselors/history", q="refund").json()
    assert "REFUND of my two tickets" in answer["results"][0]["found"]


def test_a_counselor_finds_only_what_they_have_had_and_a_supervisor_everything() -> None:
    category = make_category()
    counselor, colleague = make_counselor(category), make_counselor(category)
    done = CounselSession.Status.ENDED
    mine = make_session(category, counselor=counselor, status=done)
    theirs = make_session(category, counselor=colleague, status=done)
    say(theirs, "secret")

    def found(user: User, **query: Any) -> set[int]:
        return {one["id"] for one in get(user, "/api/counselors/history", **query).json()["results"]}

    assert found(counselor) == {mine.pk}
    assert found(counselor, q="secret") == found(counselor, counselor_id=colleague.pk) == set()
    assert found(supervisor()) == {mine.pk, theirs.pk}
    assert found(supervisor(), counselor_id=colleague.pk) == {theirs.pk}


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-01-01", "to": "2026-12-31"},
        {"from": "2026-02-02", "to": "2026-02-01"},
        {"from": "yesterday"},
        {"category_id": "0"},
        {"q": "x" * 101},
    ],
)
def test_a_search_that_makes_no_sense_is_refused(query: dict[str, str]) -> None:
    answer = get(make_counselor(make_category()), "/api/counselors/history", **query)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


def test_the_past_comes_in_pages_at_the_same_price(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    category = make_category()
    counselor = make_counselor(category)
    for _ in range(12):
        say(make_session(category, counselor=counselor, status=CounselSession.Status.ENDED), "a word")

    with django_assert_max_num_queries(9):
        page = get(counselor, "/api/counselors/history", q="word", page_size=10).json()

    assert (page["count"], len(page["results"]), page["next"] is not None) == (12, 10, True)


# Where it can go


def test_a_conversation_can_go_to_who_is_free_and_knows_and_to_other_lines() -> None:
    category, other = make_category(), make_category()
    counselor = at_work(category)
    session = ask(category)
    free, stranger = at_work(category, other), at_work(other)
    full = at_work(category, capacity=1)
    make_counselor(category)
    change_counselor_state(full.pk, CounselorState.ONLINE)

    targets = get(counselor, f"/api/sessions/{session.pk}/transfer-targets").json()

    assert [one["id"] for one in targets["counselors"]] == [free.pk]
    assert [(one["id"], one["waiting"]) for one in targets["categories"]] == [(other.pk, 0)]
    assert get(session.customer, f"/api/sessions/{session.pk}/transfer-targets").status_code == 404
    assert get(stranger, f"/api/sessions/{session.pk}/transfer-targets").status_code == 404


def test_who_had_a_conversation_before_cannot_send_it_on() -> None:
    category = make_category()
    counselor = at_work(category)
    session = ask(category)
    colleague = at_work(category)
    change(counselor, f"/api/sessions/{session.pk}/transfer", {"counselor_id": colleague.pk})

    answer = get(counselor, f"/api/sessions/{session.pk}/transfer-targets")

    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")
    assert get(colleague, f"/api/sessions/{session.pk}/transfer-targets").status_code == 200


def test_canned_replies_say_which_are_ones_own() -> None:
    counselor, colleague = make_counselor(), make_counselor()
    CannedReply.objects.create(shortcut="all", title="t", content="c")
    for owner in (counselor, colleague):
        CannedReply.objects.create(shortcut="own", title="t", content="c", owner=owner)

    replies = get(counselor, "/api/counselors/canned-replies").json()

    assert [(reply["shortcut"], reply["is_mine"]) for reply in replies] == [("all", False), ("own", True)]


# The wallboard


def test_the_wallboard_shows_who_waits_since_when_who_answers_and_how_fast() -> None:
    category, idle = make_category(), make_category()
    counselor = at_work(category, capacity=1)
    talking, waiting, _ = ask(category), ask(category), ask(category)
    now = timezone.now()
    CounselSession.objects.filter(pk=waiting.pk).update(requested_at=now - timedelta(seconds=90))
    late = make_session(category, counselor=counselor, status=CounselSession.Status.ENDED)
    CounselSession.objects.filter(pk=late.pk).update(requested_at=now - timedelta(minutes=10), answered_at=now)
    gone = make_session(category, status=CounselSession.Status.ABANDONED)
    long_ago = make_session(category, status=CounselSession.Status.ABANDONED)
    CounselSession.objects.filter(pk=long_ago.pk).update(requested_at=now - timedelta(minutes=31))

    board = get(supervisor(), "/api/counselors/wallboard").json()

    lines = {line["category"]["id"]: line for line in board["lines"]}
    assert (lines[category.pk]["waiting"], lines[category.pk]["talking"]) == (2, 1)
    since = timezone.datetime.fromisoformat(lines[category.pk]["waits_since"])
    assert abs((now - since).total_seconds() - 90) < 1
    assert (lines[idle.pk]["waiting"], lines[idle.pk]["waits_since"]) == (0, None)
    level = board["service_level"]
    assert (level["answered"], level["in_time"], level["abandoned"]) == (2, 1, 1), gone
    assert level["share"] == pytest.approx(1 / 3)
    assert [(one["id"], one["state"], one["session_ids"]) for one in board["counselors"]] == [
        (counselor.pk, "BUSY", [talking.pk])
    ]
    assert [one["id"] for one in board["conversations"]] == [talking.pk]


def test_the_wallboard_is_for_supervisors() -> None:
    for user in (make_user(), at_work(make_category()), make_user(role=Role.STAFF)):
        answer = get(user, "/api/counselors/wallboard")
        assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_an_empty_centre_has_a_wallboard_without_a_service_level() -> None:
    board = get(supervisor(role=Role.COUNSELOR), "/api/counselors/wallboard").json()
    assert (board["lines"], board["counselors"], board["service_level"]["share"]) == ([], [], None)


def test_the_wallboard_costs_the_same_with_many(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    category = make_category()
    for _ in range(4):
        at_work(category, capacity=2)
    for _ in range(10):
        ask(category)
    boss = supervisor()

    with django_assert_max_num_queries(12):
        board = get(boss, "/api/counselors/wallboard").json()

    assert (len(board["counselors"]), len(board["conversations"])) == (4, 8)


# The customer


def test_the_context_has_who_it_is_what_they_asked_before_and_whether_a_hold_was_extended(
    paid_orders: PaidOrders,
) -> None:
    customer = named("Anna", "anna.kim@example.com")
    counselor = make_counselor(category := make_category())
    counselor.user_permissions.add(Permission.objects.get(codename="act_on_orders"))
    before = make_session(
        category, customer=customer, counselor=counselor, status=CounselSession.Status.ENDED, subject="seats"
    )
    session = make_session(category, customer=customer, counselor=counselor, status=CounselSession.Status.IN_PROGRESS)
    held, paid = paid_orders.reserve(0, user=customer), paid_orders.sell(1, user=customer)

    def context() -> Any:
        return get(counselor, f"/api/sessions/{session.pk}/context").json()

    first = context()
    change(counselor, f"/api/sessions/{session.pk}/acts/extend-hold", {"order_id": held.pk})

    assert first["customer"]["email"] == "a***@example.com"
    assert [(one["session_id"], one["subject"]) for one in first["conversations"]] == [(before.pk, "seats")]
    assert [hold["is_extended"] for hold in first["holds"]] == [False]
    assert [hold["is_extended"] for hold in context()["holds"]] == [True]
    lines = {order["id"]: order["lines"] for order in first["orders"]}
    assert [line["ticket"] for line in lines[paid.pk]] == ["VALID"]
    assert [line["ticket"] for line in lines[held.pk]] == [None]


def test_a_cancellation_is_priced_before_it_is_done_and_leaves_no_trace(paid_orders: PaidOrders) -> None:
    customer = make_user()
    counselor = make_counselor(category := make_category())
    session = make_session(category, customer=customer, counselor=counselor, status=CounselSession.Status.IN_PROGRESS)
    order = paid_orders.sell(0, 1, user=customer)
    path = f"/api/sessions/{session.pk}/acts/cancel-order?preview=true"
    refused = change(counselor, path, {"order_id": order.pk})
    counselor.user_permissions.add(Permission.objects.get(codename="act_on_orders"))

    priced = change(counselor, path, {"order_id": order.pk, "line_ids": [1]}).json()

    assert refused.status_code == 403
    assert [line["line_id"] for line in priced["lines"]] == [1]
    assert priced["refund"] + priced["fee"] == priced["lines"][0]["price"]
    assert priced["refund_status"] is None
    order.refresh_from_db()
    assert (order.status, order.tickets.filter(live=True).count()) == ("PAID", 2)
    assert not CounselorAct.objects.exists()
    odd = change(counselor, path.replace("true", "perhaps"), {"order_id": order.pk})
    assert odd.status_code == 422


def test_nothing_is_cancelled_at_another_refund_than_the_customer_was_told(paid_orders: PaidOrders) -> None:
    customer = make_user()
    counselor = make_counselor(category := make_category())
    counselor.user_permissions.add(Permission.objects.get(codename="act_on_orders"))
    session = make_session(category, customer=customer, counselor=counselor, status=CounselSession.Status.IN_PROGRESS)
    order = paid_orders.sell(0, user=customer)
    path = f"/api/sessions/{session.pk}/acts/cancel-order"
    refund = change(counselor, f"{path}?preview=true", {"order_id": order.pk}).json()["refund"]

    other = change(counselor, path, {"order_id": order.pk, "agreed_refund": refund - 1})
    assert (other.status_code, other.json()["code"], other.json()["refund"]) == (409, "fee_changed", refund)
    assert order.tickets.filter(live=True).count() == 1

    agreed = change(counselor, path, {"order_id": order.pk, "agreed_refund": refund})
    assert (agreed.status_code, agreed.json()["refund"]) == (200, refund)
