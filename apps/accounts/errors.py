"""What accounts refuse."""

from apps.common.errors import DomainError


class WrongCredentials(DomainError):
    """Says nothing of whether the account exists."""

    code = "wrong_credentials"
    status = 401
    title = "The e-mail address or the password is wrong"

    def headers(self) -> dict[str, str]:
        return {**super().headers(), "WWW-Authenticate": "Bearer"}


class BookerLimitReached(DomainError):
    code = "booker_limit_reached"
    status = 409
    title = "This account has as many bookers as it may have"
