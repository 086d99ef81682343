"""Change a password, which ends the account's sessions."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from apps.accounts.models import SessionEnd, User
from apps.accounts.selectors import get_account
from apps.accounts.services.end_sessions import end_sessions_of
from apps.accounts.services.password_checks import hash_new_password, matches
from apps.accounts.throttling import forget_attempts, limit_attempts
from apps.common.database.transactions import in_transaction
from apps.common.errors import ValidationFailed


def change_password(
    user_id: int, *, current_password: str, new_password: str, keep_session: uuid.UUID, address: str | None
) -> None:
    """Replace the password and end all sessions but the caller's.

    Raises TooManyRequests, TokenInvalid (account gone or inactive), ServiceUnavailable and
    ValidationFailed: current password wrong, new one weak, or changed by another at the same moment.
    """
    limit_attempts("change_password", address=address, account=str(user_id))
    user = get_account(user_id)
    correct, _renewed_hash = matches(current_password, encoded=user.password)
    if not correct:
        raise _current_is_wrong()
    new_hash = hash_new_password(new_password, user=user, field="new_password")

    def replace() -> None:
        if not User.objects.filter(pk=user_id, password=user.password).update(password=new_hash):
            raise _current_is_wrong()
        end_sessions_of(user_id, reason=SessionEnd.PASSWORD_CHANGED, keep=keep_session)

    in_transaction(replace)
    forget_attempts("change_password", account=str(user_id))


def _current_is_wrong() -> ValidationFailed:
    return ValidationFailed(errors={"current_password": [_("This is not the current password.")]})
