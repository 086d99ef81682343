"""Passwords set, accounts opened and log-ins begun at the same moment."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher as DjangosHasher
from django.contrib.auth.hashers import check_password, make_password

from apps.accounts.hashers import LOWEST, NICENESS, Argon2PasswordHasher
from apps.accounts.models import LoginSession, SessionEnd, User
from apps.accounts.services import change_password as changing
from apps.accounts.services import log_in as logging_in
from apps.accounts.services.change_password import change_password
from apps.accounts.services.end_sessions import end_sessions_of
from apps.accounts.services.log_in import log_in
from apps.accounts.services.sign_up import sign_up
from apps.accounts.tokens import RefreshToken, TokenPair
from apps.common.errors import DomainError, ValidationFailed
from tests.races.accounts.support import at_once
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery"
NEW_PASSWORD = "another staple entirely"
Check = Callable[..., tuple[bool, str | None]]


@pytest.fixture
def customer(db: None) -> User:
    return User.objects.create_user("mina@example.com", PASSWORD, nickname="민아")


@pytest.fixture
def session(customer: User) -> LoginSession:
    pair = log_in(email=customer.email, password=PASSWORD, address=None)
    return LoginSession.objects.get(pk=RefreshToken.read(pair.refresh).session_id)


def change(session: LoginSession, new_password: str = NEW_PASSWORD) -> None:
    change_password(
        session.user_id, current_password=PASSWORD, new_password=new_password, keep_session=session.pk, address=None
    )


def test_of_two_new_passwords_at_once_one_is_taken(session: LoginSession, monkeypatch: pytest.MonkeyPatch) -> None:
    both_are_checked = threading.Barrier(2)
    check: Check = changing.matches

    def check_together(password: str, *, encoded: str) -> tuple[bool, str | None]:
        checked = check(password, encoded=encoded)
        both_are_checked.wait(LONGEST_SECONDS)
        return checked

    monkeypatch.setattr(changing, "matches", check_together)
    offered = [NEW_PASSWORD, f"{NEW_PASSWORD} too"]

    results = at_once([lambda one=one: change(session, one) for one in offered])

    assert [isinstance(result, ValidationFailed) for result in results].count(True) == 1
    assert User.objects.get().check_password(offered[results.index(None)])


def test_no_session_outlives_a_password_changed_while_it_began(customer: User, session: LoginSession) -> None:
    def begin() -> TokenPair:
        return log_in(email=customer.email, password=PASSWORD, address=None)

    at_once([lambda: change(session), *[begin] * 6])

    assert User.objects.get().check_password(NEW_PASSWORD)
    assert LoginSession.objects.filter(ended_at=None).get() == session


@pytest.mark.parametrize(
    "changed", [{"is_active": False}, {"role": "counselor"}, {"password": make_password(None)}], ids=list
)
def test_a_log_in_that_was_checked_before_the_account_changed_begins_no_session(
    customer: User, monkeypatch: pytest.MonkeyPatch, changed: dict[str, object]
) -> None:
    check: Check = logging_in.matches

    def check_then_change(password: str, *, encoded: str) -> tuple[bool, str | None]:
        checked = check(password, encoded=encoded)
        User.objects.update(**changed)
        end_sessions_of(customer.pk, reason=SessionEnd.ACCESS_CHANGED)
        return checked

    monkeypatch.setattr(logging_in, "matches", check_then_change)

    with pytest.raises(DomainError, match="wrong"):
        log_in(email=customer.email, password=PASSWORD, address=None)
    assert not LoginSession.objects.exists()


def test_of_five_sign_ups_with_one_address_one_opens_an_account() -> None:
    def open_account() -> User:
        return sign_up(email="jun@example.com", password=PASSWORD, nickname="준", address=None)

    results = at_once([open_account] * 5)

    assert [isinstance(result, ValidationFailed) for result in results].count(True) == 4
    assert User.objects.get() in results


def test_no_more_passwords_are_hashed_at_once_than_the_machine_can_bear(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = make_password(PASSWORD)
    verify = DjangosHasher.verify
    running: list[int] = []
    peaks: list[int] = []

    def counted(self: DjangosHasher, password: str, encoded: str) -> bool:
        running.append(1)
        peaks.append(len(running))
        try:
            return verify(self, password, encoded)
        finally:
            running.pop()

    monkeypatch.setattr(DjangosHasher, "verify", counted)

    with ThreadPoolExecutor(12) as pool:
        assert all(pool.map(lambda _: check_password(PASSWORD, encoded), range(12)))
    assert max(peaks) <= settings.PASSWORD_HASHES_AT_ONCE


@pytest.mark.skipif(sys.platform != "linux", reason="a thread has a niceness of its own on Linux only")
def test_who_hashes_gives_way_to_everybody_else_in_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    def niceness(*_: Any) -> str:
        return str(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    own = niceness()
    given_way = str(min(LOWEST, int(own) + NICENESS))
    monkeypatch.setattr(DjangosHasher, "verify", niceness)
    monkeypatch.setattr(DjangosHasher, "encode", niceness)

    assert str(Argon2PasswordHasher().verify(PASSWORD, "")) == given_way
    assert Argon2PasswordHasher().encode(PASSWORD, "salt") == given_way
    assert niceness() == own
