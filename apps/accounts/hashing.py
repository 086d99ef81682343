"""How many passwords are hashed for requests at once, whoever asks: the API, the pages or Django's own forms."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from apps.common.errors import ServiceUnavailable

_admitted = threading.BoundedSemaphore(settings.PASSWORD_CHECKS_ADMITTED)


class _OfThisThread(threading.local):
    is_admitted = False


_here = _OfThisThread()


@contextmanager
def admission() -> Iterator[None]:
    """Refuse with ServiceUnavailable rather than let waiting log-ins take every thread there is.

    Who is in already stays in: a check that renews an old hash is one admission.
    """
    if _here.is_admitted:
        yield
        return
    if not _admitted.acquire(blocking=False):
        raise ServiceUnavailable("Many people log in at this moment; try again.", retry_after=2)
    _here.is_admitted = True
    try:
        yield
    finally:
        _here.is_admitted = False
        _admitted.release()
