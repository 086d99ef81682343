"""Who sends messages that are about no order of ours, or lack their secret: a few are looked up, and no more.

Counted by each process for itself, so that a burst of true messages costs no call of Redis for it. True ones are
never refused for it unless the same address sends false ones as well; the provider sends a refused one again.
"""

from __future__ import annotations

from functools import cache

from django.conf import settings

from apps.common.budgets import OwnBudgets, spenders
from apps.common.errors import TooManyRequests

NAME = "foreign webhooks"


def refuse_foreign_sender(network: str | None) -> None:
    """Raise TooManyRequests for an address that has sent too much that is not ours."""
    wait = _counted().spend(NAME, _who(network), take=False)
    if wait:
        raise TooManyRequests(retry_after=wait)


def note_foreign(network: str | None) -> None:
    """Count a message that is not about an order of ours."""
    _counted().spend(NAME, _who(network))


def _who(network: str | None) -> tuple[str, ...]:
    rates = settings.REQUEST_RATES["webhooks"]
    return spenders({"address": rates["address"]}, account=None, network=network)


@cache
def _counted() -> OwnBudgets:
    return OwnBudgets()
