"""What can be the key of no row is answered in words, wherever the admin is told of rows by their keys."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from apps.accounts.models import Role
from tests.factories import make_performance, make_user

pytestmark = pytest.mark.django_db
NO_KEYS = ["1.5", "", " ", "Infinity", "한", "9" * 5_000, "null"]


@pytest.fixture
def staff() -> Client:
    user = make_user(role=Role.STAFF)
    user.is_superuser = True
    user.save()
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("path", ["/admin/accounts/loginsession/", "/admin/concerts/concert/"])
def test_an_act_upon_what_is_no_row_is_one_upon_nothing(staff: Client, path: str) -> None:
    answers = [staff.post(path, {"action": act_of(staff, path), "_selected_action": [key]}) for key in NO_KEYS]

    assert {answer.status_code for answer in answers} == {302}
    assert len(list(get_messages(answers[-1].wsgi_request))) > 0


def act_of(staff: Client, path: str) -> str:
    """Return the first act that a list offers."""
    form = staff.get(path).context["action_form"]
    return next(value for value, _ in form.fields["action"].choices if value)


def test_the_rows_of_an_act_stay_beside_what_is_none(staff: Client) -> None:
    concert = make_performance().concert

    answer = staff.post(
        "/admin/concerts/concert/", {"action": "delete_selected", "_selected_action": [str(concert.pk), "x"]}
    )

    assert answer.status_code == 200
    assert list(answer.context["queryset"]) == [concert]


@pytest.mark.parametrize("key", NO_KEYS)
def test_a_choice_of_what_is_no_row_is_shown_as_an_error_of_its_field(staff: Client, key: str) -> None:
    answer = staff.post("/admin/concerts/concert/add/", {"cancellation_policy": key})

    assert answer.status_code == 200
    assert "cancellation_policy" in answer.context["adminform"].form.errors


@pytest.mark.parametrize("page", ["delete", "change"])
def test_an_address_with_an_empty_field_means_the_key(staff: Client, page: str) -> None:
    concert = make_performance().concert

    assert staff.get(f"/admin/concerts/concert/{concert.pk}/{page}/?_to_field=").status_code == 200
