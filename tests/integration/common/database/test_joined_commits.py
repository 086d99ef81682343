"""Writes of one moment in one transaction: what each caller is told, and what the database has."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from apps.common.database import joined_commits
from apps.common.database.joined_commits import ATTEMPTS, JoinedCommits, OutcomeUnknown, _Submitted
from apps.common.database.threads import in_database_thread
from apps.common.errors import NotFound, ServiceUnavailable
from apps.common.models import OutboxMessage
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

Make = Callable[..., JoinedCommits[int, int]]
Handler = Callable[[list[int]], Sequence[int | Exception]]


def write(items: list[int]) -> list[int | Exception]:
    """Write a row an item, with the item as its key."""
    OutboxMessage.objects.bulk_create(OutboxMessage(id=item, task="test") for item in items)
    return [*items]


def written() -> list[int]:
    return list(OutboxMessage.objects.order_by("id").values_list("id", flat=True))


class Watched:
    """A handler that notes its batches, and lets the first one go only when the test says so."""

    def __init__(self, handler: Handler = write) -> None:
        self.handler = handler
        self.batches: list[list[int]] = []
        self.entered = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, items: list[int]) -> Sequence[int | Exception]:
        self.batches.append(items)
        self.entered.set()
        assert self.go_on.wait(LONGEST_SECONDS)
        return self.handler(items)


@pytest.fixture
def writers() -> Iterator[Make]:
    made: list[JoinedCommits[int, int]] = []

    def make(handler: Handler, **options: int) -> JoinedCommits[int, int]:
        made.append(JoinedCommits(handler, name="test", **options))
        return made[-1]

    yield make
    for writer in made:
        writer.close()


async def submit_behind_a_first(
    writer: JoinedCommits[int, int], watched: Watched, items: Sequence[int]
) -> list[int | BaseException]:
    """Submit items that have to wait until the item 1 is committed."""
    watched.go_on.clear()
    first = asyncio.create_task(writer.submit(1))
    await asyncio.to_thread(watched.entered.wait, LONGEST_SECONDS)
    others = [asyncio.create_task(writer.submit(item)) for item in items]
    await asyncio.sleep(0)
    watched.go_on.set()
    return await asyncio.gather(first, *others, return_exceptions=True)


async def test_what_gathers_during_a_commit_shares_the_next_one(writers: Make) -> None:
    watched = Watched()

    answers = await submit_behind_a_first(writers(watched, batch_size=30), watched, range(2, 52))

    assert answers == list(range(1, 52))
    assert [len(batch) for batch in watched.batches] == [1, 30, 20]
    assert await in_database_thread(written) == list(range(1, 52))


async def test_nobody_is_answered_before_the_commit(writers: Make) -> None:
    handed_over = threading.Event()
    may_commit = threading.Event()

    def write_and_wait(items: list[int]) -> list[int | Exception]:
        answers = write(items)
        handed_over.set()
        assert may_commit.wait(LONGEST_SECONDS)
        return answers

    answer = asyncio.create_task(writers(write_and_wait).submit(1))
    await asyncio.to_thread(handed_over.wait, LONGEST_SECONDS)
    assert await in_database_thread(written) == []
    assert not answer.done()
    may_commit.set()

    assert await answer == 1
    assert await in_database_thread(written) == [1]


async def test_one_refused_item_is_told_so_and_the_others_are_written(writers: Make) -> None:
    def refuse_the_third(items: list[int]) -> list[int | Exception]:
        write([item for item in items if item != 3])
        return [NotFound() if item == 3 else item for item in items]

    watched = Watched(refuse_the_third)
    answers = await submit_behind_a_first(writers(watched), watched, [2, 3, 4])

    assert isinstance(answers[2], NotFound)
    assert [answers[0], answers[1], answers[3]] == [1, 2, 4]
    assert await in_database_thread(written) == [1, 2, 4]


async def test_one_item_that_breaks_a_constraint_spoils_no_other(writers: Make) -> None:
    await in_database_thread(write, [3])
    watched = Watched()

    answers = await submit_behind_a_first(writers(watched), watched, [2, 3, 4])

    assert isinstance(answers[2], IntegrityError)
    assert [answers[0], answers[1], answers[3]] == [1, 2, 4]
    assert watched.batches == [[1], [2, 3, 4], [2], [3], [4]]
    assert await in_database_thread(written) == [1, 2, 3, 4]


async def test_a_real_deadlock_is_done_again(writers: Make) -> None:
    await in_database_thread(write, [1, 2])
    both_hold_one = threading.Barrier(2)
    attempts = 0

    def lock(first: int, second: int, meet: bool) -> None:
        OutboxMessage.objects.filter(id=first).update(attempts=1)
        if meet:
            both_hold_one.wait(LONGEST_SECONDS)
        OutboxMessage.objects.filter(id=second).update(attempts=1)

    def lock_in_order(items: list[int]) -> list[int | Exception]:
        nonlocal attempts
        attempts += 1
        lock(1, 2, meet=attempts == 1)
        return [*items]

    def lock_in_the_other_order() -> None:
        with transaction.atomic():
            OutboxMessage.objects.bulk_create(OutboxMessage(task="heavier") for _ in range(50))  # the other is given up
            lock(2, 1, meet=True)

    answer, _ = await asyncio.gather(writers(lock_in_order).submit(7), in_database_thread(lock_in_the_other_order))

    assert answer == 7
    assert attempts == 2


async def test_what_stays_locked_is_refused_after_a_bounded_number_of_attempts(
    writers: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined_commits, "PAUSE_SECONDS", 0)

    def stay_locked(items: list[int]) -> list[int | Exception]:
        raise OperationalError(1205, "Lock wait timeout exceeded")

    watched = Watched(stay_locked)
    with pytest.raises(ServiceUnavailable):
        await writers(watched).submit(1)

    assert len(watched.batches) == 1 + ATTEMPTS


async def test_a_batch_of_locked_items_does_not_keep_everybody_waiting(
    writers: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joined_commits, "PATIENCE_SECONDS", -1)

    def lock_batches(items: list[int]) -> list[int | Exception]:
        if len(items) > 1:
            raise OperationalError(1205, "Lock wait timeout exceeded")
        return write(items)

    watched = Watched(lock_batches)
    answers = await submit_behind_a_first(writers(watched), watched, [2, 3])

    assert [type(answer) for answer in answers] == [int, ServiceUnavailable, ServiceUnavailable]
    assert await in_database_thread(written) == [1]


async def test_a_database_that_takes_no_connection_is_not_asked_for_each_item(writers: Make) -> None:
    def reach_nobody(items: list[int]) -> list[int | Exception]:
        raise OperationalError(2003, "Can't connect to MySQL server")

    watched = Watched(reach_nobody)
    answers = await submit_behind_a_first(writers(watched), watched, range(2, 12))

    assert {type(answer) for answer in answers} == {ServiceUnavailable}
    assert [len(batch) for batch in watched.batches] == [1, 10]


def cut_own_connection() -> None:
    """End the current connection at the server, as an operator or a crash does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        (own_id,) = cursor.fetchone()
    killer = connections.create_connection("default")
    with killer.cursor() as cursor:
        cursor.execute("KILL %s", [own_id])
    killer.close()


async def test_a_connection_that_breaks_before_the_commit_is_made_anew(writers: Make) -> None:
    cuts = 1

    def cut_once(items: list[int]) -> list[int | Exception]:
        nonlocal cuts
        if cuts:
            cuts -= 1
            cut_own_connection()
        return write(items)

    assert await writers(cut_once).submit(1) == 1
    assert await in_database_thread(written) == [1]


async def test_a_connection_that_breaks_in_the_commit_leaves_the_outcome_unknown(writers: Make) -> None:
    def cut_at_the_end(items: list[int]) -> list[int | Exception]:
        answers = write(items)
        cut_own_connection()
        return answers

    watched = Watched(cut_at_the_end)
    writer = writers(watched)

    with pytest.raises(OutcomeUnknown):
        await writer.submit(1)

    assert watched.batches == [[1]], "what may have been committed must not be done again"
    watched.handler = write
    assert await writer.submit(2) == 2


async def test_a_hook_that_fails_after_the_commit_does_not_undo_the_answer(
    writers: Make, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise OperationalError(1213, "of the hook")

    def write_with_a_hook(items: list[int]) -> list[int | Exception]:
        transaction.on_commit(fail)
        return write(items)

    watched = Watched(write_with_a_hook)

    assert await writers(watched).submit(1) == 1
    assert watched.batches == [[1]]
    assert "a hook after the commit failed" in caplog.text


async def test_a_crowd_that_the_database_cannot_follow_is_turned_away(writers: Make) -> None:
    watched = Watched()
    watched.go_on.clear()
    writer = writers(watched, max_waiting=2)
    first = asyncio.create_task(writer.submit(1))
    await asyncio.to_thread(watched.entered.wait, LONGEST_SECONDS)
    others = [asyncio.create_task(writer.submit(item)) for item in (2, 3)]
    await asyncio.sleep(0)

    with pytest.raises(ServiceUnavailable):
        await asyncio.wait_for(writer.submit(4), timeout=LONGEST_SECONDS)

    watched.go_on.set()
    assert await asyncio.gather(first, *others) == [1, 2, 3]


async def test_what_nobody_waits_for_any_more_is_not_written(writers: Make) -> None:
    watched = Watched()
    watched.go_on.clear()
    writer = writers(watched)
    first = asyncio.create_task(writer.submit(1))
    await asyncio.to_thread(watched.entered.wait, LONGEST_SECONDS)
    given_up, other = asyncio.create_task(writer.submit(2)), asyncio.create_task(writer.submit(3))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    watched.go_on.set()

    assert await asyncio.gather(first, other) == [1, 3]
    assert await in_database_thread(written) == [1, 3]


async def test_a_batch_that_nobody_waits_for_is_not_begun(writers: Make) -> None:
    watched = Watched()
    watched.go_on.clear()
    writer = writers(watched)
    first = asyncio.create_task(writer.submit(1))
    await asyncio.to_thread(watched.entered.wait, LONGEST_SECONDS)
    given_up = asyncio.create_task(writer.submit(2))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    watched.go_on.set()
    await first

    assert await writer.submit(3) == 3
    assert watched.batches == [[1], [3]]


async def test_closing_commits_what_waits_and_a_later_item_starts_anew(writers: Make) -> None:
    writer = writers(write)
    waiting = [asyncio.create_task(writer.submit(item)) for item in range(1, 11)]
    await asyncio.sleep(0)

    await asyncio.to_thread(writer.close)

    assert await asyncio.gather(*waiting) == list(range(1, 11))
    assert await writer.submit(11) == 11
    assert await in_database_thread(written) == list(range(1, 12))


async def test_closing_does_not_wait_for_ever_for_what_came_as_the_thread_was_ending(writers: Make) -> None:
    writer = writers(write)
    assert await writer.submit(1) == 1
    loop = asyncio.get_running_loop()
    late = _Submitted(2, loop.create_future(), loop)

    class ComesAsTheThreadEnds(deque[_Submitted[int, int]]):
        """Is empty when the thread has done all, and has one more item right behind."""

        def __len__(self) -> int:
            length = super().__len__()
            if length == 0 and writer._stopping and not late.answer.done() and not came:
                came.append(late)
                self.append(late)
            return length

    came: list[object] = []
    writer._waiting = ComesAsTheThreadEnds()
    closing = threading.Thread(target=writer.close, daemon=True)
    closing.start()

    assert await asyncio.wait_for(late.answer, LONGEST_SECONDS) == 2
    await asyncio.to_thread(closing.join, LONGEST_SECONDS)
    assert not closing.is_alive()


async def test_a_reader_whose_connection_was_lost_reads_again(writers: Make) -> None:
    losses = [1]

    def read(items: list[int]) -> list[int | Exception]:
        with connection.cursor() as cursor:
            if losses:
                losses.pop()
                cursor.execute("KILL CONNECTION_ID()")
            cursor.execute("SELECT 1")
        return [*items]

    reader = writers(read, writes=False)

    assert await reader.submit(7) == 7
    assert losses == []


async def test_what_gathers_first_is_done_together(writers: Make) -> None:
    handler = Watched()
    writer = writers(handler, gather_seconds=0.5)

    answers = [asyncio.ensure_future(writer.submit(item)) for item in range(1, 6)]
    await asyncio.gather(*answers)

    assert sorted(item for batch in handler.batches for item in batch) == [1, 2, 3, 4, 5]
    assert len(handler.batches) <= 2


async def test_closing_waits_for_no_gathering(writers: Make) -> None:
    writer = writers(Watched(), gather_seconds=LONGEST_SECONDS)
    answer = asyncio.ensure_future(writer.submit(1))
    await asyncio.sleep(0)

    await asyncio.to_thread(writer.close)

    assert await answer == 1
