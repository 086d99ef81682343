"""The gateways of this process, and how many calls may be on their way through them at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings

from apps.common.errors import ServiceUnavailable
from apps.payments.gateway.port import AsyncPaymentGateway, OutcomeUnknown, PaymentGateway, ProviderPayment
from apps.payments.gateway.toss import documents
from apps.payments.gateway.toss.async_gateway import AsyncTossGateway
from apps.payments.gateway.toss.gateway import TossGateway

PATIENCE_SECONDS = 1.0
ASYNC_PATIENCE_SECONDS = 10.0  # whoever waits takes no thread; a customer who pays would rather wait than try again
MANY = "Many payments are on their way; try again in a moment"


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
def get_async_gateway() -> AsyncPaymentGateway:
    """Return the configured provider for the event loop that calls first; its connections are kept."""
    return AsyncTossGateway(
        settings.TOSS_API_BASE,
        secret_key=settings.TOSS_SECRET_KEY,
        connect_timeout_seconds=settings.TOSS_CONNECT_TIMEOUT_SECONDS,
        read_timeout_seconds=settings.TOSS_READ_TIMEOUT_SECONDS,
        connections=settings.CONFIRMS_AT_ONCE,
    )


async def close_async_gateway() -> None:
    """Give up the event loop's connections, if there are any."""
    if get_async_gateway.cache_info().currsize:
        await get_async_gateway().aclose()
        get_async_gateway.cache_clear()


def read_notice(body: Mapping[str, Any]) -> ProviderPayment | None:
    """Read what a webhook says of a payment; None for one that speaks of none. Nothing of it is proven."""
    try:
        return documents.payment(body.get("data"))
    except OutcomeUnknown:
        return None


@cache
def _slots() -> BoundedSemaphore:
    return BoundedSemaphore(settings.PAYMENT_CALLS_AT_ONCE)


@cache
def _async_slots() -> asyncio.Semaphore:
    return asyncio.Semaphore(settings.CONFIRMS_AT_ONCE)


@contextmanager
def provider_slot() -> Iterator[None]:
    """Keep a slow provider from taking every thread of the process: take one of the few slots, or refuse.

    Taken before anything is written, so a refusal leaves nothing to settle.

    Raises:
        ServiceUnavailable: no slot came free within `PATIENCE_SECONDS`.
    """
    slots = _slots()
    if not slots.acquire(timeout=PATIENCE_SECONDS):
        raise ServiceUnavailable(MANY)
    try:
        yield
    finally:
        slots.release()


@asynccontextmanager
async def async_provider_slot() -> AsyncIterator[None]:
    """Take one of the event loop's slots, first come first served, or refuse.

    Raises:
        ServiceUnavailable: no slot came free within `ASYNC_PATIENCE_SECONDS`.
    """
    slots = _async_slots()
    if slots.locked():
        try:
            async with asyncio.timeout(ASYNC_PATIENCE_SECONDS):
                await slots.acquire()
        except TimeoutError:
            raise ServiceUnavailable(MANY) from None
    else:
        await slots.acquire()  # returns at once
    try:
        yield
    finally:
        slots.release()
