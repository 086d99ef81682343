"""The gateways of this process, and how many calls may be on their way through them at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from threading import BoundedSemaphore

from django.conf import settings

from apps.common.errors import ServiceUnavailable
from apps.payments.gateway.port import AsyncPaymentGateway, PaymentGateway
from apps.payments.gateway.registry import get_provider

PATIENCE_SECONDS = 1.0
ASYNC_PATIENCE_SECONDS = 10.0  # whoever waits takes no thread; a customer who pays would rather wait than try again
MANY = "Many payments are on their way; try again in a moment"


@cache
def get_gateway(provider: str) -> PaymentGateway:
    """Return the gateway of a provider, by its name; its connections are kept and shared by all threads.

    Raises:
        ProviderNotSetUp: as any answer that did not come, it leaves open what became of the money.
    """
    return get_provider(provider).gateway()


def get_async_gateway(provider: str) -> AsyncPaymentGateway:
    """Return the gateway of a provider for the event loop that calls first; its connections are kept.

    Raises:
        ProviderNotSetUp
    """
    gateway = _async_gateways.get(provider)
    if gateway is None:
        gateway = get_provider(provider).async_gateway(connections=settings.CONFIRMS_AT_ONCE)
        _async_gateways[provider] = gateway
    return gateway


async def close_async_gateways() -> None:
    """Give up the event loop's connections, if there are any."""
    while _async_gateways:
        _, gateway = _async_gateways.popitem()
        await gateway.aclose()


_async_gateways: dict[str, AsyncPaymentGateway] = {}


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
