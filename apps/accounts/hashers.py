"""Argon2 with the memory and the number of hashes at once that a small machine can bear."""

from __future__ import annotations

import threading

from django.conf import settings
from django.contrib.auth import hashers

_slots = threading.BoundedSemaphore(settings.PASSWORD_HASHES_AT_ONCE)


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Argon2id with OWASP's minimum (19 MiB, two passes, one lane), a few hashes at once.

    Further ones wait: the process never spends more than `PASSWORD_HASHES_AT_ONCE` times 19 MiB
    and as many cores, whatever the number of its threads. See docs/accounts.md.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with _slots:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with _slots:
            return super().verify(password, encoded)
