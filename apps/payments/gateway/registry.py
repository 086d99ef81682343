"""The payment providers that this platform is set up for: one takes new payments, each keeps those it has taken."""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module

from django.conf import settings
from django.templatetags.static import static

from apps.payments.gateway.adapter import PaymentProvider, WebhookReader
from apps.payments.gateway.port import OutcomeUnknown
from apps.payments.gateway.texts import NO_TEXTS, ProviderTexts

logger = logging.getLogger(__name__)


class ProviderNotSetUp(OutcomeUnknown):
    """The provider of a payment is not among PAYMENT_PROVIDERS: nobody can be asked about its money."""


def provider_names() -> tuple[str, ...]:
    """Return the names of the providers, that of new payments first."""
    return tuple(settings.PAYMENT_PROVIDERS)


def current_provider() -> PaymentProvider:
    """Return the provider that takes new payments."""
    return get_provider(provider_names()[0])


def get_provider(name: str) -> PaymentProvider:
    """Return the provider of this name, as `Payment.provider` has it.

    Raises:
        ProviderNotSetUp
    """
    module = settings.PAYMENT_PROVIDERS.get(name)
    if module is None:
        logger.error("a payment was made with %r, which PAYMENT_PROVIDERS does not name", name)
        raise ProviderNotSetUp("PROVIDER_NOT_SET_UP", name)
    return _load(module)


def texts_of(name: str) -> ProviderTexts:
    """Return what a provider's codes mean; of one that is not set up any more, words that fit all."""
    return get_provider(name).texts if name in settings.PAYMENT_PROVIDERS else NO_TEXTS


def window_data(provider: PaymentProvider) -> dict[str, str]:
    """Return what a page needs to open the provider's window: its script's address as `module`, and its own data."""
    return {**provider.window().page_data, "module": static(f"payments/{provider.name}/window.js")}


def webhook_readers() -> dict[str, WebhookReader]:
    """Return what reads the messages of each provider that sends any, by the providers' names."""
    readers = {name: get_provider(name).webhooks for name in provider_names()}
    return {name: reader for name, reader in readers.items() if reader is not None}


def load_providers() -> None:
    """Import every provider, so that one that cannot be imported stops the start."""
    for name in provider_names():
        get_provider(name)


def longest_call_seconds() -> float:
    """Return how long a call can take at most, whichever provider it is made to."""
    return max(get_provider(name).call_seconds() for name in provider_names())


@cache
def _load(module: str) -> PaymentProvider:
    provider: PaymentProvider = import_module(module).PROVIDER
    return provider
