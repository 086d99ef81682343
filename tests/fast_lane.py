"""What tests of fast-lane endpoints share: tokens as the platform signs them, and a client without a network."""

from __future__ import annotations

import os
import time
from typing import Any

import httpx
import jwt
from django.conf import settings


def access_token(*, user_id: int = 1, role: str = "customer", key: str | None = None, **claims: Any) -> str:
    """Return a token as a log-in gives it; `claims` replace its own, and None takes one away.

    It is made while a test runs: as a parameter, made when tests are collected, it may end before its test begins.
    """
    assert "exp" in claims or "PYTEST_CURRENT_TEST" in os.environ, "a token for a test that runs later would have ended"
    options = settings.SIMPLE_JWT
    payload = {
        "token_type": "access",
        "iss": options["ISSUER"],
        "exp": int(time.time()) + 900,
        "user_id": user_id,
        "role": role,
        "sid": "0123456789abcdef0123456789abcdef",
        "jti": "fedcba9876543210fedcba9876543210",
    }
    kept = {name: value for name, value in (payload | claims).items() if value is not None}
    return jwt.encode(kept, key or options["SIGNING_KEY"], algorithm="HS256")


def bearer(**claims: Any) -> dict[str, str]:
    """Return the header of a caller."""
    return {"Authorization": f"Bearer {access_token(**claims)}"}


def client_of(application: Any) -> httpx.AsyncClient:
    """Return a client that calls an ASGI application in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=application), base_url="http://testserver")
