"""Refresh tokens rotate, one use each; a reuse ends the session."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import LoginSession, Role, SessionEnd, User
from apps.accounts.services.end_sessions import end_sessions_of
from apps.accounts.services.log_in import log_in
from apps.accounts.services.purge_login_sessions import purge_login_sessions
from apps.accounts.tokens import AccessToken, TokenPair
from tests.integration.accounts.support import PASSWORD, refusal

pytestmark = pytest.mark.django_db


def refresh(api: APIClient, token: str) -> Any:
    return api.post("/api/auth/refresh", {"refresh": token})


def log_out(api: APIClient, token: str) -> Any:
    return api.post("/api/auth/logout", {"refresh": token})


def test_a_refresh_token_gives_a_new_pair_of_the_same_session(api: APIClient, pair: TokenPair) -> None:
    first = refresh(api, pair.refresh)
    second = refresh(api, first.json()["refresh"])

    assert (first.status_code, second.status_code) == (200, 200)
    assert len({pair.refresh, first.json()["refresh"], second.json()["refresh"]}) == 3
    assert AccessToken.read(second.json()["access"]).session_id == LoginSession.objects.get().pk


def test_a_used_refresh_token_ends_the_session_for_both_who_have_it(api: APIClient, pair: TokenPair) -> None:
    successor = refresh(api, pair.refresh).json()["refresh"]

    assert refusal(refresh(api, pair.refresh)) == (401, "token_invalid")
    assert refusal(refresh(api, successor)) == (401, "token_invalid")
    assert LoginSession.objects.get().end_reason == SessionEnd.REFRESH_REUSED


def test_a_reuse_leaves_the_accounts_other_sessions_alone(api: APIClient, pair: TokenPair, customer: User) -> None:
    other = log_in(email=customer.email, password=PASSWORD, address=None)
    refresh(api, pair.refresh)
    refresh(api, pair.refresh)

    assert refresh(api, other.refresh).status_code == 200


def test_rotation_takes_two_statements(
    api: APIClient, pair: TokenPair, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(2 + 2):  # and the savepoint of the transaction that the test is
        refresh(api, pair.refresh)


def test_a_new_role_is_in_the_next_access_token(api: APIClient, pair: TokenPair) -> None:
    User.objects.update(role=Role.COUNSELOR)

    assert AccessToken.read(refresh(api, pair.refresh).json()["access"]).role == Role.COUNSELOR


@pytest.mark.parametrize("which", ["access", "nonsense"])
def test_what_is_no_refresh_token_changes_nothing(api: APIClient, pair: TokenPair, which: str) -> None:
    before = LoginSession.objects.values().get()
    token = pair.access if which == "access" else "a.b.c"

    assert refusal(refresh(api, token)) == (401, "token_invalid")
    assert refusal(log_out(api, token)) == (401, "token_invalid")
    assert LoginSession.objects.values().get() == before


def test_logging_out_twice_ends_the_session_once(api: APIClient, pair: TokenPair) -> None:
    assert log_out(api, pair.refresh).status_code == 204
    ended = LoginSession.objects.values().get()
    assert log_out(api, pair.refresh).status_code == 204

    assert LoginSession.objects.values().get() == ended
    assert ended["end_reason"] == SessionEnd.LOGGED_OUT
    assert refusal(refresh(api, pair.refresh)) == (401, "token_invalid")


def test_the_first_reason_of_an_end_stays(api: APIClient, pair: TokenPair, customer: User) -> None:
    end_sessions_of(customer.pk, reason=SessionEnd.ACCESS_CHANGED)
    refresh(api, pair.refresh)

    assert LoginSession.objects.get().end_reason == SessionEnd.ACCESS_CHANGED


def test_sessions_are_forgotten_ninety_days_after_their_end(customer: User) -> None:
    now = timezone.now()
    ages = [timedelta(days=-14), timedelta(days=89), timedelta(days=91), timedelta(days=400)]
    LoginSession.objects.bulk_create(
        LoginSession(user=customer, last_used_at=now, expires_at=now - age) for age in ages
    )

    assert purge_login_sessions() == 2
    assert LoginSession.objects.filter(expires_at__gt=now - timedelta(days=90)).count() == 2
    assert purge_login_sessions() == 0
