"""The help button of every page: who has it, and what it brings along."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Role
from tests.factories import make_user

pytestmark = pytest.mark.django_db

LAUNCHER = 'id="help-launcher"'


def page_of(role: Role | None) -> str:
    client = Client()
    if role is not None:
        client.force_login(make_user(role=role))
    return client.get(reverse("home")).content.decode()


@pytest.mark.parametrize("role", [None, Role.CUSTOMER])
def test_strangers_and_customers_have_it(role: Role | None) -> None:
    assert LAUNCHER in page_of(role)


@pytest.mark.parametrize("role", [Role.COUNSELOR, Role.STAFF])
def test_those_who_answer_do_not_ask(role: Role) -> None:
    assert LAUNCHER not in page_of(role)


def test_it_is_hidden_until_a_script_can_open_it() -> None:
    page = page_of(None)
    button = page[page.index("<button", page.index('class="help"')) : page.index(LAUNCHER) + 40]
    assert " hidden" in button


def test_answers_are_in_the_language_of_the_page() -> None:
    client = Client()
    korean = client.get("/", headers={"Accept-Language": "ko"}).content.decode()
    english = client.get("/", headers={"Accept-Language": "en"}).content.decode()
    assert "예매는 어떻게 하나요?" in korean
    assert "How do I book?" in english
