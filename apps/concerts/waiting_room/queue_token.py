"""The queue token: a number that its owner can prove after Redis has forgotten it.

It says which number an account has in which line and when that was last confirmed, under a keyed BLAKE2b
(RFC 7693, a third of the time of an HMAC: every answer to a crowd carries a token).
Performance and account are signed but not in the text: they are known from the request, so that somebody
else's token, or one of another performance, is simply a wrong signature.
"""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
import hmac
import struct
from typing import NamedTuple

from django.conf import settings
from django.utils.crypto import salted_hmac

from apps.common.errors import ValidationFailed

SALT = "apps.concerts.waiting_room.place"  # part of what is signed: tokens that people hold name it
SIGNATURE_BYTES = 16
KEPT_HOURS = 6  # how long before a loss a token may have been signed to count after it

_PLAIN = struct.Struct(">II")
_SIGNED = struct.Struct(">QQII")


class QueueToken(NamedTuple):
    """A number in line and the unix second in which it was signed."""

    number: int
    signed_at: int


def sign_queue_token(token: QueueToken, *, performance_id: int, user_id: int) -> str:
    """Return the token as text for its owner to keep."""
    number, signed_at = token
    signing = _keyed(settings.SECRET_KEY).copy()
    signing.update(_SIGNED.pack(performance_id, user_id, number, signed_at))
    return base64.urlsafe_b64encode(_PLAIN.pack(number, signed_at) + signing.digest()).decode()


def read_queue_token(text: str, *, performance_id: int, user_id: int) -> QueueToken:
    """Return the token that `text` proves, or raise ValidationFailed if it is not this account's in this line."""
    try:
        raw = base64.b64decode(text, altchars=b"-_", validate=True)
        token = QueueToken(*_PLAIN.unpack(raw[: _PLAIN.size]))
    except (binascii.Error, ValueError, struct.error) as error:
        raise _refusal() from error
    message = _SIGNED.pack(performance_id, user_id, *token)
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        signing = _keyed(secret).copy()
        signing.update(message)
        if hmac.compare_digest(raw[_PLAIN.size :], signing.digest()):
            return token
    raise _refusal()


def _refusal() -> ValidationFailed:
    return ValidationFailed(errors={"place": ["This is not a place of yours in this line."]})


@functools.lru_cache(maxsize=16)
def _keyed(secret: str) -> hashlib.blake2b:
    """Return the hash that has taken in the key, to be copied."""
    key = salted_hmac(SALT, "signing key", secret=secret, algorithm="sha256").digest()
    return hashlib.blake2b(digest_size=SIGNATURE_BYTES, key=key)
