"""Open a customer's account."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.services.password_checks import hash_new_password
from apps.accounts.throttling import limit_attempts
from apps.common.errors import ValidationFailed

PASSWORD_MAX_LENGTH = 128  # characters


def sign_up(*, email: str, password: str, nickname: str, address: str | None) -> User:
    """Create the account; of two with one e-mail address the UNIQUE constraint takes the first.

    Raises TooManyRequests, ValidationFailed (address taken, password weak), ServiceUnavailable.
    """
    user = User(email=User.normalise_email(email), nickname=nickname)
    limit_attempts("sign_up", address=address, account=user.email)
    user.password = hash_new_password(password, user=user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationFailed(errors={"email": [_("This e-mail address has an account already.")]}) from error
    return user
