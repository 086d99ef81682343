"""The people one books for, by pages that need no script."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from apps.accounts.models import Booker, User
from apps.accounts.services.bookers import BOOKERS_PER_ACCOUNT, add_booker
from tests.factories import make_user
from tests.pages import in_english, parts

pytestmark = pytest.mark.django_db

FILLED_IN = {"name": "김민아", "phone": "010-1234-5678", "email": "mina@example.com", "birth_date": "", "address": ""}


@pytest.fixture
def mine(client: Client, customer: User) -> Client:
    """The customer's browser, in English."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.force_login(customer)
    return client


def make_booker(user: User, name: str = "김민아") -> Booker:
    return add_booker(user.pk, name=name, phone="010-1234-5678", email="mina@example.com")


def test_a_booker_is_added_and_the_first_is_the_default(mine: Client, customer: User) -> None:
    assert "You have no booker yet." in in_english(mine, "/my/bookers/")
    answer = mine.post("/my/bookers/new/", FILLED_IN)
    assert (answer.status_code, answer["Location"]) == (302, "/my/bookers/")
    booker = customer.bookers.get()
    assert (booker.name, booker.phone, booker.is_default) == ("김민아", "010-1234-5678", True)
    assert "김민아 was added." in in_english(mine, "/my/bookers/")


def test_a_new_one_starts_with_the_account_s_address(mine: Client, customer: User) -> None:
    assert f'value="{customer.email}"' in mine.get("/my/bookers/new/").content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"phone": "call me"}, "Enter a phone number"),
        ({"email": "nobody"}, "Enter a valid email address"),
        ({"name": ""}, "This field is required"),
        ({"birth_date": "2999-01-01"}, "A birth date lies in the past."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(
    mine: Client, customer: User, wrong: dict[str, str], words: str
) -> None:
    answer = mine.post("/my/bookers/new/", FILLED_IN | wrong)
    assert answer.status_code == 422
    (field,) = parts(answer, ".wrong")
    assert words in field
    assert not customer.bookers.exists()


def test_a_booker_is_changed_and_what_they_are_called_is_text(mine: Client, customer: User) -> None:
    booker = make_booker(customer)
    mine.post(f"/my/bookers/{booker.pk}/", FILLED_IN | {"name": "<b>김</b>", "birth_date": "1990-02-03"})
    booker.refresh_from_db()
    assert (booker.name, str(booker.birth_date), booker.is_default) == ("<b>김</b>", "1990-02-03", True)
    page = in_english(mine, "/my/bookers/")
    assert "&lt;b&gt;김&lt;/b&gt;" in page
    assert "<b>김" not in page


def test_another_one_is_made_the_default(mine: Client, customer: User) -> None:
    first, second, third = (make_booker(customer, name) for name in "가나다")
    mine.post(f"/my/bookers/{second.pk}/default/")
    assert customer.bookers.get(is_default=True) == second
    mine.post(f"/my/bookers/{third.pk}/", FILLED_IN | {"default": "on"})
    assert customer.bookers.get(is_default=True) == third
    assert 'name="default"' not in mine.get(f"/my/bookers/{third.pk}/").content.decode()
    assert 'name="default"' in mine.get(f"/my/bookers/{first.pk}/").content.decode()


def test_a_booker_is_removed_after_a_question(mine: Client, customer: User) -> None:
    booker = make_booker(customer)
    assert "Remove 김민아?" in in_english(mine, f"/my/bookers/{booker.pk}/remove/")
    assert customer.bookers.exists()
    mine.post(f"/my/bookers/{booker.pk}/remove/")
    assert not customer.bookers.exists()


def test_an_account_that_is_full_is_told_so(mine: Client, customer: User) -> None:
    for number in range(BOOKERS_PER_ACCOUNT):
        make_booker(customer, str(number))
    assert "/my/bookers/new/" not in mine.get("/my/bookers/").content.decode()
    answer = mine.post("/my/bookers/new/", FILLED_IN)
    assert answer.status_code == 422
    assert f"An account has {BOOKERS_PER_ACCOUNT} bookers at most." in answer.content.decode()


def test_one_goes_on_to_where_one_came_from_but_never_to_another_site(mine: Client) -> None:
    checkout = "/orders/abc/checkout/"
    for wanted, reached in ((checkout, checkout), ("https://evil.example/", "/my/bookers/")):
        assert mine.post("/my/bookers/new/", FILLED_IN | {"next": wanted})["Location"] == reached


@pytest.mark.parametrize("what", ["", "default/", "remove/"])
def test_somebody_else_s_booker_is_not_there(mine: Client, what: str) -> None:
    theirs = make_booker(make_user())
    address = f"/my/bookers/{theirs.pk}/{what}"
    assert mine.post(address, FILLED_IN | {"name": "thief"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.name == "김민아"


@pytest.mark.parametrize("address", ["/my/bookers/", "/my/bookers/new/", "/my/bookers/1/", "/my/bookers/1/remove/"])
def test_a_stranger_is_sent_to_the_log_in(client: Client, address: str) -> None:
    assert client.get(address)["Location"].startswith("/accounts/log-in/?next=%2Fmy%2Fbookers")


def test_more_bookers_take_no_more_queries(
    mine: Client, customer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_booker(customer)
    mine.get("/my/bookers/")
    with django_assert_num_queries(2):
        mine.get("/my/bookers/")
    for name in "가나다":
        make_booker(customer, name)
    with django_assert_num_queries(2):
        mine.get("/my/bookers/")
