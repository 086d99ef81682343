"""What is said: numbered without a gap, kept once, in few statements, and by nobody who may not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Role, User
from apps.common.database.threads import in_database_thread
from apps.common.errors import DomainError
from apps.counseling.access import get_member
from apps.counseling.models import CounselAssignment, CounselMessage, CounselSession
from apps.counseling.services.append_entry import append_entry
from apps.counseling.services.end_session import end_session
from apps.counseling.services.send_message import MAX_LENGTH, Kept, NewMessage, record_messages, send_message
from apps.counseling.services.supervise import join_session
from apps.counseling.states import EndReason, EntryType, SessionStatus
from apps.stomp.protocol.decoder import Frame
from apps.stomp.server import ERRORS
from tests.counseling_factories import assign, make_category, make_counselor, make_session
from tests.factories import make_user
from tests.integration.counseling.centre import Centre, hear_type, say, user_of
from tests.stomp_client import StompClient, json_of

pytestmark = [pytest.mark.django_db(transaction=True)]


def make_conversation() -> CounselSession:
    category = make_category()
    return make_session(category, status=SessionStatus.IN_PROGRESS, counselor=make_counselor(category))


def record(*messages: NewMessage) -> Sequence[Kept | Exception]:
    with transaction.atomic():
        return record_messages(messages)


def said(session: CounselSession, sender: User | None, client_id: str = "a", content: str = "hello") -> NewMessage:
    assert sender is not None
    return NewMessage(session.pk, sender.pk, client_id, content)


def seqs(outcomes: Sequence[Kept | Exception]) -> list[int]:
    return [outcome.event["seq"] for outcome in outcomes if isinstance(outcome, Kept)]


def codes(outcomes: Sequence[Kept | Exception]) -> list[str]:
    return [outcome.code for outcome in outcomes if isinstance(outcome, DomainError)]


def last_seq(session: CounselSession) -> int:
    return CounselSession.objects.values_list("last_seq", flat=True).get(pk=session.pk)


@pytest.mark.parametrize("count", [1, 40])
def test_any_number_of_messages_is_kept_by_the_same_few_statements(count: int) -> None:
    sessions = [make_conversation() for _ in range(4)]
    batch = [
        said(session, session.customer if number % 2 else session.counselor, f"m{number}")
        for session in sessions
        for number in range(count)
    ]
    with CaptureQueriesContext(connection) as captured:
        outcomes = record(*batch)

    statements = [query["sql"] for query in captured if query["sql"].startswith(("SELECT", "INSERT", "UPDATE"))]
    assert len(statements) == 6, statements  # lock, names and time, known ones, insert, numbers, first responses
    assert seqs(outcomes) == list(range(1, count + 1)) * 4
    assert {last_seq(session) for session in sessions} == {count}


def test_numbers_go_on_where_the_log_has_come_to() -> None:
    session = make_conversation()
    record(said(session, session.customer, "a"))
    with transaction.atomic():
        append_entry(session.pk, type=EntryType.TRANSFERRED)
    assert seqs(record(said(session, session.counselor, "b"))) == [3]
    assert list(CounselMessage.objects.values_list("seq", flat=True)) == [1, 2, 3]


def test_the_same_message_again_is_the_first_one_in_the_same_moment_and_later() -> None:
    session = make_conversation()
    first, again = record(said(session, session.customer), said(session, session.customer, content="other words"))
    (later,) = record(said(session, session.customer))

    assert isinstance(first, Kept)
    assert first.is_new
    assert again == later == Kept(first.event, is_new=False)
    assert CounselMessage.objects.count() == last_seq(session) == 1


def test_ids_are_each_senders_own_and_differ_by_case() -> None:
    session = make_conversation()
    outcomes = record(
        said(session, session.customer, "a"),
        said(session, session.counselor, "a"),
        said(session, session.customer, "A"),
    )
    assert seqs(outcomes) == [1, 2, 3]


def test_a_message_that_was_kept_is_answered_after_the_end_too() -> None:
    session = make_conversation()
    record(said(session, session.customer))
    end_session(session.pk, reason=EndReason.CUSTOMER, actor_id=session.customer_id)

    assert seqs(record(said(session, session.customer))) == [1]
    assert codes(record(said(session, session.customer, "late"))) == ["session_state"]
    assert list(CounselMessage.objects.values_list("type", flat=True)) == ["MESSAGE", "ENDED"]


def test_one_refusal_spoils_nobody_elses_message() -> None:
    session, over = make_conversation(), make_conversation()
    CounselSession.objects.filter(pk=over.pk).update(status=SessionStatus.ENDED, is_open=None)
    outcomes = record(
        said(session, session.customer, "a"),
        said(over, over.customer, "b"),
        said(session, make_user(), "c"),
        NewMessage(2**40, over.customer_id, "d", "hello"),
        said(session, session.counselor, "e"),
    )
    assert seqs(outcomes) == [1, 2]
    assert codes(outcomes) == ["session_state", "not_found", "not_found"]
    assert last_seq(over) == 0


def test_what_is_said_is_looked_at_only_where_the_sender_may_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    session, over, counselor = make_conversation(), make_conversation(), make_counselor(make_category())
    CounselSession.objects.filter(pk=over.pk).update(status=SessionStatus.ENDED, is_open=None)
    looked_at: list[str] = []
    monkeypatch.setattr("apps.counseling.services.send_message.mask", looked_at.append)
    too_long = "1 " * MAX_LENGTH
    outcomes = record(
        said(session, make_user(), "a", too_long),
        said(session, counselor, "b", "4111111111111111"),
        said(over, over.customer, "c", " "),
        NewMessage(2**40, over.customer_id, "d", "1 1 1"),
        said(session, session.customer, "e", too_long),
        said(session, session.customer, "f", " \n"),
    )
    assert codes(outcomes) == ["not_found", "not_found", "session_state", "not_found", *["validation_error"] * 2]
    assert looked_at == []


@pytest.mark.parametrize("count", [1, 40])
def test_messages_of_strangers_cost_three_statements_however_many_they_are(count: int) -> None:
    sessions, stranger = [make_conversation() for _ in range(4)], make_user()
    with CaptureQueriesContext(connection) as captured:
        outcomes = record(*(said(session, stranger, f"m{n}") for session in sessions for n in range(count)))

    assert codes(outcomes) == ["not_found"] * 4 * count
    statements = [query["sql"] for query in captured if query["sql"].startswith(("SELECT", "INSERT", "UPDATE"))]
    assert len(statements) == 3, statements  # lock, names and time, known ones


async def test_no_more_than_can_be_said_waits_to_be_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting: list[NewMessage] = []

    async def submit(message: NewMessage) -> Kept:
        waiting.append(message)
        return Kept({}, is_new=False)

    monkeypatch.setattr("apps.counseling.services.send_message.talking.submit", submit)
    await send_message(NewMessage(1, 1, "a", "1" * 60_000))

    assert len(waiting[0].content) == MAX_LENGTH + 1


def test_the_counselors_first_word_is_the_first_response_of_session_and_part() -> None:
    session = make_conversation()
    record(said(session, session.customer, "q"))
    session.refresh_from_db()
    assert session.first_response_at is None
    record(said(session, session.counselor, "r1"))
    session.refresh_from_db()
    first = session.first_response_at
    assert first == CounselMessage.objects.get(client_message_id="r1").sent_at
    record(said(session, session.counselor, "r2"))

    session.refresh_from_db()
    assert session.first_response_at == CounselAssignment.objects.get().first_response_at == first


def test_after_a_transfer_the_next_counselor_has_a_first_response_of_their_own() -> None:
    session = make_conversation()
    record(said(session, session.counselor, "a"))
    session.refresh_from_db()
    first, former = session.first_response_at, session.counselor
    successor = hand_over(session)
    record(said(session, successor, "b"))

    session.refresh_from_db()
    assert session.first_response_at == first
    part = CounselAssignment.objects.get(is_live=True)
    assert part.first_response_at == CounselMessage.objects.get(client_message_id="b").sent_at
    assert codes(record(said(session, former, "c"))) == ["permission_denied"]
    assert former is not None
    assert not get_member(session.pk, former.pk, role=Role.COUNSELOR).may_write  # but reads
    assert last_seq(session) == 2


def hand_over(session: CounselSession) -> User:
    """Give a conversation to another counselor."""
    successor = make_counselor(session.category)
    session.assignments.update(is_live=None, ended_at=session.requested_at)
    CounselSession.objects.filter(pk=session.pk).update(counselor=successor)
    assign(session, successor)
    return successor


def test_a_supervisor_speaks_after_joining_and_while_they_are_one() -> None:
    session, supervisor = make_conversation(), make_user(role=Role.STAFF)
    supervisor.user_permissions.add(Permission.objects.get(codename="supervise"))
    assert codes(record(said(session, supervisor, "a"))) == ["permission_denied"]
    join_session(get_member(session.pk, supervisor.pk, role=Role.STAFF), supervisor_id=supervisor.pk)

    (outcome,) = record(said(session, supervisor, "b"))
    assert isinstance(outcome, Kept)
    assert outcome.event["sender"]["role"] == "supervisor"
    supervisor.user_permissions.clear()
    assert codes(record(said(session, supervisor, "c"))) == ["not_found"]


@pytest.mark.usefixtures("connections_end_with_the_test")
async def test_who_hangs_up_while_speaking_is_heard_all_the_same() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    speaking = asyncio.create_task(send_message(NewMessage(session_id, user_of(customer), "a", "my last word")))
    await asyncio.sleep(0)  # it has begun
    speaking.cancel()

    assert (await hear_type(counselor, "MESSAGE"))["content"] == "my last word"


@pytest.mark.usefixtures("connections_end_with_the_test")
async def test_without_last_seq_nothing_old_comes_and_nothing_new_is_missed() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    await say(customer, session_id, "old", client_id="1", receipt="r")
    await customer.hear("RECEIPT")
    late = await centre.customer(await User.objects.aget(pk=user_of(customer)), listens=False)
    await late.subscribe(f"/sub/session/{session_id}")
    await say(counselor, session_id, "new", client_id="2")

    assert (await hear_type(late, "MESSAGE"))["content"] == "new"


@pytest.mark.usefixtures("connections_end_with_the_test")
@pytest.mark.parametrize("header", ["-1", "x", "1.5", "9" * 12, "\u0663"])
async def test_a_last_seq_that_is_no_number_is_refused(header: str) -> None:
    centre = await Centre.open()
    customer, _, session_id = await centre.conversation()
    again = await centre.customer(await User.objects.aget(pk=user_of(customer)), listens=False)

    refused = await again.subscribe(f"/sub/session/{session_id}", last_seq=header)
    assert (refused.command, refused.headers["code"]) == ("ERROR", "validation_error")


@pytest.mark.usefixtures("connections_end_with_the_test")
async def test_a_crowd_that_talks_at_once_is_heard_in_order_by_everybody() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    await asyncio.gather(
        *(
            send_message(NewMessage(session_id, user_of(who), f"m{number}", str(number)))
            for number in range(50)
            for who in (customer, counselor)
        )
    )
    for client in (customer, counselor):
        assert [(await hear_type(client, "MESSAGE"))["seq"] for _ in range(100)] == list(range(2, 102))
    assert await in_database_thread(CounselMessage.objects.filter(session=session_id).count) == 101


async def transact(client: StompClient, *sends: tuple[int, dict[str, Any]]) -> None:
    """Send these in one transaction, each to the conversation with this id and with a receipt, and commit."""
    await client.say("BEGIN", {"transaction": "t"})
    for number, (session_id, body) in enumerate(sends):
        await client.send(f"/pub/session/{session_id}", body, transaction="t", receipt=f"s{number}")
    await client.say("COMMIT", {"transaction": "t", "receipt": "end"})


def words(client_id: str) -> dict[str, Any]:
    return {"type": "MESSAGE", "client_message_id": client_id, "content": client_id}


async def test_messages_of_one_transaction_are_kept_together_and_told_in_their_order() -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    await transact(customer, *[(session_id, words(name)) for name in ("one", "two", "three")])

    assert [(await customer.hear("RECEIPT")).headers["receipt-id"] for _ in range(4)] == ["s0", "s1", "s2", "end"]
    assert [(await hear_type(counselor, "MESSAGE"))["content"] for _ in range(3)] == ["one", "two", "three"]


@pytest.mark.parametrize("why", ["not theirs", "not a message", "nothing said"])
async def test_with_the_second_of_three_refused_none_is_kept_nobody_is_told_and_no_receipt_comes(why: str) -> None:
    centre = await Centre.open()
    customer, counselor, session_id = await centre.conversation()
    _, _, others = await centre.conversation()
    second, code = {
        "not theirs": ((others, words("two")), "not_found"),
        "not a message": ((session_id, {"type": "END"}), "not_in_transaction"),
        "nothing said": ((session_id, {"type": "MESSAGE", "client_message_id": "two"}), "validation_error"),
    }[why]
    before = await CounselMessage.objects.acount()

    await transact(customer, (session_id, words("one")), second, (session_id, words("three")))

    refusal = await hear_refusal(customer)
    assert (refusal.headers["receipt-id"], json_of(refusal)["code"]) == ("end", code)
    assert await CounselMessage.objects.acount() == before
    assert [frame.command for frame in customer.transport.frames if frame.command == "RECEIPT"] == []
    await say(customer, session_id, "after", client_id="after")
    after = await hear_type(counselor, "MESSAGE")
    assert (after["content"], after["seq"]) == ("after", 2), "no number was spent either"


async def hear_refusal(client: StompClient) -> Frame:
    """Wait for what the server refuses; other MESSAGEs before it are passed over."""
    while (frame := await client.hear("MESSAGE")).headers["destination"] != ERRORS:
        continue
    return frame
