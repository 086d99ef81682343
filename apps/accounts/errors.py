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


EXPIRED = "expired"


class LoginEnded(DomainError):
    """The browser's log-in is over; `reason` is a `SessionEnd`, or `expired`."""

    code = "login_ended"
    status = 401
    title = "This log-in has ended"

    def __init__(self, detail: str = "", *, reason: str) -> None:
        super().__init__(detail, reason=reason)

    @property
    def reason(self) -> str:
        return str(self.extras["reason"])
