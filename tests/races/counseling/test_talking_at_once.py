"""Many talk at once: numbers without the lock collide first; then the lock gives each its own, without a gap."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from apps.common.errors import DomainError
from apps.counseling.models import CounselMessage, CounselSession
from apps.counseling.services import send_message
from apps.counseling.services.append_entry import append_entry
from apps.counseling.services.end_session import end_session
from apps.counseling.services.send_message import Kept, NewMessage, record_messages
from apps.counseling.states import EndReason, EntryType, SessionStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

TALKERS = 8
MESSAGES = 6
ROUNDS = 5


def make_conversation() -> CounselSession:
    category = make_category()
    return make_session(category, status=SessionStatus.IN_PROGRESS, counselor=make_counselor(category))


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start every call in a thread and with a connection of its own in the same moment; return what came of each."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(LONGEST_SECONDS)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def say(session: CounselSession, client_id: str) -> Kept | Exception:
    with transaction.atomic():
        (outcome,) = record_messages([NewMessage(session.pk, session.customer_id, client_id, "hello")])
    return outcome


def note(session: CounselSession) -> None:
    with transaction.atomic():
        append_entry(session.pk, type=EntryType.TRANSFERRED)


def log_of(session: CounselSession) -> list[tuple[int, str]]:
    return list(CounselMessage.objects.filter(session=session).values_list("seq", "type").order_by("seq"))


def test_without_the_lock_two_get_the_same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    session = make_conversation()
    look_up = send_message._moment_and_senders
    others = [lambda: say(session, "in between")]

    def let_another_go_first(user_ids: set[int]) -> Any:
        """Between the reading of the last number and the insertion of the next."""
        while others:
            assert isinstance(at_once([others.pop()])[0], Kept)
        return look_up(user_ids)

    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_: rows)
    monkeypatch.setattr(send_message, "_moment_and_senders", let_another_go_first)

    with pytest.raises(IntegrityError):
        say(session, "a")
    assert log_of(session) == [(1, "MESSAGE")]


def test_with_the_lock_everything_is_numbered_without_a_gap() -> None:
    session = make_conversation()

    def talk(talker: int) -> list[Any]:
        return [say(session, f"{talker}-{number}") for number in range(MESSAGES)]

    def take_notes() -> list[None]:
        return [note(session) for _ in range(MESSAGES)]

    at_once([take_notes, *(lambda talker=talker: talk(talker) for talker in range(TALKERS))])  # type: ignore[misc]

    count = (TALKERS + 1) * MESSAGES
    assert [seq for seq, _ in log_of(session)] == list(range(1, count + 1))
    assert CounselSession.objects.get().last_seq == count


def test_later_numbers_are_committed_later() -> None:
    """A reader who has seen a number has missed none before it."""
    session = make_conversation()
    done = threading.Event()
    seen: list[list[int]] = []

    def read() -> None:
        while not done.is_set():
            seen.append([seq for seq, _ in log_of(session)])

    def talk() -> None:
        try:
            at_once([lambda talker=talker: say(session, f"{talker}") for talker in range(TALKERS)])  # type: ignore[misc]
        finally:
            done.set()

    at_once([read, talk])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in seen)


def test_one_message_from_two_connections_at_once_is_kept_once() -> None:
    for number in range(ROUNDS):
        session = make_conversation()
        outcomes = at_once([lambda session=session: say(session, "same")] * 4)  # type: ignore[misc]

        assert sorted(outcome.is_new for outcome in outcomes) == [False, False, False, True], number
        assert {outcome.event["seq"] for outcome in outcomes} == {1}
        assert len(log_of(session)) == 1


def test_nothing_is_said_behind_the_end() -> None:
    for number in range(ROUNDS):
        session = make_conversation()

        def end(session: CounselSession = session) -> None:
            end_session(session.pk, reason=EndReason.CUSTOMER, actor_id=session.customer_id)

        talkers = [lambda session=session, n=n: say(session, f"{n}") for n in range(TALKERS)]  # type: ignore[misc]
        outcomes = at_once([*talkers[:4], end, *talkers[4:]])

        log = log_of(session)
        assert log[-1][1] == EntryType.ENDED, number
        assert [seq for seq, _ in log] == list(range(1, len(log) + 1))
        refused = [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
        assert len(refused) == TALKERS + 1 - len(log)
        assert {outcome.code for outcome in refused} <= {"session_state"}
