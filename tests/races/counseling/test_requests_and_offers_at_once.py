"""Requests, offers and ends of one conversation at the same moment: each has one outcome, and loads agree with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from apps.common.errors import DomainError
from apps.common.redis import sync_redis
from apps.counseling.models import CounselAssignment, CounselLog, CounselMessage, CounselorStateEvent, CounselSession
from apps.counseling.routing import store
from apps.counseling.routing.answers import Match
from apps.counseling.routing.places import place_of
from apps.counseling.services import request_session as requesting
from apps.counseling.services import run_matches as matching
from apps.counseling.services import state_changes
from apps.counseling.services.end_session import end_session
from apps.counseling.services.leave_line import leave_line
from apps.counseling.services.offers import accept_offer, lapse_offers
from apps.counseling.services.rebuild_routing import ensure_routing, put_right
from apps.counseling.services.request_session import request_session
from apps.counseling.services.sweep_routing import sweep_routing
from apps.counseling.states import CounselorState, EndReason, EntryType, Priority
from tests.counseling_factories import make_category, make_session
from tests.factories import make_user
from tests.faults.counseling.centre import ask, assert_nobody_is_forgotten, come_to_work, keep_promises, status_of
from tests.lua_clock import LuaClock, put_under_clock
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Let calls begin together; what one is refused with is its result."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            barrier.wait(LONGEST_SECONDS)
            return call()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def test_one_request_from_many_tabs_is_one_session() -> None:
    category, customer = make_category(), make_user()

    asked = at_once([lambda: request_session(customer.pk, category_id=category.pk, request_id="r1")] * 6)

    assert len({requested.session.pk for requested in asked}) == 1
    assert sum(requested.is_new for requested in asked) >= 1
    assert CounselSession.objects.count() == 1
    assert store.waiting([category.pk]) == {category.pk: 1}
    assert_nobody_is_forgotten()


def test_a_request_that_another_tab_overtakes_finds_that_ones_session(monkeypatch: pytest.MonkeyPatch) -> None:
    category, customer = make_category(), make_user()
    create = requesting._create

    def be_overtaken(*arguments: Any) -> CounselSession:
        monkeypatch.setattr(requesting, "_create", create)
        request_session(customer.pk, category_id=category.pk)
        return create(*arguments)

    monkeypatch.setattr(requesting, "_create", be_overtaken)
    requested = request_session(customer.pk, category_id=category.pk)

    assert requested.session == CounselSession.objects.get()
    assert_nobody_is_forgotten()


def test_many_requests_and_several_sweeps_at_once_give_everybody_one_counselor() -> None:
    category = make_category()
    counselors = [come_to_work(category, capacity=2) for _ in range(3)]
    customers = [make_user() for _ in range(8)]
    requests = [
        lambda customer=customer: request_session(customer.pk, category_id=category.pk) for customer in customers
    ]

    at_once([*requests, sweep_routing, sweep_routing])
    sweep_routing()

    assert CounselSession.objects.filter(status="IN_PROGRESS").count() == 6
    assert store.waiting([category.pk]) == {category.pk: 2}
    assert [view.load for view in store.team([counselor.pk for counselor in counselors])] == [2, 2, 2]
    assert CounselAssignment.objects.count() == 6
    assert_nobody_is_forgotten()


@pytest.mark.parametrize("_again", range(3))
def test_an_offer_that_is_accepted_as_it_lapses_is_the_counselors_or_waits(settings: Settings, _again: int) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = False
    category = make_category()
    counselor = come_to_work(category, capacity=2)
    session = ask(category)

    at_once(
        [
            lambda: accept_offer(session.pk, counselor_id=counselor.pk),
            lambda: lapse_offers([(session.pk, counselor.pk)]),
        ]
    )

    assert status_of(session) in ("IN_PROGRESS", "OFFERED")  # lapsed, it is offered again to the only one there is
    assert CounselMessage.objects.filter(type=EntryType.ACCEPTED).count() == (status_of(session) == "IN_PROGRESS")
    assert_nobody_is_forgotten()


@pytest.mark.parametrize("_again", range(3))
def test_who_leaves_as_the_offer_is_accepted_has_left_or_talks(settings: Settings, _again: int) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = False
    category = make_category()
    counselor = come_to_work(category)
    session = ask(category)

    left, accepted = at_once(
        [
            lambda: leave_line(session.pk, customer_id=session.customer_id),
            lambda: accept_offer(session.pk, counselor_id=counselor.pk),
        ]
    )

    assert isinstance(left, DomainError) != isinstance(accepted, DomainError)
    assert status_of(session) == ("IN_PROGRESS" if isinstance(left, DomainError) else "ABANDONED")
    keep_promises()
    assert_nobody_is_forgotten()


def test_ends_from_both_sides_write_one_log_and_give_one_place_back() -> None:
    category = make_category()
    counselor = come_to_work(category, capacity=2)
    ended, other = ask(category), ask(category)

    at_once(
        [
            lambda: end_session(ended.pk, reason=EndReason.CUSTOMER, actor_id=ended.customer_id),
            lambda: end_session(ended.pk, reason=EndReason.COUNSELOR, actor_id=counselor.pk),
        ]
        * 2
    )

    assert CounselLog.objects.count() == 1
    assert CounselMessage.objects.filter(session=ended, type=EntryType.ENDED).count() == 1
    assert [view.session_ids for view in store.team()] == [(other.pk,)]
    assert_nobody_is_forgotten()


def test_changes_of_state_that_two_copy_at_once_are_in_the_history_once(monkeypatch: pytest.MonkeyPatch) -> None:
    category = make_category()
    come_to_work(category)
    before = CounselorStateEvent.objects.count()
    ask(category)  # READY becomes BUSY
    assert CounselorStateEvent.objects.count() == before + 1
    with monkeypatch.context() as forgetful:  # a process that dies between its commit and forgetting
        forgetful.setattr(state_changes, "forget_changes", lambda changes: None)
        come_to_work(category)
    at_once([state_changes.drain_state_changes] * 4)

    changes = list(CounselorStateEvent.objects.values_list("change_id", flat=True))
    assert len(changes) == len(set(changes)) == before + 1 + 2


def test_a_process_that_sleeps_over_its_lease_takes_no_place_that_is_anothers_by_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ensure_routing()
    put_under_clock(monkeypatch, store)
    clock = LuaClock(sync_redis())
    category = make_category()
    slept_over = ask(category)
    counselor = come_to_work(category, ready=False)
    store.change_state(counselor.pk, CounselorState.READY, reason="test", capacity=1, skills=[category.pk])
    commit = matching.commit_matches
    urgent: list[CounselSession] = []

    def oversleep(matches: Sequence[Match]) -> list[Match]:
        clock.advance(store.LEASE_SECONDS + 1)
        put_right(slept_over.pk)
        session = make_session(category, priority=Priority.URGENT)
        place = place_of(session.requested_at, session.priority)
        store.enqueue(session.pk, category_id=category.pk, place=place)
        others = store.match([category.pk])
        assert [match.session_id for match in others] == [session.pk]
        assert store.settle(commit(others)) == [True]
        urgent.append(session)
        return commit(matches)

    monkeypatch.setattr(matching, "commit_matches", oversleep)
    matching.run_matches([category.pk])

    assert (status_of(slept_over), status_of(urgent[0])) == ("WAITING", "IN_PROGRESS")
    assert [view.session_ids for view in store.team()] == [(urgent[0].pk,)]
    assert_nobody_is_forgotten()
