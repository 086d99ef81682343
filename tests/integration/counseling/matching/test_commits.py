"""Matches of one moment: one transaction of a bounded number of statements, and what happens where it fails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from apps.counseling.models import Category, CounselAssignment, CounselorProfile, CounselSession
from apps.counseling.routing import store
from apps.counseling.routing.answers import Match
from apps.counseling.services import run_matches as matching
from apps.counseling.services.counselor_states import change_counselor_state, change_profile
from apps.counseling.services.end_session import end_session
from apps.counseling.services.leave_line import leave_line
from apps.counseling.services.offers import lapse_offers
from apps.counseling.services.sweep_routing import sweep_routing
from apps.counseling.states import CounselorState, EndReason, SessionStatus
from tests.counseling_factories import make_category
from tests.faults.counseling.centre import ask, assert_nobody_is_forgotten, come_to_work, position_of, status_of

pytestmark = pytest.mark.django_db(transaction=True)

DEADLOCK = 1213


@pytest.fixture
def cards() -> Category:
    return make_category()


def matched_without_a_commit(category: Category, count: int) -> list[Match]:
    """Pairs that routing has made, and nobody has kept yet."""
    for _ in range(count):
        ask(category)
    counselor = come_to_work(category, ready=False, capacity=count)
    skills = [category.pk]
    store.change_state(counselor.pk, CounselorState.READY, reason="test", capacity=count, skills=skills)
    return store.match([category.pk])


@pytest.mark.parametrize("automatically", [True, False])
def test_many_matches_cost_as_many_statements_as_one(cards: Category, settings: Settings, automatically: bool) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = automatically
    one, many = matched_without_a_commit(cards, 1), matched_without_a_commit(make_category(), 20)
    with CaptureQueriesContext(
        connection,
    ) as of_one:
        assert matching.commit_matches(one) == one
    with CaptureQueriesContext(connection) as of_many:
        assert matching.commit_matches(many) == many

    assert len(of_many) == len(of_one)


def test_a_match_of_somebody_who_has_left_is_not_kept_and_frees_the_counselor(
    cards: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = ask(cards)
    commit = matching.commit_matches

    def leave_first(matches: Sequence[Match]) -> list[Match]:
        CounselSession.objects.filter(pk=session.pk).update(status=SessionStatus.ABANDONED, is_open=None)
        return commit(matches)

    monkeypatch.setattr(matching, "commit_matches", leave_first)
    come_to_work(cards)

    assert [(counselor.state, counselor.load) for counselor in store.team()] == [(CounselorState.READY, 0)]
    assert not CounselAssignment.objects.exists()
    assert_nobody_is_forgotten()


def test_a_deadlock_is_tried_again(cards: Category, monkeypatch: pytest.MonkeyPatch) -> None:
    session = ask(cards)
    fail_once(monkeypatch, OperationalError(DEADLOCK, "deadlock"))

    come_to_work(cards)

    assert status_of(session) == "IN_PROGRESS"
    assert_nobody_is_forgotten()


def test_a_match_that_cannot_be_kept_keeps_nobody_from_the_next_one(
    cards: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = ask(cards)
    fail_once(monkeypatch, OperationalError(2013, "lost connection"))
    come_to_work(cards)
    assert status_of(broken) == "WAITING"

    other = make_category()
    session = ask(other)
    come_to_work(other)

    assert status_of(session) == "IN_PROGRESS"


def fail_once(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    commit = matching.commit_matches

    def fail(_: Any) -> list[Match]:
        monkeypatch.setattr(matching, "commit_matches", commit)
        raise error

    monkeypatch.setattr(matching, "commit_matches", fail)


# What pulls the next match: READY and a request are seen everywhere in these tests; here are the others


def test_an_end_gives_the_next_customer_to_whoever_is_free(cards: Category) -> None:
    come_to_work(cards, capacity=2)
    first, _second, third = ask(cards), ask(cards), ask(cards)
    assert status_of(third) == "WAITING"
    come_to_work(make_category())

    end_session(first.pk, reason=EndReason.CUSTOMER)
    (counselor, _) = store.team()
    change_counselor_state(counselor.counselor_id, CounselorState.READY)

    assert status_of(third) == "IN_PROGRESS"
    assert_nobody_is_forgotten()


def test_a_raised_capacity_brings_the_next_customer_at_once(cards: Category) -> None:
    counselor = come_to_work(cards, capacity=1)
    ask(cards)
    waiting = ask(cards)
    profile = CounselorProfile.objects.get(pk=counselor.pk)
    profile.capacity = 2
    profile.save()

    change_profile(profile)

    assert status_of(waiting) == "IN_PROGRESS"
    assert_nobody_is_forgotten()


def test_a_lapsed_offer_goes_to_somebody_else_who_is_free(cards: Category, settings: Settings) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = False
    ann = come_to_work(cards)
    session = ask(cards)
    bob = come_to_work(cards)

    assert lapse_offers([(session.pk, ann.pk)]) == 1

    session.refresh_from_db()
    assert (session.status, session.counselor_id) == ("OFFERED", bob.pk)
    assert_nobody_is_forgotten()


def test_who_leaves_during_an_offer_frees_the_counselor_for_the_next(cards: Category, settings: Settings) -> None:
    settings.COUNSEL_ACCEPT_AUTOMATICALLY = False
    ann = come_to_work(cards)
    offered, waiting = ask(cards), ask(cards)
    assert (status_of(offered), position_of(waiting)) == ("OFFERED", 1)

    leave_line(offered.pk, customer_id=offered.customer_id)

    waiting.refresh_from_db()
    assert (waiting.status, waiting.counselor_id) == ("OFFERED", ann.pk)
    assert_nobody_is_forgotten()


def test_a_trigger_that_was_lost_is_made_good_by_the_sweep(cards: Category) -> None:
    session = ask(cards)
    counselor = come_to_work(cards, ready=False)
    store.change_state(counselor.pk, CounselorState.READY, reason="test", capacity=1, skills=[cards.pk])
    assert status_of(session) == "WAITING"

    sweep_routing()
    sweep_routing()

    assert status_of(session) == "IN_PROGRESS"
    assert CounselAssignment.objects.count() == 1
    assert_nobody_is_forgotten()
