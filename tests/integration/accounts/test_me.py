from __future__ import annotations

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from apps.accounts.models import LoginSession, SessionEnd, User
from apps.accounts.permissions import IsStaff
from apps.accounts.services.log_in import log_in
from apps.accounts.tokens import TokenPair
from tests.integration.accounts.support import PASSWORD, refusal

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "another staple entirely"


class ForEverybody(APIView):
    permission_classes = (IsAuthenticated,)

    def get(self, request: Request) -> Response:
        return Response({"id": request.user.id})


class ForStaff(ForEverybody):
    permission_classes = (IsStaff,)


def test_an_access_token_is_checked_without_sql(
    pair: TokenPair, customer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    request = APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"bearer {pair.access}")

    with django_assert_num_queries(0):
        assert ForEverybody.as_view()(request).data == {"id": customer.pk}
        assert ForStaff.as_view()(request).status_code == 403


def test_me_is_one_statement(
    as_customer: APIClient, customer: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        assert as_customer.get("/api/auth/me").json()["email"] == customer.email


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "not_authenticated"),
        ("", "not_authenticated"),
        ("Basic bWluYTpzZWNyZXQ=", "not_authenticated"),
        ("Bearer", "token_invalid"),
        ("Bearer a b", "token_invalid"),
        ("Bearer nonsense", "token_invalid"),
        ("Bearer \xff", "token_invalid"),
    ],
)
@pytest.mark.parametrize("path", ["me", "me/bookers", "me/bookers/1"])
def test_without_a_good_token_there_is_nothing_to_see(api: APIClient, path: str, header: str | None, code: str) -> None:
    headers = {} if header is None else {"HTTP_AUTHORIZATION": header}
    answer = api.get(f"/api/auth/{path}", **headers)

    assert refusal(answer) == (401, code)
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_the_nickname_can_be_changed_and_nothing_else(as_customer: APIClient, customer: User) -> None:
    answer = as_customer.patch("/api/auth/me", {"nickname": "미나", "email": "x@example.com", "role": "staff"})

    assert answer.json()["nickname"] == "미나"
    customer.refresh_from_db()
    assert (customer.nickname, customer.email, customer.role) == ("미나", "mina@example.com", "customer")


def test_an_account_made_inactive_is_gone_for_its_tokens(as_customer: APIClient) -> None:
    User.objects.update(is_active=False)

    assert refusal(as_customer.get("/api/auth/me")) == (401, "token_invalid")
    assert refusal(as_customer.patch("/api/auth/me", {"nickname": "x"})) == (401, "token_invalid")
    assert refusal(
        as_customer.post("/api/auth/me/bookers", {"name": "x", "phone": "01012345678", "email": "a@b.kr"})
    ) == (
        401,
        "token_invalid",
    )
    assert User.objects.get().nickname == "민아"


def change_password(client: APIClient, current: str = PASSWORD, new: str = NEW_PASSWORD) -> Any:
    return client.post("/api/auth/me/password", {"current_password": current, "new_password": new})


def test_a_new_password_ends_all_sessions_but_the_callers(
    as_customer: APIClient, api: APIClient, pair: TokenPair, customer: User
) -> None:
    other = log_in(email=customer.email, password=PASSWORD, address=None)

    assert change_password(as_customer).status_code == 204

    assert LoginSession.objects.exclude(ended_at=None).get().end_reason == SessionEnd.PASSWORD_CHANGED
    assert api.post("/api/auth/refresh", {"refresh": other.refresh}).status_code == 401
    assert api.post("/api/auth/refresh", {"refresh": pair.refresh}).status_code == 200
    assert api.post("/api/auth/login", {"email": customer.email, "password": PASSWORD}).status_code == 401
    assert api.post("/api/auth/login", {"email": customer.email, "password": NEW_PASSWORD}).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [("wrong", NEW_PASSWORD, "current_password"), (PASSWORD, "password", "new_password")],
)
def test_a_refused_change_of_password_changes_nothing(
    as_customer: APIClient, customer: User, current: str, new: str, field: str
) -> None:
    answer = change_password(as_customer, current, new)

    assert refusal(answer) == (422, "validation_error")
    assert list(answer.json()["errors"]) == [field]
    assert User.objects.get().password == customer.password
    assert not LoginSession.objects.exclude(ended_at=None).exists()
