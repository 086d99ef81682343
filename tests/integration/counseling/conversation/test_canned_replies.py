"""What counselors write again and again: everybody's to use, one's own to change."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.counseling.models import CannedReply
from tests.counseling_factories import make_category, make_counselor
from tests.factories import make_user
from tests.fast_lane import access_token

pytestmark = pytest.mark.django_db

PATH = "/api/counselors/canned-replies"
REPLY = {"shortcut": "hello", "title": "Greeting", "content": "Hello, how can I help?"}


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user_id=user.pk, role=user.role)}")
    return client


def test_a_counselor_writes_changes_and_deletes_replies_of_their_own() -> None:
    category, counselor = make_category(), make_counselor()
    client = client_of(counselor)
    written = client.post(PATH, REPLY | {"category_id": category.pk})
    assert written.status_code == 201
    assert CannedReply.objects.get().owner == counselor
    path = f"{PATH}/{written.json()['id']}"

    changed = client.patch(path, {"content": "Hi!"})
    mine = {"id": written.json()["id"], "content": "Hi!", "category_id": category.pk, "is_mine": True}
    assert changed.json() == {**REPLY, **mine}
    assert client.delete(path).status_code == 204
    assert not CannedReply.objects.exists()


def test_each_sees_everybodys_and_their_own(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    counselor, colleague = make_counselor(), make_counselor()
    for owner, shortcut in ((None, "shared"), (counselor, "mine"), (colleague, "theirs")):
        CannedReply.objects.create(owner=owner, shortcut=shortcut, title="t", content="c", category=make_category())

    with django_assert_num_queries(2):  # the profile and the replies
        answer = client_of(counselor).get(PATH).json()
    assert [reply["shortcut"] for reply in answer] == ["mine", "shared"]


def test_everybodys_and_other_peoples_replies_stay_as_they_are() -> None:
    counselor = make_counselor()
    shared = CannedReply.objects.create(shortcut="shared", title="t", content="c")
    theirs = CannedReply.objects.create(shortcut="theirs", title="t", content="c", owner=make_counselor())

    for reply, code in ((shared, "permission_denied"), (theirs, "not_found")):
        path = f"{PATH}/{reply.pk}"
        assert client_of(counselor).patch(path, {"content": "changed"}).json()["code"] == code
        assert client_of(counselor).delete(path).json()["code"] == code
    assert set(CannedReply.objects.values_list("content", flat=True)) == {"c"}


@pytest.mark.parametrize(
    "wrong",
    [{"shortcut": "no spaces"}, {"content": ""}, {"content": "x" * 2001}, {"title": None}, {"category_id": 10**30}],
)
def test_nonsense_is_refused(wrong: dict[str, object]) -> None:
    answer = client_of(make_counselor()).post(PATH, REPLY | wrong)

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert not CannedReply.objects.exists()


def test_customers_have_none() -> None:
    client = client_of(make_user())
    assert client.get(PATH).json()["code"] == "not_a_counselor"
    assert client.post(PATH, REPLY).json()["code"] == "not_a_counselor"
    assert not CannedReply.objects.exists()
