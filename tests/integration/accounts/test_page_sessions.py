"""Logging in by a page: one browser an account, tokens for its scripts, and what an ended log-in is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import LoginSession, LoginVia, Role, SessionEnd, User
from apps.accounts.services.end_sessions import end_sessions_of
from apps.accounts.tokens import AccessToken
from tests.integration.accounts.support import PASSWORD, refusal

pytestmark = pytest.mark.django_db

EMAIL = "jun@example.com"


@pytest.fixture
def user() -> User:
    return User.objects.create_user(EMAIL, PASSWORD, nickname="준")


def log_in(client: Client, *, password: str = PASSWORD, onward: str = "/") -> int:
    return client.post("/accounts/log-in/", {"email": EMAIL, "password": password, "next": onward}).status_code


def test_a_browser_that_has_logged_in_gets_tokens_for_its_scripts(client: Client, api: APIClient, user: User) -> None:
    assert log_in(client) == 302

    answer = client.post("/session/token").json()

    token = AccessToken.read(answer["access"])
    session = LoginSession.objects.get()
    assert (token.user_id, token.session_id, session.via) == (user.pk, session.pk, LoginVia.BROWSER)
    assert answer["expires_in"] == 900
    assert api.get("/api/auth/me", headers={"Authorization": f"Bearer {answer['access']}"}).status_code == 200


def test_a_stranger_gets_no_token(client: Client) -> None:
    assert refusal(client.post("/session/token")) == (401, "not_authenticated")


def test_a_token_is_asked_for_with_the_pages_csrf_token_only(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert client.post("/session/token").status_code == 403
    assert client.get("/session/token").status_code == 405


def test_a_second_browser_ends_the_first_ones_log_in(client: Client, user: User) -> None:
    log_in(client)
    client.post("/session/token")
    second = Client()

    log_in(second)

    refused = client.post("/session/token")
    assert refusal(refused) == (401, "login_ended")
    assert refused.json()["reason"] == SessionEnd.LOGGED_IN_ELSEWHERE
    assert second.post("/session/token").status_code == 200


def test_a_log_in_by_the_api_leaves_the_browser_alone(client: Client, api: APIClient, user: User) -> None:
    log_in(client)

    pair = api.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}).json()

    assert client.post("/session/token").status_code == 200
    assert api.post("/api/auth/refresh", {"refresh": pair["refresh"]}).status_code == 200
    assert LoginSession.objects.filter(ended_at=None).count() == 2


def test_a_log_in_by_a_browser_leaves_the_api_alone(client: Client, api: APIClient, user: User) -> None:
    pair = api.post("/api/auth/login", {"email": EMAIL, "password": PASSWORD}).json()

    log_in(client)

    assert api.post("/api/auth/refresh", {"refresh": pair["refresh"]}).status_code == 200


def test_the_next_page_of_an_ended_log_in_is_a_strangers_and_says_why(client: Client, user: User) -> None:
    log_in(client)
    end_sessions_of(user.pk, reason=SessionEnd.ENDED_BY_STAFF)

    page = client.get("/", headers={"Accept-Language": "en"})

    assert not page.wsgi_request.user.is_authenticated
    assert "?ended=ended_by_staff" in page.content.decode()
    reasons = client.get("/accounts/log-in/?ended=ended_by_staff", headers={"Accept-Language": "en"}).content.decode()
    assert "The ticket office has ended this log-in" in reasons


def test_a_log_in_that_nobody_used_for_two_weeks_has_ended(client: Client, user: User) -> None:
    log_in(client)
    LoginSession.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    refused = client.post("/session/token")

    assert refused.json()["reason"] == "expired"


def test_using_the_site_keeps_the_log_in(client: Client, user: User) -> None:
    log_in(client)
    nearly_over = timezone.now() + timedelta(hours=1)
    LoginSession.objects.update(expires_at=nearly_over, last_used_at=timezone.now() - timedelta(minutes=6))

    client.post("/session/token")

    assert LoginSession.objects.get().expires_at > timezone.now() + timedelta(days=13)


def test_whoever_logs_out_has_no_token_left_to_get(client: Client, user: User) -> None:
    log_in(client)

    assert client.post("/accounts/log-out/").status_code == 302

    assert LoginSession.objects.get().end_reason == SessionEnd.LOGGED_OUT
    assert refusal(client.post("/session/token")) == (401, "not_authenticated")


def test_logging_out_takes_a_form_not_a_link(client: Client, user: User) -> None:
    log_in(client)

    assert client.get("/accounts/log-out/").status_code == 405
    assert client.post("/session/token").status_code == 200


def test_staff_who_came_in_by_the_admin_get_tokens_of_a_log_in_of_their_own(client: Client) -> None:
    staff = User.objects.create_user("clerk@example.com", PASSWORD, nickname="clerk", role=Role.STAFF)
    client.force_login(staff)

    first, second = (AccessToken.read(client.post("/session/token").json()["access"]) for _ in range(2))

    assert first.session_id == second.session_id == LoginSession.objects.get(user=staff).pk


def test_logging_out_of_the_admin_ends_the_log_in_behind_its_tokens(client: Client) -> None:
    client.force_login(User.objects.create_user("clerk@example.com", PASSWORD, nickname="clerk", role=Role.STAFF))
    client.post("/session/token")

    client.post("/admin/logout/")

    assert LoginSession.objects.get().end_reason == SessionEnd.LOGGED_OUT


@pytest.mark.parametrize(
    "onward", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)", "/\\elsewhere.example"]
)
def test_the_log_in_leads_to_pages_of_this_site_only(client: Client, user: User, onward: str) -> None:
    answer = client.post("/accounts/log-in/", {"email": EMAIL, "password": PASSWORD, "next": onward})

    assert answer.headers["Location"] == "/my/"


def test_a_wrong_password_is_told_without_saying_whether_the_account_exists(client: Client, user: User) -> None:
    texts = []
    for email in (EMAIL, "nobody@example.com"):
        page = client.post(
            "/accounts/log-in/", {"email": email, "password": "wrong"}, headers={"Accept-Language": "en"}
        )
        assert page.status_code == 401
        texts.append(page.content.decode().count("The e-mail address or the password is wrong"))
    assert texts == [1, 1]
    assert not LoginSession.objects.exists()


def test_what_somebody_typed_is_text_on_the_page(client: Client) -> None:
    page = client.post(
        "/accounts/sign-up/", {"email": '"><script>alert(1)</script>', "nickname": "<b>x</b>", "password": "x"}
    )

    assert page.status_code == 422
    assert b"<script>alert(1)" not in page.content
    assert b"<b>x</b>" not in page.content


def test_an_address_that_has_an_account_is_named_at_its_field(client: Client, user: User) -> None:
    page = client.post(
        "/accounts/sign-up/",
        {"email": EMAIL, "nickname": "Jun", "password": PASSWORD},
        headers={"Accept-Language": "en"},
    )

    assert page.status_code == 422
    assert "This e-mail address has an account already." in page.content.decode()
    assert User.objects.count() == 1
