"""What staff see and do of the centre: lists of few queries, history nobody changes, answers and profiles in force."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Role, User
from apps.common.clock import database_now
from apps.counseling.models import (
    CannedReply,
    CounselLog,
    CounselMessage,
    CounselorAct,
    CounselorProfile,
    CounselorStateEvent,
    CounselRating,
    CounselSession,
    Inquiry,
    InternalNote,
    OpeningHours,
    WrapUpCode,
)
from apps.counseling.routing import store
from apps.counseling.services.inquiries import answer_inquiry
from apps.counseling.states import SessionStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user
from tests.integration.counseling.test_api import Centre, client_of

pytestmark = pytest.mark.django_db(transaction=True)

MOST_QUERIES = 14
LISTS = (
    "domain", "category", "openinghours", "wrapupcode", "cannedreply", "counselorprofile", "counselsession",
    "counsellog", "counselrating", "counselorstateevent", "counseloract", "inquiry",
)  # fmt: skip


@pytest.fixture
def boss(transactional_db: None) -> User:
    user = make_user(role=Role.STAFF)
    user.is_superuser = True
    user.save()
    return user


@pytest.fixture
def admin(boss: User) -> Client:
    client = Client()
    client.force_login(boss)
    return client


def address(model: str, page: str, *args: Any) -> str:
    return reverse(f"admin:counseling_{model}_{page}", args=args)


def make_inquiry(customer: User | None = None, **more: Any) -> Inquiry:
    customer = customer or make_user()
    return Inquiry.objects.create(
        customer=customer,
        category=make_category(),
        email=customer.email,
        subject="Where is my refund?",
        content="I have waited for a week.",
        created_at=database_now(),
        **more,
    )


def make_history() -> None:
    """A conversation from the request to the rating, and whatever else the lists show."""
    centre = Centre()
    url = f"/api/sessions/{centre.ask().json()['id']}"
    centre.desk.post(f"{url}/notes", {"content": "calm"})
    centre.asking.post(f"{url}/end")
    centre.asking.post(f"{url}/rating", {"score": 5})
    make_inquiry()
    number = CannedReply.objects.count()
    CannedReply.objects.create(shortcut=f"hello-{number}", title="Hello", content="Hello!", category=centre.category)
    WrapUpCode.objects.create(code=f"solved-{number}", name="solved")
    OpeningHours.objects.create(weekday=0, opens_at="00:00", closes_at="23:59:59")


@pytest.mark.parametrize("model", LISTS)
def test_lists_take_the_same_few_queries_for_any_number_of_rows(
    admin: Client, model: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_history()
    OpeningHours.objects.all().delete()  # the centre is always open for the other one
    make_history()

    with django_assert_max_num_queries(MOST_QUERIES):
        answer = admin.get(address(model, "changelist"))

    assert answer.status_code == 200


def test_a_conversation_is_shown_with_its_words_notes_and_events_and_nobody_changes_it(admin: Client) -> None:
    make_history()
    session = CounselSession.objects.get()
    CounselMessage.objects.create(
        session=session, seq=99, sender_role="customer", content="<b>hello</b>", sent_at=database_now()
    )

    page = admin.get(address("counselsession", "change", session.pk)).content.decode()

    assert "&lt;b&gt;hello&lt;/b&gt;" in page
    assert InternalNote.objects.get().content in page
    assert "accepted automatically" in page
    assert admin.post(address("counselsession", "change", session.pk), {"status": "WAITING"}).status_code == 403
    assert admin.post(address("counselsession", "delete", session.pk), {"post": "yes"}).status_code == 403
    session.refresh_from_db()
    assert session.status == SessionStatus.ENDED


def test_a_long_conversation_is_shown_by_as_few_queries_as_a_short_one(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_session(make_category(), status=SessionStatus.ENDED)
    for number in range(1, 16):
        writer = make_user(role=Role.COUNSELOR)
        CounselMessage.objects.create(
            session=session, seq=number, sender=writer, sender_role="counselor", content="x", sent_at=database_now()
        )
        InternalNote.objects.create(session=session, author=writer, content="y", created_at=database_now())

    with django_assert_max_num_queries(MOST_QUERIES):
        assert admin.get(address("counselsession", "change", session.pk)).status_code == 200


@pytest.mark.parametrize("model", ["counsellog", "counselrating", "counselorstateevent", "counseloract"])
def test_history_is_neither_added_to_nor_deleted_by_hand(admin: Client, model: str) -> None:
    make_history()
    rows = [CounselLog, CounselRating, CounselorStateEvent, CounselorAct]
    before = [set(one.objects.values_list("pk", flat=True)) for one in rows]

    assert admin.post(address(model, "add"), {}).status_code == 403
    for pk in CounselLog.objects.values_list("pk", flat=True):
        admin.post(address(model, "changelist"), {"action": "delete_selected", "_selected_action": [pk], "post": "yes"})
        admin.post(address(model, "delete", pk), {"post": "yes"})

    assert [set(one.objects.values_list("pk", flat=True)) for one in rows] == before


def test_an_answer_in_the_admin_reaches_the_customer_and_is_final(admin: Client, boss: User) -> None:
    inquiry = make_inquiry()
    answer = admin.post(address("inquiry", "change", inquiry.pk), {"answer": " It is on its way. "})

    assert answer.status_code == 302
    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.answer, inquiry.answered_by_id) == ("ANSWERED", "It is on its way.", boss.pk)
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([inquiry.email], "Re: Where is my refund?")
    assert "It is on its way." in sent.body

    admin.post(address("inquiry", "change", inquiry.pk), {"answer": "Something else."})

    inquiry.refresh_from_db()
    assert inquiry.answer == "It is on its way."
    assert len(mail.outbox) == 1


def test_an_inquiry_without_an_answer_stays_open(admin: Client) -> None:
    inquiry = make_inquiry()
    admin.post(address("inquiry", "change", inquiry.pk), {"answer": "   ", "subject": "changed", "status": "CLOSED"})

    inquiry.refresh_from_db()
    assert (inquiry.status, inquiry.subject, mail.outbox) == ("OPEN", "Where is my refund?", [])


def test_inquiries_are_neither_added_nor_deleted_by_staff(admin: Client) -> None:
    inquiry = make_inquiry()
    assert admin.post(address("inquiry", "add"), {}).status_code == 403
    assert admin.post(address("inquiry", "delete", inquiry.pk), {"post": "yes"}).status_code == 403
    assert Inquiry.objects.count() == 1


def test_of_two_answers_the_first_counts(boss: User) -> None:
    inquiry = make_inquiry()
    assert answer_inquiry(inquiry.pk, answer="first", staff_id=boss.pk)
    assert not answer_inquiry(inquiry.pk, answer="second", staff_id=boss.pk)
    assert [sent.body.startswith("first") for sent in mail.outbox] == [True]


def test_a_raised_capacity_is_in_force_at_once_and_brings_the_next_customer(admin: Client) -> None:
    centre = Centre(capacity=1)
    centre.conversation()
    waiting = client_of(make_user()).post("/api/sessions", {"category_id": centre.category.pk}).json()
    assert waiting["status"] == "WAITING"

    admin.post(
        address("counselorprofile", "change", centre.counselor.pk),
        {"user": centre.counselor.pk, "capacity": 2, "skills": [centre.category.pk], "is_active": "on"},
    )

    assert CounselorProfile.objects.get().capacity == 2
    assert CounselSession.objects.get(pk=waiting["id"]).counselor_id == centre.counselor.pk
    assert store.team([centre.counselor.pk])[0].load == 2


def test_a_capacity_out_of_range_is_refused_and_changes_nothing(admin: Client) -> None:
    counselor = make_counselor(make_category(), capacity=3)
    for capacity in ("0", "21", "-1", "many"):
        answer = admin.post(
            address("counselorprofile", "change", counselor.pk),
            {"user": counselor.pk, "capacity": capacity, "is_active": "on"},
        )
        assert answer.status_code == 200, capacity
    assert CounselorProfile.objects.get().capacity == 3


def test_opening_hours_in_the_wrong_order_are_refused(admin: Client) -> None:
    answer = admin.post(
        address("openinghours", "add"), {"category": "", "weekday": "0", "opens_at": "18:00", "closes_at": "09:00"}
    )

    assert answer.status_code == 200
    assert not OpeningHours.objects.exists()


def test_a_category_that_has_conversations_cannot_be_deleted(admin: Client) -> None:
    session = make_session(make_category())
    admin.post(address("category", "delete", session.category_id), {"post": "yes"})

    assert CounselSession.objects.get().category_id == session.category_id


@pytest.mark.parametrize("model", LISTS)
def test_staff_without_the_permission_see_nothing(model: str) -> None:
    client = Client()
    client.force_login(make_user(role=Role.STAFF))

    assert client.get(address(model, "changelist")).status_code == 403
