"""A token is believed only if we issued it, for this use, with claims of ours."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import jwt
import pytest
from django.conf import settings

from apps.accounts.models import Role, User
from apps.accounts.tokens import AccessToken, RefreshToken
from apps.common.errors import TokenInvalid
from apps.common.fastlane.tokens import token_verifier

SESSION = uuid.UUID(int=7)


def signed(key: str | None = None, algorithm: str = "HS256", **claims: Any) -> str:
    """Sign the claims of a good access token, with some replaced, or left out as None."""
    now = datetime.datetime.now(tz=datetime.UTC)
    good = {
        "token_type": "access",
        "exp": now + datetime.timedelta(minutes=1),
        "iat": now,
        "jti": "0" * 32,
        "iss": settings.SIMPLE_JWT["ISSUER"],
        "user_id": 5,
        "role": "customer",
        "sid": SESSION.hex,
    }
    payload = {name: value for name, value in (good | claims).items() if value is not None}
    return jwt.encode(payload, key or settings.SIMPLE_JWT["SIGNING_KEY"], algorithm=algorithm)


def test_an_access_token_says_who_in_which_role_and_session() -> None:
    token = AccessToken.read(str(AccessToken.of_user(User(pk=5, role=Role.COUNSELOR), session_id=SESSION)))

    assert (token.user_id, token.role, token.session_id) == (5, Role.COUNSELOR, SESSION)
    assert token["exp"] - token["iat"] == 15 * 60


def test_both_lanes_read_the_same_from_a_token() -> None:
    encoded = str(AccessToken.of_user(User(pk=5, role=Role.STAFF), session_id=SESSION))

    claims = token_verifier().verify(encoded.encode())

    assert (claims.user_id, claims.role, claims.session_id) == (5, "staff", SESSION.hex)
    with pytest.raises(TokenInvalid):
        token_verifier().verify(str(RefreshToken.of(5, session_id=SESSION)).encode())


def test_each_refresh_token_is_another() -> None:
    first = RefreshToken.of(5, session_id=SESSION)
    second = first.successor()

    assert first.jti != second.jti
    assert (second.user_id, second.session_id) == (5, SESSION)


@pytest.mark.parametrize(
    "encoded",
    [
        signed(key="another key that somebody made up, long enough"),
        signed(algorithm="HS512"),
        signed(exp=1),
        signed(iss="somebody else"),
        signed(token_type="refresh"),
        signed(user_id="none"),
        signed(role="emperor"),
        signed(sid="x"),
        *(signed(**{claim: None}) for claim in ("token_type", "exp", "jti", "iss", "user_id", "role", "sid")),
        jwt.encode({"user_id": 5}, "", algorithm="none"),
        "",
        "a.b.c",
        "é.😀.\x00",
    ],
)
def test_a_token_that_is_not_ours_is_refused(encoded: str) -> None:
    AccessToken.read(signed())
    with pytest.raises(TokenInvalid):
        AccessToken.read(encoded)


def test_an_access_token_is_no_refresh_token() -> None:
    with pytest.raises(TokenInvalid):
        RefreshToken.read(signed())
