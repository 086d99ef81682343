"""Who is at a job: one process at a time, and the next one soon after it was killed."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from apps.payments.calling_off.models import CallOff

LEASE = timedelta(seconds=10)
RENEWED_SECONDS = 2.0


class Lease:
    """One process' right to carry a job on, for as long as it renews it. Two that had it at once would do no harm."""

    def __init__(self, call_off_id: int, token: str) -> None:
        self._mine = CallOff.objects.filter(pk=call_off_id, lease=token, status=CallOff.Status.RUNNING)
        self._renewed_at = time.monotonic()

    def renew(self) -> bool:
        """Renew it if it is time; tell whether it is still this process'."""
        if time.monotonic() - self._renewed_at < RENEWED_SECONDS:
            return True
        self._renewed_at = time.monotonic()
        return bool(self._mine.update(leased_until=Now() + LEASE))


@contextmanager
def leased(call_off_id: int) -> Iterator[Lease | None]:
    """Take a job's lease by one conditional UPDATE and give it back at the end; None where somebody else is at it."""
    token = secrets.token_hex(16)
    free = CallOff.objects.filter(Q(leased_until=None) | Q(leased_until__lte=Now()), pk=call_off_id)
    if not free.filter(status=CallOff.Status.RUNNING).update(lease=token, leased_until=Now() + LEASE):
        yield None
        return
    try:
        yield Lease(call_off_id, token)
    finally:
        CallOff.objects.filter(pk=call_off_id, lease=token).update(lease="", leased_until=None)
