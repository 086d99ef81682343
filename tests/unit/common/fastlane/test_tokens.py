"""Who may call, by the token alone."""

import base64
import hmac
import json
import time
from typing import Any

import pytest
from django.conf import settings

from apps.common.errors import TokenInvalid
from apps.common.fastlane import Claims, TokenVerifier, tokens
from tests.fast_lane import access_token


def token_of(**claims: Any) -> bytes:
    return access_token(**claims).encode()


@pytest.fixture
def verifier() -> TokenVerifier:
    options = settings.SIMPLE_JWT
    return TokenVerifier(key=options["SIGNING_KEY"], issuer=options["ISSUER"])


def test_a_token_of_ours_says_who_calls(verifier: TokenVerifier) -> None:
    end = int(time.time()) + 60

    claims = verifier.verify(token_of(user_id=7, role="counselor", exp=end))

    assert claims == Claims(7, "counselor", "0123456789abcdef0123456789abcdef", end)


def test_a_user_id_may_be_written_as_text(verifier: TokenVerifier) -> None:
    assert verifier.verify(token_of(user_id="7")).user_id == 7


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": 1},
        {"exp": None},
        {"iss": "somebody-else"},
        {"iss": None},
        {"token_type": "refresh"},
        {"token_type": None},
        {"user_id": None},
        {"user_id": "everybody"},
        {"user_id": [1]},
        {"role": None},
        {"role": 1},
        {"sid": None},
        {"key": "another-key-0123456789-abcdefghijklmnopqrstuvwxyz"},
    ],
    ids=str,
)
def test_a_token_that_is_not_ours_or_is_over_is_refused(verifier: TokenVerifier, claims: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid):
        verifier.verify(token_of(**claims))


def test_a_token_without_a_signature_is_refused(verifier: TokenVerifier) -> None:
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=").decode()
    payload = access_token().split(".")[1]

    for forged in (f"{header}.{payload}.", f"{header}.{payload}", "", "x", "é.ü.ß"):
        with pytest.raises(TokenInvalid):
            verifier.verify(forged.encode())


@pytest.mark.parametrize(
    "header", [{"alg": "HS512", "typ": "JWT"}, {"alg": "HS256", "crit": ["b64"], "b64": False}], ids=str
)
def test_a_signed_token_of_another_kind_is_refused(verifier: TokenVerifier, header: dict[str, Any]) -> None:
    first = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=")
    signed = first + b"." + token_of().split(b".")[1]
    signature = hmac.digest(settings.SIMPLE_JWT["SIGNING_KEY"].encode(), signed, "sha256")

    with pytest.raises(TokenInvalid):
        verifier.verify(signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"="))


def test_a_remembered_token_ends_at_its_time(verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(exp=int(time.time()) + 60)
    verifier.verify(token)
    later = time.time() + 61

    monkeypatch.setattr(tokens.time, "time", lambda: later)

    with pytest.raises(TokenInvalid):
        verifier.verify(token)


def test_a_crowd_of_tokens_does_not_fill_the_memory(verifier: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "CACHED_TOKENS", 3)
    favourite = token_of(user_id=1)

    for user_id in range(2, 9):
        verifier.verify(favourite)
        verifier.verify(token_of(user_id=user_id))

    assert len(verifier._known) == 3
    assert favourite in verifier._known
