"""One refresh token, twenty uses at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from apps.accounts.models import LoginSession, SessionEnd, User
from apps.accounts.services.change_password import change_password
from apps.accounts.services.end_sessions import end_sessions_of
from apps.accounts.services.log_in import log_in
from apps.accounts.services.rotate_refresh import rotate_refresh, take_turn
from apps.accounts.tokens import RefreshToken, TokenPair
from apps.common.errors import DomainError, TokenInvalid

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 20
PASSWORD = "correct horse battery"
NEW_PASSWORD = "another staple entirely"


@pytest.fixture
def customer(db: None) -> User:
    return User.objects.create_user("mina@example.com", PASSWORD, nickname="민아")


@pytest.fixture
def pair(customer: User) -> TokenPair:
    return log_in(email=customer.email, password=PASSWORD, address=None)


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run the calls together, each on a connection of its own; a refusal counts as a result."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            start.wait(10)
            return call()
        except DomainError as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def winners(results: list[object]) -> list[TokenPair]:
    return [result for result in results if isinstance(result, TokenPair)]


def test_without_the_conditional_update_all_twenty_get_a_pair(pair: TokenPair) -> None:
    all_have_read = threading.Barrier(AT_ONCE)

    def read_then_write(used: RefreshToken, fresh: RefreshToken) -> bool:
        session = LoginSession.objects.get(pk=used.session_id)
        all_have_read.wait(10)
        if session.current_jti != used.jti or session.ended_at is not None:
            return False
        LoginSession.objects.filter(pk=session.pk).update(current_jti=fresh.jti)
        return True

    results = at_once(*[lambda: rotate_refresh(pair.refresh, take_turn=read_then_write)] * AT_ONCE)

    assert len(winners(results)) == AT_ONCE


def test_of_twenty_uses_of_a_refresh_token_one_wins_and_the_session_ends(pair: TokenPair) -> None:
    all_are_there = threading.Barrier(AT_ONCE)

    def together(used: RefreshToken, fresh: RefreshToken) -> bool:
        all_are_there.wait(10)
        return take_turn(used, fresh)

    results = at_once(*[lambda: rotate_refresh(pair.refresh, take_turn=together)] * AT_ONCE)

    assert len(winners(results)) == 1
    assert sum(isinstance(result, TokenInvalid) for result in results) == AT_ONCE - 1
    assert LoginSession.objects.get().end_reason == SessionEnd.REFRESH_REUSED
    with pytest.raises(TokenInvalid):
        rotate_refresh(winners(results)[0].refresh)


def test_no_session_outlives_a_password_changed_while_it_began(customer: User, pair: TokenPair) -> None:
    keep = RefreshToken.read(pair.refresh).session_id

    def change() -> None:
        change_password(
            customer.pk, current_password=PASSWORD, new_password=NEW_PASSWORD, keep_session=keep, address=None
        )

    def begin() -> TokenPair:
        return log_in(email=customer.email, password=PASSWORD, address=None)

    at_once(change, *[begin] * 6)

    assert User.objects.get().check_password(NEW_PASSWORD)
    assert LoginSession.objects.filter(ended_at=None).get().pk == keep


def test_a_log_in_that_was_checked_before_the_account_changed_begins_no_session(
    customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.accounts.services import log_in as procedure  # noqa: PLC0415

    check = procedure.matches

    def check_then_deactivate(password: str, *, encoded: str) -> tuple[bool, str | None]:
        checked = check(password, encoded=encoded)
        User.objects.update(is_active=False)
        end_sessions_of(customer.pk, reason=SessionEnd.ACCESS_CHANGED)
        return checked

    monkeypatch.setattr(procedure, "matches", check_then_deactivate)

    with pytest.raises(DomainError, match="wrong"):
        log_in(email=customer.email, password=PASSWORD, address=None)
    assert not LoginSession.objects.exists()
