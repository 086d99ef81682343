"""A customer's own conversations, read again by pages that need no script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import Role, User
from apps.counseling.access import Member
from apps.counseling.models import Attachment, CounselMessage, CounselSession
from apps.counseling.pages.my import CONVERSATIONS_A_PAGE, ENTRIES_A_PAGE
from apps.counseling.services.append_entry import append_entry
from apps.counseling.services.attachments import keep_attachment
from apps.counseling.states import EndReason, EntryType, SenderRole, SessionStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user
from tests.pages import parts

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


@pytest.fixture(autouse=True)
def _files_of_the_test(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def customer() -> User:
    return make_user()


@pytest.fixture
def mine(client: Client, customer: User) -> Client:
    """The customer's browser, in English."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(customer)
    return client


def make_talk(customer: User, *, status: SessionStatus = SessionStatus.ENDED, subject: str = "") -> CounselSession:
    """A conversation in which each of the two has said something."""
    category = make_category()
    counselor = make_counselor(category)
    session = make_session(category, customer=customer, counselor=counselor, status=status, subject=subject)
    say(session, counselor, "무엇을 도와드릴까요?", role=SenderRole.COUNSELOR)
    say(session, customer, "<b>환불</b>이요", role=SenderRole.CUSTOMER)
    return session


def say(session: CounselSession, user: User, content: str, *, role: SenderRole) -> CounselMessage:
    return append_entry(session.pk, type=EntryType.MESSAGE, sender_id=user.pk, sender_role=role, content=content)


def send_file(session: CounselSession, user: User, *, name: str = "영수증.png") -> Attachment:
    CounselSession.objects.filter(pk=session.pk).update(status=SessionStatus.IN_PROGRESS, is_open=True, ended_at=None)
    kept = keep_attachment(
        Member(session, SenderRole.CUSTOMER, may_write=True), user_id=user.pk, name=name, content=PNG
    )
    entry = say(session, user, "", role=SenderRole.CUSTOMER)
    CounselMessage.objects.filter(pk=entry.pk).update(attachment=kept)
    return kept


def test_conversations_are_listed_with_what_became_of_them(mine: Client, customer: User) -> None:
    make_talk(customer, subject="환불 <문의>")
    make_session(make_category(name="대기열"), customer=customer)
    make_talk(make_user(), subject="남의 문의")
    page = mine.get("/my/conversations/").content.decode()
    waiting, ended = parts(page, ".talk")
    assert "Waiting for a counselor" in waiting
    assert "대기열" in waiting
    assert "Ended" in ended
    assert "환불 &lt;문의&gt;" in page
    assert "남의 문의" not in page


def test_nobody_has_asked_anything_yet(mine: Client) -> None:
    assert "You have not talked with us yet." in mine.get("/my/conversations/").content.decode()


def test_a_conversation_is_read_again_in_its_order_as_text(mine: Client, customer: User) -> None:
    session = make_talk(customer)
    page = mine.get(f"/my/conversations/{session.pk}/").content.decode()
    theirs, own = parts(page, ".said")
    assert "무엇을 도와드릴까요?" in theirs
    assert own.startswith("You ")
    assert "&lt;b&gt;환불&lt;/b&gt;이요" in page


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"type": EntryType.ACCEPTED, "details": {"counselor": {"id": 1, "name": "<하나>"}}}, "<하나> has joined"),
        ({"type": EntryType.TRANSFERRED, "details": {"to": None}}, "handed on to another counselor"),
        ({"type": EntryType.JOINED}, "A supervisor has joined"),
        *(({"type": EntryType.ENDED, "details": {"reason": reason}}, "") for reason in EndReason.values),
        ({"type": EntryType.ENDED, "details": {"reason": "customer"}}, "You ended the conversation."),
        ({"type": EntryType.ENDED, "details": {}}, "The conversation has ended."),
    ],
)
def test_what_happened_is_told_in_plain_words(mine: Client, customer: User, entry: dict[str, Any], words: str) -> None:
    session = make_session(make_category(), customer=customer)
    append_entry(session.pk, **entry)
    (event,) = parts(mine.get(f"/my/conversations/{session.pk}/"), ".event")
    assert words in event
    assert event.count(" ") > 1


def test_a_file_is_fetched_by_whom_the_conversation_belongs_to(mine: Client, customer: User) -> None:
    session = make_talk(customer)
    kept = send_file(session, customer)
    address = f"/my/conversations/{session.pk}/files/{kept.pk}/"
    assert f'href="{address}"' in mine.get(f"/my/conversations/{session.pk}/").content.decode()
    answer = mine.get(address)
    assert b"".join(answer.streaming_content) == PNG
    assert answer["Content-Disposition"].startswith("attachment;")
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_a_file_that_is_gone_or_never_was_is_not_found(mine: Client, customer: User) -> None:
    session = make_talk(customer)
    kept = send_file(session, customer)
    Path(kept.file.path).unlink()
    for attachment_id in (kept.pk, kept.pk + 1):
        assert mine.get(f"/my/conversations/{session.pk}/files/{attachment_id}/").status_code == 404


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.COUNSELOR])
def test_somebody_else_s_conversation_is_not_there(client: Client, customer: User, role: Role) -> None:
    session = make_talk(customer)
    kept = send_file(session, customer)
    client.force_login(make_user(role=role))
    for address in ("", f"files/{kept.pk}/"):
        assert client.get(f"/my/conversations/{session.pk}/{address}").status_code == 404
    assert client.post(f"/my/conversations/{session.pk}/rating/", {"score": 1}).status_code == 404


def test_a_conversation_that_has_ended_is_rated_once(mine: Client, customer: User) -> None:
    session = make_talk(customer)
    address = f"/my/conversations/{session.pk}/"
    assert 'name="score"' in mine.get(address).content.decode()
    mine.post(f"{address}rating/", {"score": "4", "feedback": "<i>좋았어요</i>"})
    mine.post(f"{address}rating/", {"score": "1"})
    session.refresh_from_db()
    assert (session.rating.score, session.rating.feedback) == (4, "<i>좋았어요</i>")
    page = mine.get(address).content.decode()
    assert "4/5" in page
    assert "&lt;i&gt;좋았어요&lt;/i&gt;" in page
    assert 'name="score"' not in page


def test_a_rating_without_a_score_is_asked_for_again(mine: Client, customer: User) -> None:
    session = make_talk(customer)
    answer = mine.post(f"/my/conversations/{session.pk}/rating/", {"score": "6"})
    assert answer.status_code == 422
    assert parts(answer, ".wrong")
    assert not CounselSession.objects.filter(rating__isnull=False).exists()


def test_one_that_goes_on_cannot_be_rated_yet(mine: Client, customer: User) -> None:
    session = make_talk(customer, status=SessionStatus.IN_PROGRESS)
    address = f"/my/conversations/{session.pk}/"
    page = mine.get(address).content.decode()
    assert 'name="score"' not in page
    assert "This conversation goes on." in page
    mine.post(f"{address}rating/", {"score": "5"})
    assert "A conversation can be rated once it has ended." in mine.get(address).content.decode()


def test_a_long_conversation_begins_with_its_newest_page(mine: Client, customer: User) -> None:
    session = make_session(make_category(), customer=customer)
    for number in range(ENTRIES_A_PAGE + 1):
        say(session, customer, f"말 {number}", role=SenderRole.CUSTOMER)
    page = mine.get(f"/my/conversations/{session.pk}/").content.decode()
    assert len(parts(page, ".said")) == 1
    assert f"말 {ENTRIES_A_PAGE}" in page
    assert "?page=1" in page


@pytest.mark.parametrize("address", ["/my/conversations/", "/my/conversations/1/", "/my/conversations/1/files/1/"])
def test_a_stranger_is_sent_to_the_log_in(client: Client, address: str) -> None:
    assert client.get(address)["Location"].startswith("/accounts/log-in/")


def test_more_conversations_and_more_said_take_no_more_queries(
    mine: Client, customer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    session = make_talk(customer)
    mine.get("/my/conversations/")
    with django_assert_num_queries(3):
        mine.get("/my/conversations/")
    with django_assert_num_queries(5):
        mine.get(f"/my/conversations/{session.pk}/")
    for _ in range(CONVERSATIONS_A_PAGE):
        make_talk(customer)
    counselor = session.counselor
    assert counselor is not None
    for number in range(5):
        say(session, counselor, str(number), role=SenderRole.COUNSELOR)
        send_file(session, customer)
    with django_assert_num_queries(3):
        mine.get("/my/conversations/")
    with django_assert_num_queries(5):
        mine.get(f"/my/conversations/{session.pk}/")


def test_a_counselor_reads_conversations_at_the_desk_and_not_among_their_own(client: Client) -> None:
    counselor = make_counselor()
    session = make_session(make_category(), customer=make_user(), counselor=counselor)
    client.force_login(counselor)

    assert client.get(f"/my/conversations/{session.pk}/").status_code == 404
