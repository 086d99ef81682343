from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries, Settings

from apps.accounts.models import Booker, Role, User
from apps.accounts.services.log_in import log_in
from apps.accounts.services.seed_accounts import seed_demo_accounts
from apps.accounts.tokens import AccessToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def _debug(settings: Settings) -> None:
    settings.DEBUG = True


def issue_tokens(count: int, **options: Any) -> list[dict[str, Any]]:
    out = io.StringIO()
    call_command("issue_tokens", count=count, stdout=out, **options)
    return [json.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.usefixtures("_debug")
def test_tokens_are_issued_to_accounts_made_where_missing() -> None:
    few = issue_tokens(3)
    more = issue_tokens(5)

    assert [one["user_id"] for one in more[:3]] == [one["user_id"] for one in few]
    assert User.objects.count() == 5
    for issued in more:
        token = AccessToken.read(issued["access"])
        user = User.objects.get(pk=issued["user_id"])
        assert (token.user_id, token.role, user.email) == (user.pk, Role.CUSTOMER, issued["email"])
        assert not user.has_usable_password()


@pytest.mark.usefixtures("_debug")
def test_tokens_can_be_a_counselors() -> None:
    assert AccessToken.read(issue_tokens(1, role="counselor")[0]["access"]).role == Role.COUNSELOR


@pytest.mark.usefixtures("_debug")
def test_a_crowd_of_ten_thousand_gets_its_tokens() -> None:
    assert len(issue_tokens(10_000)) == 10_000


def test_without_debug_no_tokens_are_issued() -> None:
    with pytest.raises(CommandError, match="DEBUG"):
        issue_tokens(1)
    assert not User.objects.exists()


@pytest.mark.usefixtures("_debug")
def test_no_tokens_is_a_mistake() -> None:
    with pytest.raises(CommandError, match="--count"):
        issue_tokens(0)


def test_the_demo_accounts_can_log_in() -> None:
    seed_demo_accounts()

    for email, role in [
        ("customer1@example.com", Role.CUSTOMER),
        ("customer200@example.com", Role.CUSTOMER),
        ("counselor5@example.com", Role.COUNSELOR),
        ("admin@example.com", Role.STAFF),
    ]:
        pair = log_in(email=email, password="ticketlive", address=None)
        assert AccessToken.read(pair.access).role == role
    assert User.objects.get(email="admin@example.com").is_superuser
    assert Booker.objects.filter(is_default=True).count() == User.objects.filter(role=Role.CUSTOMER).count() == 200


def test_seeding_again_changes_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    seed_demo_accounts()
    User.objects.filter(email="customer1@example.com").update(nickname="바뀐 이름")
    before = list(User.objects.order_by("pk").values())

    with django_assert_num_queries(2):
        seed_demo_accounts()

    assert list(User.objects.order_by("pk").values()) == before


def test_the_groups_get_exactly_their_permissions() -> None:
    call_command("sync_groups", stdout=io.StringIO())
    read_only = Group.objects.get(name="read only")
    read_only.permissions.add(Permission.objects.get(codename="change_user"))

    call_command("sync_groups", stdout=io.StringIO())

    granted = set(read_only.permissions.values_list("codename", flat=True))
    assert {"view_user", "view_booker", "view_loginsession"} <= granted
    assert all(name.startswith("view_") for name in granted)
    groups = {"catalogue", "publication", "sales", "show manager", "support lead", "read only"}
    assert set(Group.objects.values_list("name", flat=True)) == groups


def test_who_edits_the_catalogue_does_not_publish_it_and_the_other_way_round() -> None:
    call_command("sync_groups", stdout=io.StringIO())
    may = {
        name: set(Group.objects.get(name=name).permissions.values_list("codename", flat=True))
        for name in ("catalogue", "publication")
    }

    assert "change_performance" in may["catalogue"] - may["publication"]
    assert "publish_show" in may["publication"] - may["catalogue"]
    assert "view_performance" in may["publication"]


@pytest.mark.parametrize(
    ("permission", "group"),
    [
        ("call_off_performance", "show manager"),
        ("move_performance", "show manager"),
        ("publish_show", "publication"),
    ],
)
def test_what_decides_about_a_show_comes_with_one_group_and_no_app(permission: str, group: str) -> None:
    call_command("sync_groups", stdout=io.StringIO())

    may = Group.objects.filter(permissions__codename=permission)

    assert list(may.values_list("name", flat=True)) == [group]
