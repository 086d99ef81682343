"""What writes or costs is taken from a budget before it is done: by API and by pages, of an account and an address."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.accounts.models import Booker, User
from apps.common.budgets import spending
from tests.factories import make_user
from tests.fast_lane import bearer
from tests.servers import PrivateRedis

pytestmark = pytest.mark.django_db(transaction=True)

BOOKER = {"name": "김하늘", "phone": "010-1234-5678", "email": "sky@example.com"}
HERE, THERE = "203.0.113.1", "203.0.113.2"


@pytest.fixture
def user() -> User:
    return make_user()


@pytest.fixture
def rates(settings: Settings) -> Any:
    def change(name: str, *, account: str = "", address: str = "") -> None:
        settings.REQUEST_RATES = settings.REQUEST_RATES | {name: {"account": account, "address": address}}

    return change


def add_booker(user: User, **extra: Any) -> Any:
    path = "/api/auth/me/bookers"
    return Client().post(path, BOOKER, content_type="application/json", headers=bearer(user_id=user.pk), **extra)


def assert_refused(answer: Any, *, seconds: int) -> None:
    assert answer.status_code == 429
    assert seconds - 2 <= int(answer["Retry-After"]) <= seconds


def test_the_api_refuses_an_account_that_writes_too_often_and_nothing_has_changed(user: User, rates: Any) -> None:
    rates("account", account="2/minute")
    assert [add_booker(user).status_code for _ in range(2)] == [201, 201]

    refused = add_booker(user)

    assert_refused(refused, seconds=30)
    assert (refused["Content-Type"], refused.json()["code"]) == ("application/problem+json", "too_many_requests")
    assert Booker.objects.count() == 2
    assert add_booker(make_user()).status_code == 201


def test_accounts_of_one_address_share_the_addresss_budget(rates: Any) -> None:
    rates("account", address="2/minute")
    for _ in range(2):
        assert add_booker(make_user(), REMOTE_ADDR=HERE).status_code == 201

    assert_refused(add_booker(make_user(), REMOTE_ADDR=HERE), seconds=30)
    assert add_booker(make_user(), REMOTE_ADDR=THERE).status_code == 201


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(settings: Settings, rates: Any) -> None:
    settings.TRUSTED_PROXIES = 1
    rates("account", address="1/minute")

    def by(forwarded: str) -> int:
        return int(add_booker(make_user(), REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=forwarded).status_code)

    assert by(HERE) == 201
    assert by(f"198.51.100.9, {HERE}") == 429, "what the client says of itself counts for nothing"
    assert by(THERE) == 201


def test_who_may_not_is_refused_before_the_budget_and_spends_nothing(user: User, rates: Any) -> None:
    rates("account", account="1/minute", address="1/minute")
    for _ in range(3):
        assert Client().post("/api/auth/me/bookers", BOOKER, content_type="application/json").status_code == 401

    assert add_booker(user).status_code == 201


@pytest.mark.parametrize(
    ("language", "words"), [("ko", "변경된 내용은 없습니다. 30초 뒤에 다시"), ("en", "Nothing was changed. Wait 30 ")]
)
def test_a_page_says_so_in_words(user: User, rates: Any, language: str, words: str) -> None:
    rates("account", account="2/minute")
    browser = Client(headers={"Accept-Language": language, "Accept": "text/html"})
    browser.force_login(user)
    for name in ("하나", "둘"):
        assert browser.post(reverse("my-nickname"), {"nickname": name}).status_code == 302

    refused = browser.post(reverse("my-nickname"), {"nickname": "셋"})

    assert_refused(refused, seconds=30)
    assert words in refused.content.decode()
    user.refresh_from_db()
    assert user.nickname == "둘"


def test_a_script_of_a_page_gets_a_problem_document(user: User, rates: Any) -> None:
    rates("tokens", account="1/minute")
    browser = Client()
    browser.force_login(user)
    assert browser.post("/session/token").status_code == 200

    refused = browser.post("/session/token")

    assert_refused(refused, seconds=60)
    assert (refused["Content-Type"], refused.json()["code"]) == ("application/problem+json", "too_many_requests")


def test_what_is_sent_to_the_admin_is_counted(rates: Any) -> None:
    rates("staff", account="1/minute")
    browser = Client()
    browser.force_login(User.objects.create_superuser("root@example.com", "x", nickname="관리자"))
    page = reverse("admin:accounts_user_changelist")
    assert browser.post(page, {"action": "none"}).status_code == 200

    assert_refused(browser.post(page, {"action": "none"}), seconds=60)
    assert browser.get(page).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/concerts"])
def test_strangers_search_so_often_and_look_as_often_as_they_like(rates: Any, path: str) -> None:
    rates("search", address="2/minute")
    looking = Client(REMOTE_ADDR=HERE)
    for word in ("a", "b"):
        assert looking.get(path, {"q": word}).status_code == 200

    assert_refused(looking.get(path, {"q": "c"}), seconds=30)
    assert [looking.get(path).status_code for _ in range(5)] == [200] * 5
    assert Client(REMOTE_ADDR=THERE).get(path, {"q": "c"}).status_code == 200


def test_a_writing_address_that_was_forgotten_is_counted_all_the_same(
    user: User, settings: Settings, rates: Any
) -> None:
    settings.REQUEST_BUDGETS = {"writes": {}, "searches": {}}
    rates("account", account="1/minute")
    assert add_booker(user).status_code == 201

    assert_refused(add_booker(user), seconds=60)


def test_without_redis_the_process_counts_by_itself(user: User, rates: Any, redis_server: PrivateRedis) -> None:
    rates("account", account="2/minute")
    redis_server.kill()

    assert [add_booker(user).status_code for _ in range(3)] == [201, 201, 429]


def test_a_budget_costs_one_call_of_redis(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    run = spending.spend.script.run
    monkeypatch.setattr(spending.spend.script, "run", lambda keys, args: (calls.append(keys), run(keys, args))[1])

    add_booker(user)

    assert calls == [("budget:{account}",)]
