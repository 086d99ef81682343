"""The admin keeps the rules that the API keeps."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts import hashing
from apps.accounts.models import LoginSession, Role, SessionEnd, User
from apps.accounts.services.log_in import log_in
from apps.accounts.tokens import TokenPair
from tests.integration.accounts.support import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.fixture
def superuser(db: None) -> User:
    return User.objects.create_superuser("root@example.com", PASSWORD, nickname="관리자")


@pytest.fixture
def clerk(db: None) -> User:
    """Staff who may change accounts, and nothing else."""
    clerk = User.objects.create_user("clerk@example.com", PASSWORD, nickname="직원", role=Role.STAFF)
    clerk.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    return clerk


@pytest.fixture
def as_superuser(superuser: User) -> Client:
    client = Client()
    client.force_login(superuser)
    return client


@pytest.fixture
def as_clerk(clerk: User) -> Client:
    client = Client()
    client.force_login(clerk)
    return client


def change(client: Client, user: User, **changes: Any) -> Any:
    form = {"email": user.email, "nickname": user.nickname, "role": user.role, "is_active": "on"} | changes
    form |= {"bookers-TOTAL_FORMS": "0", "bookers-INITIAL_FORMS": "0"}
    present = {name: value for name, value in form.items() if value is not None}
    return client.post(reverse("admin:accounts_user_change", args=[user.pk]), present)


@pytest.mark.parametrize("changes", [{"role": "counselor"}, {"is_active": None}])
def test_a_new_role_or_activity_ends_the_accounts_sessions(
    as_superuser: Client, customer: User, pair: TokenPair, changes: dict[str, Any]
) -> None:
    assert change(as_superuser, customer, **changes).status_code == 302
    assert LoginSession.objects.get(user=customer).end_reason == SessionEnd.ACCESS_CHANGED


def test_a_new_nickname_ends_no_session(as_superuser: Client, customer: User, pair: TokenPair) -> None:
    assert change(as_superuser, customer, nickname="새 이름").status_code == 302
    assert User.objects.get(pk=customer.pk).nickname == "새 이름"
    assert LoginSession.objects.get(user=customer).ended_at is None


def test_a_password_set_by_staff_ends_the_accounts_sessions(
    as_superuser: Client, customer: User, pair: TokenPair
) -> None:
    url = reverse("admin:auth_user_password_change", args=[customer.pk])
    form = {"password1": "another staple entirely", "password2": "another staple entirely", "usable_password": "true"}

    assert as_superuser.post(url, form).status_code == 302
    assert LoginSession.objects.get(user=customer).end_reason == SessionEnd.PASSWORD_CHANGED


def test_ones_own_password_ends_ones_sessions_too(as_superuser: Client, superuser: User) -> None:
    log_in(email=superuser.email, password=PASSWORD, address=None)
    new = "another staple entirely"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}

    assert as_superuser.get(reverse("admin:password_change")).status_code == 200
    assert as_superuser.post(reverse("admin:password_change"), form).status_code == 302
    assert LoginSession.objects.get().end_reason == SessionEnd.PASSWORD_CHANGED


def test_only_a_superuser_hands_out_power(as_clerk: Client, customer: User) -> None:
    Group.objects.create(name="everything")
    answer = change(
        as_clerk, customer, role="staff", is_superuser="on", groups=str(Group.objects.get().pk), nickname="x"
    )

    assert answer.status_code == 302
    customer.refresh_from_db()
    assert (customer.nickname, customer.role, customer.is_superuser) == ("x", "customer", False)
    assert not customer.groups.exists()


def test_a_clerk_cannot_take_over_a_colleagues_account(as_clerk: Client, superuser: User) -> None:
    hash_before = superuser.password
    form = {"password1": "another staple entirely", "password2": "another staple entirely", "usable_password": "true"}

    assert change(as_clerk, superuser, email="mine@example.com").status_code == 403
    assert as_clerk.post(reverse("admin:auth_user_password_change", args=[superuser.pk]), form).status_code == 403
    superuser.refresh_from_db()
    assert (superuser.email, superuser.password) == ("root@example.com", hash_before)


def test_accounts_are_added_with_an_address_in_lower_case(as_superuser: Client) -> None:
    form = {
        "email": "New@Example.com",
        "nickname": "새",
        "role": "counselor",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    assert as_superuser.post(reverse("admin:accounts_user_add"), form).status_code == 302
    added = User.objects.get(email="new@example.com")
    assert added.role == Role.COUNSELOR
    assert added.check_password(PASSWORD)


def test_a_customer_does_not_get_into_the_admin(customer: User) -> None:
    client = Client()
    client.post(reverse("admin:login"), {"username": customer.email, "password": PASSWORD})
    assert client.get(reverse("admin:index")).status_code == 302


def test_guessing_at_the_admins_log_in_is_bounded_as_at_the_apis(superuser: User, settings: Settings) -> None:
    settings.ATTEMPT_RATES = settings.ATTEMPT_RATES | {"log_in": {"address": "100/minute", "account": "2/minute"}}
    client = Client()
    for _ in range(2):
        client.post(reverse("admin:login"), {"username": superuser.email, "password": "wrong"})

    refused = client.post(reverse("admin:login"), {"username": superuser.email, "password": PASSWORD})
    assert (refused.status_code, refused["Retry-After"].isdigit()) == (429, True)
    assert client.get(reverse("admin:index")).status_code == 302


def test_guessing_at_the_own_password_in_the_admin_is_bounded_as_at_the_apis(
    superuser: User, as_superuser: Client, settings: Settings
) -> None:
    few = {"address": "100/minute", "account": "2/minute"}
    settings.ATTEMPT_RATES = settings.ATTEMPT_RATES | {"change_password": few}
    hash_before = superuser.password

    def change_own(old: str) -> Any:
        form = {"old_password": old, "new_password1": "another staple entirely"}
        form["new_password2"] = form["new_password1"]
        return as_superuser.post(reverse("admin:password_change"), form)

    assert [change_own("wrong").status_code for _ in range(2)] == [200, 200]
    refused = change_own(PASSWORD)

    assert (refused.status_code, refused["Retry-After"].isdigit()) == (429, True)
    superuser.refresh_from_db()
    assert superuser.password == hash_before


@pytest.fixture
def _nobody_hashes_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """All places to hash a password in are taken."""
    places = threading.BoundedSemaphore(1)
    places.acquire()
    monkeypatch.setattr(hashing, "_admitted", places)


@pytest.mark.usefixtures("_nobody_hashes_any_more")
@pytest.mark.parametrize("entry", ["admin:login", "log-in", "desk-log-in"])
def test_a_log_in_by_any_form_waits_for_no_thread_when_too_many_hash(entry: str) -> None:
    form = {"username": "root@example.com", "email": "root@example.com", "password": PASSWORD}

    refused = Client().post(reverse(entry), form)

    assert refused.status_code == 503
    assert refused["Retry-After"] == "2"


def test_a_password_set_in_the_admin_is_hashed_in_the_same_places(
    as_superuser: Client, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    hash_before = customer.password
    password = "another staple entirely"
    form = {"password1": password, "password2": password, "usable_password": "true"}
    places = threading.BoundedSemaphore(1)
    places.acquire()
    monkeypatch.setattr(hashing, "_admitted", places)

    refused = as_superuser.post(reverse("admin:auth_user_password_change", args=[customer.pk]), form)

    assert (refused.status_code, refused["Retry-After"]) == (503, "2")
    customer.refresh_from_db()
    assert customer.password == hash_before
    places.release()
    assert as_superuser.post(reverse("admin:auth_user_password_change", args=[customer.pk]), form).status_code == 302


def test_the_right_password_opens_the_admin(superuser: User) -> None:
    client = Client()
    client.post(reverse("admin:login"), {"username": superuser.email.upper(), "password": PASSWORD})
    assert client.get(reverse("admin:index")).status_code == 200


def test_staff_end_sessions_and_cannot_forge_them(as_superuser: Client, customer: User, pair: TokenPair) -> None:
    session = LoginSession.objects.get()
    url = reverse("admin:accounts_loginsession_changelist")

    as_superuser.post(url, {"action": "end_selected", "_selected_action": [str(session.pk)]})

    assert LoginSession.objects.get().end_reason == SessionEnd.ENDED_BY_STAFF
    assert as_superuser.get(reverse("admin:accounts_loginsession_add")).status_code == 403


@pytest.mark.parametrize("page", ["user", "loginsession"])
def test_a_list_takes_as_many_statements_for_many_rows(
    as_superuser: Client, page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    users = [User(email=f"user{number}@example.com", nickname="x", password="!") for number in range(30)]
    User.objects.bulk_create(users)
    now = User.objects.latest("pk").created_at
    LoginSession.objects.bulk_create(
        LoginSession(user=user, last_used_at=now, expires_at=now) for user in User.objects.all()
    )

    with django_assert_max_num_queries(8):
        assert as_superuser.get(reverse(f"admin:accounts_{page}_changelist")).status_code == 200


def test_accounts_are_not_deleted(as_superuser: Client, customer: User) -> None:
    assert (
        as_superuser.post(reverse("admin:accounts_user_delete", args=[customer.pk]), {"post": "yes"}).status_code == 403
    )
    assert User.objects.filter(pk=customer.pk).exists()
