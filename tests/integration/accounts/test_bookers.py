"""An account that has bookers has exactly one default; nobody else's can be seen."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import Booker, User
from apps.accounts.services.bookers import BOOKERS_PER_ACCOUNT, add_booker
from tests.integration.accounts.support import refusal

pytestmark = pytest.mark.django_db
BOOKERS = "/api/auth/me/bookers"
DETAILS: dict[str, Any] = {"name": "김민아", "phone": "010-1234-5678", "email": "mina@example.com"}


def add(client: APIClient, **changes: Any) -> dict[str, Any]:
    answer = client.post(BOOKERS, DETAILS | changes)
    assert answer.status_code == 201
    return answer.json()


def defaults() -> list[int]:
    return list(Booker.objects.filter(is_default=True).values_list("pk", flat=True))


@pytest.fixture
def somebody_elses(db: None) -> Booker:
    stranger = User.objects.create_user("stranger@example.com", nickname="낯선")
    return add_booker(stranger.pk, **DETAILS)


def test_a_booker_keeps_what_was_given(as_customer: APIClient) -> None:
    added = add(as_customer, birth_date="1999-12-31", address="서울시 중구")

    expected = DETAILS | {"id": added["id"], "birth_date": "1999-12-31", "address": "서울시 중구", "default": True}
    assert added == expected
    assert as_customer.get(f"{BOOKERS}/{added['id']}").json() == expected


def test_the_first_booker_is_the_default_whatever_was_asked(as_customer: APIClient) -> None:
    assert add(as_customer, default=False)["default"] is True
    assert add(as_customer)["default"] is False


def test_a_new_default_takes_over_from_the_old(as_customer: APIClient) -> None:
    first = add(as_customer)
    second = add(as_customer, default=True)
    assert defaults() == [second["id"]]

    changed = as_customer.patch(f"{BOOKERS}/{first['id']}", {"default": True, "name": "김철수"})

    assert (changed.json()["default"], changed.json()["name"]) == (True, "김철수")
    assert defaults() == [first["id"]]
    assert [booker["id"] for booker in as_customer.get(BOOKERS).json()] == [first["id"], second["id"]]


def test_the_default_cannot_be_taken_away_only_moved(as_customer: APIClient) -> None:
    only = add(as_customer)

    answer = as_customer.patch(f"{BOOKERS}/{only['id']}", {"default": False, "name": "x"})

    assert refusal(answer) == (422, "validation_error")
    assert Booker.objects.get().name == DETAILS["name"]
    assert defaults() == [only["id"]]


def test_when_the_default_is_removed_the_oldest_takes_over(as_customer: APIClient) -> None:
    first, second, third = add(as_customer), add(as_customer), add(as_customer)

    assert as_customer.delete(f"{BOOKERS}/{first['id']}").status_code == 204
    assert defaults() == [second["id"]]
    assert as_customer.delete(f"{BOOKERS}/{third['id']}").status_code == 204
    assert defaults() == [second["id"]]
    assert as_customer.delete(f"{BOOKERS}/{second['id']}").status_code == 204
    assert not Booker.objects.exists()


def test_the_database_refuses_a_second_default(customer: User) -> None:
    add_booker(customer.pk, **DETAILS)

    with pytest.raises(IntegrityError):
        Booker.objects.create(user=customer, is_default=True, **DETAILS)


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize("which", ["somebody else's", "none", "beyond every number"])
def test_what_is_not_the_callers_is_not_there(
    as_customer: APIClient, somebody_elses: Booker, method: str, which: str
) -> None:
    before = Booker.objects.values().get()
    number = {"somebody else's": somebody_elses.pk, "none": 10**9, "beyond every number": 10**30}[which]

    answer = getattr(as_customer, method)(f"{BOOKERS}/{number}", {"name": "x"} if method == "patch" else None)

    assert refusal(answer) == (404, "not_found")
    assert Booker.objects.values().get() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"phone": "call me"}, "phone"),
        ({"phone": "1" * 21}, "phone"),
        ({"email": "nobody"}, "email"),
        ({"birth_date": "2999-01-01"}, "birth_date"),
        ({"birth_date": "31.12.1999"}, "birth_date"),
        ({"address": "x" * 201}, "address"),
        ({"default": "maybe"}, "default"),
        ({"default": None}, "default"),
    ],
)
def test_details_that_make_no_sense_are_refused(as_customer: APIClient, changes: dict[str, Any], field: str) -> None:
    answer = as_customer.post(BOOKERS, DETAILS | changes)

    assert refusal(answer) == (422, "validation_error")
    assert list(answer.json()["errors"]) == [field]
    assert not Booker.objects.exists()


def test_an_account_has_a_bounded_number_of_bookers(as_customer: APIClient, customer: User) -> None:
    Booker.objects.bulk_create(Booker(user=customer, **DETAILS) for _ in range(BOOKERS_PER_ACCOUNT))

    assert refusal(as_customer.post(BOOKERS, DETAILS)) == (409, "booker_limit_reached")
    assert Booker.objects.count() == BOOKERS_PER_ACCOUNT


def test_the_list_is_one_statement_however_long(
    as_customer: APIClient, customer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Booker.objects.bulk_create(Booker(user=customer, **DETAILS) for _ in range(BOOKERS_PER_ACCOUNT))

    with django_assert_num_queries(1):
        assert len(as_customer.get(BOOKERS).json()) == BOOKERS_PER_ACCOUNT
