"""The one gateway of this process, and how many calls may be on their way through it at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore

from django.conf import settings

from apps.common.errors import ServiceUnavailable
from apps.payments.gateway.port import PaymentGateway
from apps.payments.gateway.toss import TossGateway

PATIENCE_SECONDS = 1.0


@cache
def get_gateway() -> PaymentGateway:
    """Return the configured provider; its connections are kept and shared by all threads."""
    return TossGateway(
        settings.TOSS_API_BASE,
        secret_key=settings.TOSS_SECRET_KEY,
        connect_timeout_seconds=settings.TOSS_CONNECT_TIMEOUT_SECONDS,
        read_timeout_seconds=settings.TOSS_READ_TIMEOUT_SECONDS,
    )


@cache
def _slots() -> BoundedSemaphore:
    return BoundedSemaphore(settings.PAYMENT_CALLS_AT_ONCE)


@contextmanager
def provider_slot() -> Iterator[None]:
    """Keep a slow provider from taking every thread of the process: take one of the few slots, or refuse.

    Taken before anything is written, so a refusal leaves nothing to settle.

    Raises:
        ServiceUnavailable: no slot came free within `PATIENCE_SECONDS`.
    """
    slots = _slots()
    if not slots.acquire(timeout=PATIENCE_SECONDS):
        raise ServiceUnavailable("Many payments are on their way; try again in a moment")
    try:
        yield
    finally:
        slots.release()
