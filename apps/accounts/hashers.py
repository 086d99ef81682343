"""Argon2 with the memory and the number of hashes at once that a small machine can bear."""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from django.conf import settings
from django.contrib.auth import hashers

NICENESS = 10  # beyond the process's own: beside its others a tenth of a core; no thread can take it back
LOWEST = 19


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Argon2id with OWASP's minimum (19 MiB, two passes, one lane), a few hashes at once.

    Further ones wait: the process never spends more than `PASSWORD_HASHES_AT_ONCE` times 19 MiB
    and as many cores, whatever the number of its threads, and no core that the event loop wants. See docs/accounts.md.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return _threads().submit(super().encode, password, salt).result()

    def verify(self, password: str, encoded: str) -> bool:
        return _threads().submit(super().verify, password, encoded).result()


@cache
def _threads() -> ThreadPoolExecutor:
    """Return the threads that hash: the processor is theirs where nobody else of the process wants it."""
    return ThreadPoolExecutor(settings.PASSWORD_HASHES_AT_ONCE, thread_name_prefix="hashing", initializer=_give_way)


def _give_way() -> None:
    if sys.platform == "linux":  # elsewhere a thread has no niceness of its own
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, min(LOWEST, os.getpriority(os.PRIO_PROCESS, me) + NICENESS))


os.register_at_fork(after_in_child=_threads.cache_clear)  # a child has none of its parent's threads
