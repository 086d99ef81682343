"""The two tokens of a log-in session: what they claim, how they are made and read."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Self

from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import TokenError

from apps.accounts.models import Role, User
from apps.common.errors import TokenInvalid


class SessionToken(tokens.Token):
    """A token that names the account (`user_id`) and the log-in session (`sid`)."""

    @classmethod
    def of(cls, user_id: int, *, session_id: uuid.UUID) -> Self:
        token = cls()
        token["user_id"] = user_id
        token["sid"] = session_id.hex
        return token

    @classmethod
    def read(cls, encoded: str | bytes) -> Self:
        """Return the verified token, or raise TokenInvalid."""
        try:
            return cls(encoded)  # type: ignore[arg-type]  # simplejwt's annotation forgets the encoded form
        except TokenError as error:
            raise TokenInvalid from error

    def verify(self) -> None:
        super().verify()
        try:
            self.check_claims()
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise TokenError("a claim is missing, or no value of its type") from error

    def check_claims(self) -> None:
        """Read every claim once, so that later reads cannot fail."""
        _ = self.user_id, self.session_id

    @property
    def user_id(self) -> int:
        return int(self["user_id"])

    @property
    def session_id(self) -> uuid.UUID:
        return uuid.UUID(self["sid"])

    @property
    def jti(self) -> str:
        return str(self["jti"])


class AccessToken(SessionToken):
    """Names the role as well. Checked without SQL; good until it expires, even when its session has ended."""

    token_type = tokens.AccessToken.token_type
    lifetime = tokens.AccessToken.lifetime

    @classmethod
    def of_user(cls, user: User, *, session_id: uuid.UUID) -> Self:
        token = cls.of(user.pk, session_id=session_id)
        token["role"] = user.role
        return token

    def check_claims(self) -> None:
        super().check_claims()
        _ = self.role

    @property
    def role(self) -> Role:
        return Role(self["role"])


class RefreshToken(SessionToken):
    """Good once, and only as the `current_jti` of a session that has not ended."""

    token_type = tokens.RefreshToken.token_type
    lifetime = tokens.RefreshToken.lifetime

    def successor(self) -> RefreshToken:
        """Return the session's next refresh token."""
        return RefreshToken.of(self.user_id, session_id=self.session_id)

    @property
    def expires_at(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self["exp"], tz=datetime.UTC)


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str
    expires_in: int
    """Seconds that the access token is good for."""

    @classmethod
    def of(cls, user: User, *, refresh: RefreshToken) -> TokenPair:
        access = AccessToken.of_user(user, session_id=refresh.session_id)
        return cls(str(access), str(refresh), int(AccessToken.lifetime.total_seconds()))
