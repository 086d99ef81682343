"""Tabs that change an account's bookers at once leave exactly one default."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from apps.accounts.models import Booker, User
from apps.accounts.services import bookers
from apps.accounts.services.bookers import BOOKERS_PER_ACCOUNT, add_booker, change_booker
from tests.races.accounts.support import at_once
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)
DETAILS: dict[str, Any] = {"name": "김민아", "phone": "010-1234-5678", "email": "mina@example.com"}
Call = Callable[[], object]


@pytest.fixture
def customer(db: None) -> User:
    return User.objects.create_user("mina@example.com", nickname="민아")


def test_without_the_accounts_lock_first_bookers_collide(customer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    both_are_past_the_lock = threading.Barrier(2)
    monkeypatch.setattr(bookers, "_lock_account", lambda user_id: None)
    create = Booker.objects.create

    def create_together(**fields: Any) -> Booker:
        both_are_past_the_lock.wait(LONGEST_SECONDS)
        return create(**fields)

    monkeypatch.setattr(Booker.objects, "create", create_together)
    results = at_once([lambda: add_booker(customer.pk, **DETAILS)] * 2)

    assert sum(isinstance(result, IntegrityError) for result in results) == 1


def test_first_bookers_at_once_are_all_kept_with_one_default(customer: User) -> None:
    results = at_once([lambda: add_booker(customer.pk, **DETAILS)] * 8)

    assert all(isinstance(result, Booker) for result in results)
    assert Booker.objects.filter(is_default=True).count() == 1


def test_bookers_made_the_default_at_once_leave_one(customer: User) -> None:
    added = [add_booker(customer.pk, **DETAILS) for _ in range(8)]
    calls: list[Call] = [lambda pk=one.pk: change_booker(customer.pk, pk, is_default=True) for one in added]

    results = at_once(calls)

    assert all(isinstance(result, Booker) for result in results)
    assert Booker.objects.filter(is_default=True).count() == 1


def test_the_limit_holds_for_tabs_at_once(customer: User) -> None:
    Booker.objects.bulk_create(Booker(user=customer, **DETAILS) for _ in range(BOOKERS_PER_ACCOUNT - 1))

    at_once([lambda: add_booker(customer.pk, **DETAILS)] * 8)

    assert Booker.objects.count() == BOOKERS_PER_ACCOUNT
