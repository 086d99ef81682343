"""Many match at once: read-then-write shows the race first, then the script shows that it has none."""

from __future__ import annotations

import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from apps.common.redis import sync_redis
from apps.counseling.routing import keys, store
from apps.counseling.routing.answers import KnownCounselor, Match, OpenSession, Stage
from apps.counseling.states import CounselorState
from tests.conftest import forget_everything
from tests.integration.counseling.routing.centre import CARDS, State, audit
from tests.lua_guards import cut_out
from tests.waiting import LONGEST_SECONDS

MATCHERS = 8
COUNSELORS = 20
CAPACITY = 3
WAITING = 100
ROUNDS = 5

READY_CHECK = """if is_ready(keys) then
  return { "THERE" }
end
"""
HOLDER_CHECK = """if not session or session.counselor ~= counselor_id then
  return { "RELEASED", 0, workload(counselor) }
end
"""


def open_centre(*, waiting: int = WAITING, counselors: int = COUNSELORS) -> bool:
    """All at once READY, and a crowd that waits."""
    return store.rebuild(
        [OpenSession(number, CARDS, number, Stage.LINE) for number in range(1, waiting + 1)],
        [
            KnownCounselor(number, CounselorState.READY, CAPACITY, (CARDS,), number)
            for number in range(1, counselors + 1)
        ],
        epoch="first",
        offer_seconds=20,
        grace_seconds=60,
    )


@pytest.fixture(autouse=True)
def _centre() -> Iterator[None]:
    open_centre()
    yield
    forget_everything()


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start every call in a thread of its own in the same moment; return the results in their order."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def match_all() -> list[Match]:
    """Match one by one until nobody is free or nobody waits."""
    found: list[Match] = []
    while matches := store.match([CARDS], limit=1):
        found += matches
    return found


class ReadThenWrite:
    """Matching without a script, as it is often written: look who is first and who is free, then write it down.

    Everybody has looked before anybody writes, which is what happens to a crowd now and then.
    """

    def __init__(self, matchers: int) -> None:
        self._all_have_looked = threading.Barrier(matchers)

    def match(self) -> tuple[int, int]:
        redis = sync_redis()
        session = redis.zrange(keys.LINE, 0, 0)[0]
        counselor = redis.zrange(keys.FREE, 0, 0)[0]
        self._all_have_looked.wait()
        redis.zrem(keys.LINE, session)
        return int(session[-15:]), int(counselor[-12:])


def test_read_then_write_gives_one_customer_to_many_and_a_counselor_too_many() -> None:
    naive = ReadThenWrite(MATCHERS)

    pairs = at_once([naive.match] * MATCHERS)

    assert max(Counter(session for session, _ in pairs).values()) == MATCHERS
    assert max(Counter(counselor for _, counselor in pairs).values()) > CAPACITY


def test_nobody_is_matched_twice_and_no_capacity_is_exceeded_by_many_threads() -> None:
    matches = [match for found in at_once([match_all] * MATCHERS) for match in found]

    assert len(matches) == COUNSELORS * CAPACITY
    assert max(Counter(match.session_id for match in matches).values()) == 1
    assert set(Counter(match.counselor_id for match in matches).values()) == {CAPACITY}
    assert {match.session_id for match in matches} == set(range(1, COUNSELORS * CAPACITY + 1))
    audit()


def _match_in_another_process(start: Any, found: Any) -> None:
    forget_everything()
    start.wait()
    found.put([tuple(match) for match in match_all()])


def test_nobody_is_matched_twice_by_many_processes() -> None:
    context = multiprocessing.get_context("fork")
    start, found = context.Event(), context.Queue()
    processes = [context.Process(target=_match_in_another_process, args=(start, found)) for _ in range(4)]
    for process in processes:
        process.start()
    start.set()
    matches = [Match(*pair) for _ in processes for pair in found.get(timeout=LONGEST_SECONDS)]
    for process in processes:
        process.join(timeout=LONGEST_SECONDS)

    assert len(matches) == COUNSELORS * CAPACITY
    assert max(Counter(match.session_id for match in matches).values()) == 1
    assert max(Counter(match.counselor_id for match in matches).values()) == CAPACITY
    audit()


def test_matches_ends_and_pauses_at_once_lose_nobody() -> None:
    gone: list[int] = []

    def match_and_end() -> None:
        for match in match_all():
            store.settle([match])
            if store.release(match.session_id, match.counselor_id, after_call_seconds=0).released:
                gone.append(match.session_id)
            match_all_and_give_back()

    def match_all_and_give_back() -> None:
        for match in store.match([CARDS], limit=2):
            store.give_back(match.session_id, match.counselor_id, lease=match.lease)

    def pause_and_return() -> None:
        for number in range(1, COUNSELORS + 1):
            for state in (CounselorState.ONLINE, CounselorState.READY):
                store.change_state(number, state, reason="test", capacity=CAPACITY, skills=[CARDS])

    at_once([match_and_end, match_and_end, match_all_and_give_back, pause_and_return])

    audit()
    assert len(gone) == len(set(gone))
    assert set(gone) | set(State.read().sessions) == set(range(1, WAITING + 1))
    assert not set(gone) & set(State.read().sessions)


def test_one_end_from_two_sides_makes_one_place_free() -> None:
    for _ in range(ROUNDS):
        (match,) = store.match([CARDS], limit=1)
        before = State.read().counselors[match.counselor_id].load

        answers = at_once(
            [lambda m=match: store.release(m.session_id, m.counselor_id, after_call_seconds=0).released] * 4
        )

        assert answers.count(True) == 1
        assert State.read().counselors[match.counselor_id].load == before - 1


def test_without_the_guard_a_late_end_takes_the_session_from_its_new_counselor(monkeypatch: pytest.MonkeyPatch) -> None:
    cut_out(monkeypatch, store.release, HOLDER_CHECK)
    (match,) = store.match([CARDS], limit=1)
    store.give_back(match.session_id, match.counselor_id)
    (again,) = store.match([CARDS], limit=1)
    assert again.session_id == match.session_id
    assert again.counselor_id != match.counselor_id

    store.release(match.session_id, match.counselor_id, after_call_seconds=0)

    with pytest.raises(AssertionError):
        audit()


def test_an_offer_that_is_taken_as_it_lapses_is_taken_or_returned_and_not_both() -> None:
    for _ in range(ROUNDS):
        matches = store.match([CARDS], limit=1)
        store.settle(matches, offer_seconds=20)
        session, counselor = matches[0].session_id, matches[0].counselor_id

        taken, returned = at_once(
            [
                lambda s=session, c=counselor: store.take_offer(s, c),
                lambda s=session, c=counselor: store.give_back(s, c, missed=True).returned,
            ]
        )

        assert taken != returned
        assert (store.positions([session])[0].stage == Stage.TALKING) == taken  # type: ignore[union-attr]


def test_of_many_rebuilds_at_once_one_counts() -> None:
    sync_redis().flushall()

    assert at_once([open_centre] * 8).count(True) == 1
    audit()


def test_without_the_guard_a_second_rebuild_takes_everybody_from_their_counselors(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cut_out(monkeypatch, store.rebuild, READY_CHECK)
    match_all()

    open_centre()

    assert all(view.load == 0 for view in store.team())
