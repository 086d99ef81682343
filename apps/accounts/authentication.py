"""Who calls the API, told by the access token alone: no SQL."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTStatelessUserAuthentication
from rest_framework_simplejwt.tokens import Token

from apps.accounts.models import Role
from apps.accounts.tokens import AccessToken
from apps.common.errors import TokenInvalid

AUTHORIZATION_PARTS = 2


@dataclass(frozen=True, slots=True)
class TokenUser:
    """`request.user` of the API. It is no row: pass its id to the ORM (`user_id=request.user.id`)."""

    id: int
    role: str
    session_id: uuid.UUID

    is_authenticated: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False
    is_active: ClassVar[bool] = True

    @property
    def pk(self) -> int:
        return self.id

    @property
    def is_staff(self) -> bool:
        return self.role == Role.STAFF


class TokenAuthentication(JWTStatelessUserAuthentication):
    """`Authorization: Bearer <access>`; another scheme counts as none (RFC 9110, section 11.1: in any case)."""

    www_authenticate_realm = "ticket-live"

    def get_raw_token(self, header: bytes) -> bytes | None:
        parts = header.split()
        if not parts or parts[0].lower() != b"bearer":
            return None
        if len(parts) != AUTHORIZATION_PARTS:
            raise TokenInvalid
        return parts[1]

    def get_validated_token(self, raw_token: bytes) -> AccessToken:
        return AccessToken.read(raw_token)

    def get_user(self, validated_token: Token) -> TokenUser:  # type: ignore[override]  # no row, as it says
        token = cast("AccessToken", validated_token)
        return TokenUser(id=token.user_id, role=token.role, session_id=token.session_id)


class TokenAuthenticationScheme(OpenApiAuthenticationExtension):
    """The OpenAPI document's word for it."""

    target_class = TokenAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}


def caller(request: Request) -> TokenUser:
    """Return who calls a view that asks for a token."""
    return cast("TokenUser", request.user)
