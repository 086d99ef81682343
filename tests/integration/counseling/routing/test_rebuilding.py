"""Redis comes back empty: the database gives the same line, the same positions, loads and states."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings
from pytest_django import DjangoCaptureOnCommitCallbacks

from apps.accounts.models import User
from apps.common.clock import database_now
from apps.common.redis import sync_redis
from apps.counseling.errors import RoutingNotReady
from apps.counseling.models import Category, CounselorProfile, CounselorStateEvent, CounselSession
from apps.counseling.routing import changes, store
from apps.counseling.routing.answers import CounselorView, QueuePosition, Stage
from apps.counseling.routing.places import place_of
from apps.counseling.services.rebuild_routing import awith_routing, ensure_routing, put_right, with_routing
from apps.counseling.states import CounselorState, Priority, SessionStatus
from tests.counseling_factories import make_category, make_counselor, make_session
from tests.factories import make_user
from tests.integration.counseling.routing.centre import audit
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db

OFFLINE, ONLINE, READY = CounselorState.OFFLINE, CounselorState.ONLINE, CounselorState.READY
BUSY, AFTER_CALL = CounselorState.BUSY, CounselorState.AFTER_CALL


def lose_redis() -> None:
    sync_redis().flushall()


def work(counselor: User, *states: CounselorState) -> None:
    """The counselor goes through these states."""
    profile = CounselorProfile.objects.get(pk=counselor.pk)
    skills = list(profile.skills.values_list("pk", flat=True))
    for state in states:
        store.change_state(counselor.pk, state, reason="test", capacity=profile.capacity, skills=skills)


def copy_history() -> None:
    """What the drain of the stream does every second."""
    entries = changes.read_changes()
    CounselorStateEvent.objects.bulk_create(
        CounselorStateEvent(
            change_id=entry.change_id,
            counselor_id=entry.counselor_id,
            from_state=entry.from_state,
            to_state=entry.to_state,
            reason=entry.reason,
            load=entry.load,
            happened_at=datetime.fromtimestamp(entry.at_us / 1e6, UTC),
        )
        for entry in entries
    )
    changes.forget_changes(entries)


def enqueue(session: CounselSession) -> None:
    place = place_of(session.requested_at, session.priority)
    store.enqueue(
        session.pk, category_id=session.category_id, place=place, wanted_counselor_id=session.wanted_counselor_id
    )


def answer(*category_ids: int, offer_seconds: float = 0) -> None:
    """Match, and record it as the service does."""
    matches = store.match(category_ids)
    status = SessionStatus.OFFERED if offer_seconds else SessionStatus.IN_PROGRESS
    for match in matches:
        CounselSession.objects.filter(pk=match.session_id).update(status=status, counselor=match.counselor_id)
    assert all(store.settle(matches, offer_seconds=offer_seconds))


def seen_by(sessions: Sequence[CounselSession]) -> tuple[list[QueuePosition | None], list[tuple[object, ...]]]:
    """Positions without estimates, and the team without the time since when it idles."""
    positions = [
        queue_position and queue_position._replace(eta_seconds=None)
        for queue_position in store.positions([row.pk for row in sessions])
    ]
    return positions, [_without_times(view) for view in store.team()]


def _without_times(view: CounselorView) -> tuple[object, ...]:
    return (view.counselor_id, view.state, view.capacity, view.category_ids, sorted(view.session_ids))


@pytest.fixture
def cards() -> Category:
    return make_category()


@pytest.fixture
def refunds() -> Category:
    return make_category()


def test_without_routing_nothing_is_done_and_nobody_is_matched(cards: Category) -> None:
    for call in (
        lambda: store.enqueue(1, category_id=cards.pk, place=1),
        lambda: store.leave(1),
        lambda: store.match([cards.pk]),
        lambda: store.settle([]),
        lambda: store.take_offer(1, 2),
        lambda: store.give_back(1, 2),
        lambda: store.release(1, 2, after_call_seconds=0),
        lambda: store.force_assign(1, 2, category_id=cards.pk, place=1),
        lambda: store.change_state(2, ONLINE, reason="test", capacity=1, skills=[]),
        lambda: store.change_profile(2, capacity=1, skills=[]),
        lambda: store.seen([2], grace_seconds=1),
        lambda: store.positions([1]),
        lambda: store.waiting([cards.pk]),
        store.team,
        store.due,
        lambda: store.put_right(1, None, offer_seconds=1),
    ):
        with pytest.raises(RoutingNotReady):
            call()
    assert sync_redis().dbsize() == 0


def test_a_rebuild_gives_the_same_line_loads_and_states(cards: Category, refunds: Category) -> None:
    ensure_routing()
    ann, bob, cat, dan, eve = (
        make_counselor(cards, capacity=2),
        make_counselor(cards, refunds, capacity=3),
        make_counselor(refunds),
        make_counselor(cards),
        make_counselor(cards),
    )
    now = database_now()
    sessions = [
        make_session(
            [cards, refunds][number % 2],
            priority=list(Priority)[number % 3],
            requested_at=now - timedelta(seconds=37 * number % 700),
        )
        for number in range(12)
    ]
    wanting = make_session(refunds, wanted=cat)
    for person in (ann, bob, cat):
        work(person, ONLINE, READY)
    work(cat, ONLINE)
    work(dan, ONLINE)
    work(eve, ONLINE, OFFLINE)
    for session in (*sessions, wanting):
        enqueue(session)
    answer(cards.pk, refunds.pk)
    work(bob, AFTER_CALL)
    copy_history()
    before = seen_by([*sessions, wanting])

    lose_redis()
    assert ensure_routing()

    assert seen_by([*sessions, wanting]) == before
    assert {view.state for view in store.team()} == {BUSY, AFTER_CALL, ONLINE}
    audit()


def test_whoever_waited_for_a_counselor_still_does(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards)
    session = make_session(cards, wanted=ann)
    work(ann, ONLINE)
    enqueue(session)
    copy_history()
    bob = make_counselor(cards)

    lose_redis()
    ensure_routing()
    work(bob, ONLINE, READY)

    assert store.match([cards.pk]) == []
    work(ann, READY)
    assert [match.counselor_id for match in store.match([cards.pk])] == [ann.pk]


def test_an_offer_is_there_again_for_its_full_time(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards, capacity=1)
    session = make_session(cards)
    work(ann, ONLINE, READY)
    enqueue(session)
    answer(cards.pk, offer_seconds=20)
    copy_history()

    lose_redis()
    ensure_routing()

    assert store.team()[0].state == BUSY
    assert store.take_offer(session.pk, ann.pk)


def test_after_call_work_keeps_the_limit_that_it_had(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards)
    work(ann, ONLINE, READY)
    change = store.change_state(ann.pk, AFTER_CALL, reason="test", capacity=3, skills=[cards.pk])
    copy_history()

    lose_redis()
    ensure_routing()

    assert store.team()[0].after_call_until == pytest.approx(change.after_call_until, abs=0.001)


def test_who_does_not_come_back_after_a_rebuild_is_lost_after_the_time_of_grace(cards: Category) -> None:
    ensure_routing()
    ann, bob = make_counselor(cards), make_counselor(cards)
    for person in (ann, bob):
        work(person, ONLINE, READY)
    copy_history()

    with override_settings(COUNSEL_GRACE_SECONDS=0):
        lose_redis()
        ensure_routing()
    store.seen([bob.pk], grace_seconds=60)

    assert store.due().lost == (ann.pk,)


def test_a_session_of_somebody_offline_stays_with_them_until_they_are_lost(cards: Category) -> None:
    ann = make_counselor(cards)
    session = make_session(cards, status=SessionStatus.IN_PROGRESS, counselor=ann)

    with override_settings(COUNSEL_GRACE_SECONDS=0):
        ensure_routing()

    assert store.due().lost == (ann.pk,)
    assert store.give_back(session.pk, ann.pk, talking=True).returned
    assert store.team() == []


def test_a_counselor_who_was_deactivated_does_not_come_back(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards)
    work(ann, ONLINE, READY)
    copy_history()
    CounselorProfile.objects.filter(pk=ann.pk).update(is_active=False)

    lose_redis()
    ensure_routing()

    assert store.team() == []


def test_what_a_supervisor_without_a_profile_has_is_not_matched_to_anybody(cards: Category) -> None:
    session = make_session(cards, status=SessionStatus.IN_PROGRESS, counselor=make_user())

    ensure_routing()

    assert store.positions([session.pk]) == [None]


def test_a_change_that_the_rebuild_makes_is_in_the_history(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards, capacity=1)
    work(ann, ONLINE, READY)
    copy_history()
    make_session(cards, status=SessionStatus.IN_PROGRESS, counselor=ann)

    lose_redis()
    ensure_routing()

    (change,) = changes.read_changes()
    assert (change.from_state, change.to_state, change.reason) == (READY, BUSY, "rebuilt")


def test_sessions_that_have_ended_do_not_come_back(cards: Category) -> None:
    ended = make_session(cards, status=SessionStatus.ENDED, counselor=make_counselor(cards))
    abandoned = make_session(cards, status=SessionStatus.ABANDONED)

    ensure_routing()

    assert store.positions([ended.pk, abandoned.pk]) == [None, None]


def test_leases_after_a_rebuild_are_newer_than_all_before(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards)
    session = make_session(cards)
    work(ann, ONLINE, READY)
    enqueue(session)
    early = store.match([cards.pk])
    copy_history()

    lose_redis()
    ensure_routing()
    late = store.match([cards.pk])

    assert late[0].lease > early[0].lease
    assert store.settle(early) == [False]


def test_a_rebuild_of_what_is_there_changes_nothing(cards: Category) -> None:
    ensure_routing()
    session = make_session(cards)
    enqueue(session)

    assert not ensure_routing()
    assert store.waiting([cards.pk]) == {cards.pk: 1}


def test_a_call_that_finds_routing_missing_brings_it_back_and_is_done(cards: Category) -> None:
    session = make_session(cards)

    assert with_routing(lambda: store.waiting([cards.pk])) == {cards.pk: 1}
    assert store.positions([session.pk])[0] is not None


@pytest.mark.django_db(transaction=True)
async def test_a_call_from_the_event_loop_brings_routing_back_too() -> None:
    assert await awith_routing(lambda: store.numbers_waiting.arun([1])) == [0]


def test_a_session_is_put_where_the_database_has_it(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards)
    work(ann, ONLINE, READY)
    session = make_session(cards)
    enqueue(session)
    CounselSession.objects.filter(pk=session.pk).update(status=SessionStatus.IN_PROGRESS, counselor=ann)

    assert put_right(session.pk)
    assert not put_right(session.pk)

    assert store.positions([session.pk]) == [QueuePosition(Stage.TALKING, 0, None, ann.pk)]
    assert store.team()[0].load == 1
    audit()


def test_a_session_that_was_given_to_another_is_put_right(cards: Category) -> None:
    ensure_routing()
    ann, bob = make_counselor(cards), make_counselor(cards)
    work(ann, ONLINE, READY)
    session = make_session(cards)
    enqueue(session)
    answer(cards.pk)
    CounselSession.objects.filter(pk=session.pk).update(counselor=bob)

    put_right(session.pk)

    assert {view.counselor_id: view.load for view in store.team()} == {ann.pk: 0, bob.pk: 1}
    assert store.due().lost == (bob.pk,)  # who is not at work: the session goes to another
    audit()


def test_a_session_that_the_database_has_ended_is_gone(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards, capacity=1)
    work(ann, ONLINE, READY)
    session = make_session(cards)
    enqueue(session)
    answer(cards.pk)
    CounselSession.objects.filter(pk=session.pk).update(status=SessionStatus.ENDED, is_open=None)

    assert put_right(session.pk)

    assert store.positions([session.pk]) == [None]
    assert store.team()[0].state == READY


def test_a_match_that_is_about_to_commit_is_left_alone(cards: Category) -> None:
    ensure_routing()
    ann = make_counselor(cards)
    work(ann, ONLINE, READY)
    session = make_session(cards)
    enqueue(session)
    matches = store.match([cards.pk])

    assert not put_right(session.pk)
    assert store.settle(matches) == [True]


def test_a_match_whose_process_died_before_its_commit_is_put_back_in_line(
    cards: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    ensure_routing()
    ann = make_counselor(cards)
    work(ann, ONLINE, READY)
    session = make_session(cards)
    enqueue(session)
    monkeypatch.setattr(store, "LEASE_SECONDS", 0)
    matches = store.match([cards.pk])
    assert store.due().leases == ((session.pk, ann.pk),)

    assert put_right(session.pk)

    assert store.settle(matches) == [False]
    assert store.waiting([cards.pk]) == {cards.pk: 1}
    audit()


def test_the_counselors_are_told_their_states_after_a_rebuild(
    cards: Category, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    ensure_routing()
    ann = make_counselor(cards)
    work(ann, ONLINE, READY)
    copy_history()
    lose_redis()
    with sync_redis().pubsub(ignore_subscribe_messages=True) as listener:
        listener.subscribe(f"topic:counselors/{ann.pk}")
        listener.get_message(timeout=LONGEST_SECONDS)
        with django_capture_on_commit_callbacks(execute=True):
            ensure_routing()
        message = listener.get_message(timeout=LONGEST_SECONDS)

    assert message is not None
    assert b'"READY"' in message["data"]
