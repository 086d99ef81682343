"""Who calls, by the access token alone: no SQL, and no signature checked twice."""

from __future__ import annotations

import functools
import time
from collections import OrderedDict
from typing import Any

import jwt
import msgspec
from django.conf import settings

from apps.common.errors import TokenInvalid

CACHED_TOKENS = 32_768
ACCESS = "access"
REQUIRED_CLAIMS = ["exp", "user_id", "role", "sid", "token_type"]


class Claims(msgspec.Struct, frozen=True, gc=False):
    """What a verified access token says."""

    user_id: int
    role: str
    session_id: str
    expires_at: float  # Unix seconds


class TokenVerifier:
    """Checks signature, issuer and claims of a token once; its end at every use.

    The last `CACHED_TOKENS` good tokens are remembered. That forgets no revocation: an access token
    is good until its end by design, and the end is compared each time.
    """

    def __init__(self, *, key: str, algorithm: str, issuer: str | None, leeway_seconds: float = 0) -> None:
        self._key = key
        self._algorithm = algorithm
        self._issuer = issuer
        self._leeway = leeway_seconds
        self._known: OrderedDict[str | bytes, Claims] = OrderedDict()

    def verify(self, token: str | bytes) -> Claims:
        """Return the claims of `token`, or raise TokenInvalid."""
        claims = self._known.get(token)
        if claims is None:
            claims = self._known[token] = self._decode(token)
            if len(self._known) > CACHED_TOKENS:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(token)
        if claims.expires_at + self._leeway <= time.time():
            del self._known[token]
            raise TokenInvalid
        return claims

    def _decode(self, token: str | bytes) -> Claims:
        try:
            payload = jwt.decode(
                token,
                self._key,
                algorithms=[self._algorithm],
                issuer=self._issuer,
                leeway=self._leeway,
                options={"require": REQUIRED_CLAIMS},
            )
            return _claims(payload)
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise TokenInvalid from error


def _claims(payload: dict[str, Any]) -> Claims:
    kind, role, session_id = payload["token_type"], payload["role"], payload["sid"]
    if kind != ACCESS or not isinstance(role, str) or not isinstance(session_id, str):
        raise ValueError("not an access token of ours")
    return Claims(int(payload["user_id"]), role, session_id, float(payload["exp"]))


@functools.cache
def token_verifier() -> TokenVerifier:
    """Return the process's verifier, with the key and issuer that simplejwt signs with."""
    options = settings.SIMPLE_JWT
    leeway = options.get("LEEWAY", 0)
    return TokenVerifier(
        key=options["SIGNING_KEY"],
        algorithm=options["ALGORITHM"],
        issuer=options.get("ISSUER"),
        leeway_seconds=leeway if isinstance(leeway, int | float) else leeway.total_seconds(),
    )
