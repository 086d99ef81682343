"""One refresh token, twenty uses at once."""

from __future__ import annotations

import threading

import pytest

from apps.accounts.models import LoginSession, SessionEnd, User
from apps.accounts.services.log_in import log_in
from apps.accounts.services.rotate_refresh import rotate_refresh, take_turn
from apps.accounts.tokens import RefreshToken, TokenPair
from apps.common.errors import TokenInvalid
from tests.races.accounts.support import at_once
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 20
PASSWORD = "correct horse battery"


@pytest.fixture
def customer(db: None) -> User:
    return User.objects.create_user("mina@example.com", PASSWORD, nickname="민아")


@pytest.fixture
def pair(customer: User) -> TokenPair:
    return log_in(email=customer.email, password=PASSWORD, address=None)


def winners(results: list[object]) -> list[TokenPair]:
    return [result for result in results if isinstance(result, TokenPair)]


def test_without_the_conditional_update_all_twenty_get_a_pair(pair: TokenPair) -> None:
    all_have_read = threading.Barrier(AT_ONCE)

    def read_then_write(used: RefreshToken, fresh: RefreshToken) -> bool:
        session = LoginSession.objects.get(pk=used.session_id)
        all_have_read.wait(LONGEST_SECONDS)
        if session.current_jti != used.jti or session.ended_at is not None:
            return False
        LoginSession.objects.filter(pk=session.pk).update(current_jti=fresh.jti)
        return True

    results = at_once([lambda: rotate_refresh(pair.refresh, take_turn=read_then_write)] * AT_ONCE)

    assert len(winners(results)) == AT_ONCE


def test_of_twenty_uses_of_a_refresh_token_one_wins_and_the_session_ends(pair: TokenPair) -> None:
    all_are_there = threading.Barrier(AT_ONCE)

    def together(used: RefreshToken, fresh: RefreshToken) -> bool:
        all_are_there.wait(LONGEST_SECONDS)
        return take_turn(used, fresh)

    results = at_once([lambda: rotate_refresh(pair.refresh, take_turn=together)] * AT_ONCE)

    assert len(winners(results)) == 1
    assert sum(isinstance(result, TokenInvalid) for result in results) == AT_ONCE - 1
    assert LoginSession.objects.get().end_reason == SessionEnd.REFRESH_REUSED
    with pytest.raises(TokenInvalid):
        rotate_refresh(winners(results)[0].refresh)
