"""Passwords are tried a bounded number of times, by address and by account, whether Redis is there or not."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.auth.hashers import get_hasher
from pytest_django import Settings
from rest_framework.test import APIClient

from apps.accounts import hashing
from apps.accounts.models import LoginSession, User
from apps.accounts.services import password_checks
from apps.accounts.throttling import limit_attempts
from apps.common.errors import ServiceUnavailable, TooManyRequests
from tests.integration.accounts.support import PASSWORD, refusal
from tests.servers import PrivateRedis
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _few_attempts(settings: Settings) -> None:
    few = {"address": "5/minute", "account": "3/minute"}
    settings.ATTEMPT_RATES = {"log_in": few, "sign_up": few, "change_password": few}


def log_in(api: APIClient, email: str, password: str = "wrong", address: str = "203.0.113.1") -> Any:
    return api.post("/api/auth/login", {"email": email, "password": password}, REMOTE_ADDR=address)


def test_an_accounts_password_is_guessed_three_times_from_wherever(api: APIClient, customer: User) -> None:
    statuses = [log_in(api, customer.email, address=f"203.0.113.{host}").status_code for host in range(1, 4)]
    refused = log_in(api, customer.email.upper(), PASSWORD, address="203.0.113.99")

    assert statuses == [401, 401, 401]
    assert refusal(refused) == (429, "too_many_requests")
    assert 50 <= int(refused["Retry-After"]) <= 60
    assert not LoginSession.objects.exists()


def test_an_address_tries_five_accounts(api: APIClient) -> None:
    statuses = [log_in(api, f"user{number}@example.com").status_code for number in range(6)]

    assert statuses == [401] * 5 + [429]
    assert log_in(api, "user9@example.com", address="203.0.113.2").status_code == 401


def test_a_header_does_not_make_another_address(api: APIClient) -> None:
    for number in range(5):
        log_in(api, f"user{number}@example.com")

    answer = api.post(
        "/api/auth/login",
        {"email": "user9@example.com", "password": "x"},
        REMOTE_ADDR="203.0.113.1",
        HTTP_X_FORWARDED_FOR="198.51.100.7",
    )
    assert answer.status_code == 429


def test_the_right_password_forgets_the_wrong_ones(api: APIClient, customer: User) -> None:
    for round_ in range(3):
        address = f"203.0.113.{round_}"
        assert log_in(api, customer.email, address=address).status_code == 401
        assert log_in(api, customer.email, address=address).status_code == 401
        assert log_in(api, customer.email, PASSWORD, address=address).status_code == 200


def test_a_refused_attempt_costs_no_hash(api: APIClient, customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        log_in(api, customer.email)
    monkeypatch.setattr(type(get_hasher()), "verify", lambda *_: pytest.fail("a password was hashed"))

    assert log_in(api, customer.email).status_code == 429


def test_sign_ups_are_bounded(api: APIClient) -> None:
    answers = [
        api.post("/api/auth/signup", {"email": f"new{number}@example.com", "password": PASSWORD, "nickname": "새"})
        for number in range(6)
    ]

    assert [answer.status_code for answer in answers] == [201] * 5 + [429]
    assert User.objects.count() == 5


def test_the_current_password_cannot_be_guessed_with_a_stolen_token(as_customer: APIClient, customer: User) -> None:
    body = {"current_password": "wrong", "new_password": "another staple entirely"}
    statuses = [as_customer.post("/api/auth/me/password", body).status_code for _ in range(4)]

    assert statuses == [422, 422, 422, 429]


def test_without_redis_each_process_counts_on_its_own(
    api: APIClient, customer: User, settings: Settings, redis_server: PrivateRedis
) -> None:
    settings.CACHE_URL = redis_server.url
    redis_server.kill()

    statuses = [log_in(api, customer.email, address="203.0.113.50").status_code for _ in range(4)]

    assert statuses == [401, 401, 401, 429]


def test_many_attempts_at_once_are_counted_one_by_one() -> None:
    def attempt(_: int) -> bool:
        try:
            limit_attempts("log_in", address=None, account="mina@example.com")
        except TooManyRequests:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(attempt, range(32))) == 3


def test_log_ins_beyond_the_threads_set_aside_are_put_off(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go_on = threading.Event(), threading.Event()
    monkeypatch.setattr(hashing, "_admitted", threading.BoundedSemaphore(1))
    monkeypatch.setattr(type(get_hasher()), "encode", lambda *_: [begun.set(), go_on.wait(LONGEST_SECONDS)] and "hash")

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(password_checks.matches, "x", encoded="")
        assert begun.wait(LONGEST_SECONDS)
        with pytest.raises(ServiceUnavailable):
            password_checks.matches("x", encoded="")
        go_on.set()
        assert first.result(LONGEST_SECONDS) == (False, None)
    password_checks.matches("x", encoded="")
