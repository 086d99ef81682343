"""What one is called, one's password, and where else one is logged in."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import LoginSession, User
from apps.accounts.pages.devices import device_of
from apps.accounts.services.log_in import log_in
from tests.integration.accounts.support import PASSWORD
from tests.pages import in_english, parts

pytestmark = pytest.mark.django_db

NEW_PASSWORD = "another long passphrase"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"


@pytest.fixture
def mine(client: Client, customer: User) -> Client:
    """The customer's browser, in English, logged in by the page."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    answer = client.post("/accounts/log-in/", {"email": customer.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def log_in_elsewhere(user: User, user_agent: str = CHROME) -> LoginSession:
    log_in(email=user.email, password=PASSWORD, address="203.0.113.9", user_agent=user_agent)
    return LoginSession.objects.filter(user=user).latest("created_at")


def is_logged_in(client: Client) -> bool:
    return client.get("/my/profile/").status_code == 200


def test_the_nickname_is_changed_and_is_text(mine: Client, customer: User) -> None:
    mine.post("/my/profile/nickname/", {"nickname": "<i>민아</i>"})
    customer.refresh_from_db()
    assert customer.nickname == "<i>민아</i>"
    page = in_english(mine, "/my/profile/")
    assert "Your nickname was changed." in page
    assert "&lt;i&gt;민아&lt;/i&gt;" in page
    assert "<i>민아" not in page


def test_an_empty_nickname_is_refused(mine: Client, customer: User) -> None:
    answer = mine.post("/my/profile/nickname/", {"nickname": " "})
    assert answer.status_code == 422
    customer.refresh_from_db()
    assert customer.nickname == "민아"


def test_a_changed_password_keeps_this_browser_logged_in_and_no_other(mine: Client, customer: User) -> None:
    elsewhere = log_in_elsewhere(customer)
    answer = mine.post("/my/profile/password/", {"current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert answer.status_code == 302
    assert is_logged_in(mine)
    elsewhere.refresh_from_db()
    assert elsewhere.end_reason == "password_changed"
    customer.refresh_from_db()
    assert customer.check_password(NEW_PASSWORD)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"current_password": "wrong", "new_password": NEW_PASSWORD}, "This is not the current password."),
        ({"current_password": PASSWORD, "new_password": "short"}, "too short"),
        ({"current_password": PASSWORD, "new_password": ""}, "This field is required."),
    ],
)
def test_a_password_that_cannot_be_changed_says_why(
    mine: Client, customer: User, typed: dict[str, str], words: str
) -> None:
    elsewhere = log_in_elsewhere(customer)
    answer = mine.post("/my/profile/password/", typed)
    assert answer.status_code == 422
    (field,) = parts(answer, ".wrong")
    assert words in field
    customer.refresh_from_db()
    assert customer.check_password(PASSWORD)
    elsewhere.refresh_from_db()
    assert elsewhere.ended_at is None


def test_guessing_the_current_password_is_bounded(mine: Client) -> None:
    typed = {"current_password": "wrong", "new_password": NEW_PASSWORD}
    answers = [mine.post("/my/profile/password/", typed) for _ in range(11)]
    assert answers[-1].status_code == 429
    assert "Too many attempts." in answers[-1].content.decode()


def test_every_log_in_is_listed_and_one_elsewhere_can_be_ended(mine: Client, customer: User) -> None:
    elsewhere = log_in_elsewhere(customer)
    (logins,) = parts(in_english(mine, "/my/profile/"), ".logins")
    assert "Chrome · Windows" in logins
    assert "203.0.113.9" in logins
    assert logins.count("This browser") == 1
    mine.post(f"/my/log-ins/{elsewhere.pk}/end/")
    elsewhere.refresh_from_db()
    assert elsewhere.end_reason == "logged_out"
    assert is_logged_in(mine)
    (logins,) = parts(in_english(mine, "/my/profile/"), ".logins")
    assert "Chrome" not in logins


def test_all_others_are_ended_at_once(mine: Client, customer: User) -> None:
    for _ in range(2):
        log_in_elsewhere(customer)
    mine.post("/my/log-ins/end-others/")
    assert LoginSession.objects.filter(user=customer, ended_at=None).count() == 1
    assert is_logged_in(mine)


def test_what_a_browser_calls_itself_is_text(mine: Client, customer: User) -> None:
    log_in_elsewhere(customer, user_agent="<script>alert(1)</script>")
    page = in_english(mine, "/my/profile/")
    assert "<script>alert" not in page
    assert "An app or another program" in page


def test_nobody_ends_another_s_log_in_nor_their_own_here(mine: Client, customer: User) -> None:
    other = User.objects.create_user("other@example.com", PASSWORD, nickname="other")
    theirs = log_in_elsewhere(other)
    here = LoginSession.objects.get(user=customer)
    for session_id in (theirs.pk, here.pk, uuid.uuid4()):
        assert mine.post(f"/my/log-ins/{session_id}/end/").status_code == 404
    assert LoginSession.objects.filter(ended_at=None).count() == 2


@pytest.mark.parametrize("address", ["/my/profile/", "/my/profile/password/"])
def test_a_stranger_is_sent_to_the_log_in(client: Client, address: str) -> None:
    assert client.get(address)["Location"].startswith("/accounts/log-in/")


def test_more_log_ins_take_no_more_queries(
    mine: Client, customer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    mine.get("/my/profile/")
    with django_assert_num_queries(3):
        mine.get("/my/profile/")
    for _ in range(3):
        log_in_elsewhere(customer)
    with django_assert_num_queries(3):
        mine.get("/my/profile/")


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (CHROME, "Chrome · Windows"),
        (CHROME + " Edg/130.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 15; SM-S921N) SamsungBrowser/27.0 Chrome/125.0", "Samsung Internet · Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox · Linux"),
    ],
)
def test_a_device_has_the_name_that_people_know(user_agent: str, device: str) -> None:
    assert device_of(user_agent) == device
