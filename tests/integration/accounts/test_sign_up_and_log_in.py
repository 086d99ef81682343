from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import LoginSession, User
from apps.accounts.tokens import AccessToken, RefreshToken
from tests.integration.accounts.support import PASSWORD, refusal

pytestmark = pytest.mark.django_db


def sign_up(api: APIClient, **changes: Any) -> Any:
    body = {"email": "jun@example.com", "password": PASSWORD, "nickname": "준"} | changes
    return api.post("/api/auth/signup", body)


def log_in(api: APIClient, email: str, password: str = PASSWORD, **headers: str) -> Any:
    return api.post("/api/auth/login", {"email": email, "password": password}, **headers)


def test_whoever_signs_up_is_a_customer_and_can_log_in(api: APIClient) -> None:
    answer = sign_up(api, email="Jun@Example.com", role="staff", is_superuser=True)

    assert answer.status_code == 201
    user = User.objects.get()
    assert answer.json() == {
        "id": user.pk,
        "email": "jun@example.com",
        "nickname": "준",
        "role": "customer",
        "created_at": answer.json()["created_at"],
    }
    assert not user.is_superuser
    assert identify_hasher(user.password).algorithm == "argon2"
    assert log_in(api, "JUN@example.com").status_code == 200


def test_one_address_has_one_account_in_whatever_case(api: APIClient, customer: User) -> None:
    answer = sign_up(api, email=customer.email.upper())

    assert refusal(answer) == (422, "validation_error")
    assert list(answer.json()["errors"]) == ["email"]
    assert User.objects.get() == customer


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"email": None}, "email"),
        ({"email": ["a@example.com"]}, "email"),
        ({"email": "a" * 250 + "@example.com"}, "email"),
        ({"nickname": " "}, "nickname"),
        ({"nickname": "x" * 41}, "nickname"),
        ({"nickname": "a\x00b"}, "nickname"),
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "3141592653"}, "password"),
        ({"password": "jun@example.com"}, "password"),
        ({"password": "x" * 129}, "password"),
    ],
)
def test_a_sign_up_that_makes_no_sense_makes_no_account(api: APIClient, changes: dict[str, Any], field: str) -> None:
    answer = sign_up(api, **changes)

    assert refusal(answer) == (422, "validation_error")
    assert list(answer.json()["errors"]) == [field]
    assert not User.objects.exists()


def test_logging_in_begins_a_session_that_remembers_where_from(api: APIClient, customer: User) -> None:
    answer = log_in(api, customer.email, REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT="x" * 300)

    tokens = answer.json()
    session = LoginSession.objects.get()
    access, refresh = AccessToken.read(tokens["access"]), RefreshToken.read(tokens["refresh"])
    assert access.user_id == refresh.user_id == customer.pk
    assert access.session_id == refresh.session_id == session.pk
    assert session.current_jti == refresh.jti
    assert (session.ip, session.user_agent) == ("203.0.113.7", "x" * 255)
    assert tokens["expires_in"] == 15 * 60


def test_a_wrong_password_and_an_unknown_address_look_the_same(api: APIClient, customer: User) -> None:
    wrong = log_in(api, customer.email, "wrong")
    unknown = log_in(api, "nobody@example.com")

    assert refusal(wrong) == refusal(unknown) == (401, "wrong_credentials")
    assert wrong.json() == unknown.json()
    assert wrong["WWW-Authenticate"] == unknown["WWW-Authenticate"]
    assert not LoginSession.objects.exists()


@pytest.mark.parametrize("state", ["right", "wrong", "unknown", "inactive", "unusable"])
def test_every_log_in_costs_one_hash(
    api: APIClient, customer: User, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    hashes: list[str] = []
    for name in ("encode", "verify"):
        hasher = identify_hasher(customer.password)
        original = getattr(type(hasher), name)
        monkeypatch.setattr(
            type(hasher), name, lambda *args, original=original: hashes.append("one") or original(*args)
        )
    if state == "inactive":
        User.objects.update(is_active=False)
    if state == "unusable":
        User.objects.update(password=make_password(None))

    log_in(api, "nobody@example.com" if state == "unknown" else customer.email, "no" if state == "wrong" else PASSWORD)

    assert len(hashes) == 1


def test_an_inactive_account_cannot_log_in(api: APIClient, customer: User) -> None:
    User.objects.update(is_active=False)

    assert refusal(log_in(api, customer.email)) == (401, "wrong_credentials")
    assert not LoginSession.objects.exists()


def test_an_outdated_hash_is_renewed_at_log_in(api: APIClient, customer: User) -> None:
    User.objects.update(password=make_password(PASSWORD, hasher="pbkdf2_sha256"))

    assert log_in(api, customer.email).status_code == 200
    assert identify_hasher(User.objects.get().password).algorithm == "argon2"
    assert log_in(api, customer.email).status_code == 200


def test_log_in_takes_three_statements(
    api: APIClient, customer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3 + 2):  # and the savepoint of the transaction that the test is
        log_in(api, customer.email)


def test_an_expired_access_token_does_not_keep_anybody_from_logging_in(api: APIClient, customer: User) -> None:
    assert log_in(api, customer.email, HTTP_AUTHORIZATION="Bearer nonsense").status_code == 200


@pytest.mark.parametrize("path", ["signup", "login", "refresh", "logout"])
@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"{", "application/json", (400, "malformed_body")),
        (b'{"email": NaN}', "application/json", (400, "malformed_body")),
        (b"\xff\xfe", "application/json", (400, "malformed_body")),
        (b"[]", "application/json", (422, "validation_error")),
        (b"null", "application/json", (422, "validation_error")),
        (b"{}", "application/json", (422, "validation_error")),
        (b"email=a", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b'{"email": "' + b"a" * 70_000 + b'"}', "application/json", (413, "payload_too_large")),
    ],
)
def test_bad_bodies_are_refused_as_problems(
    api: APIClient, path: str, body: bytes, content_type: str, expected: tuple[int, str]
) -> None:
    answer = api.generic("POST", f"/api/auth/{path}", body, content_type=content_type)

    assert refusal(answer) == expected
