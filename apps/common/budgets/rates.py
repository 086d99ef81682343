"""Budgets as settings write them, and as the scripts take them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from limits import parse_many

SpenderArgs = tuple[str, ...]
"""Who spends and the budget that holds for them, in turn, as `budget.lua` reads them."""

SPENDERS_KEPT = 4096


@dataclass(frozen=True, slots=True)
class Budget:
    """So many in so many seconds, one or more of such tiers; none: there is no limit."""

    tiers: tuple[tuple[int, int], ...]

    @classmethod
    def parse(cls, rates: str) -> Budget:
        """Read `30/minute;120/hour`; an empty text is no limit. Raises ValueError."""
        if not rates.strip():
            return cls(())
        return cls(tuple((rate.amount, rate.get_expiry()) for rate in parse_many(rates)))

    def packed(self) -> str:
        """The form that the scripts read: `30/60 120/3600`."""
        return " ".join(f"{most}/{seconds}" for most, seconds in self.tiers)


@lru_cache(maxsize=SPENDERS_KEPT)
def packed_budget(rates: str) -> str:
    """Return rates in the form that the scripts read."""
    return Budget.parse(rates).packed()


@lru_cache(maxsize=SPENDERS_KEPT)
def _packed_for(rates: str, count: int) -> str:
    return " ".join(f"{most}/{span}*{min(count, most)}" for most, span in Budget.parse(rates).tiers)


def seconds_spent(spender: str, rates: str, seconds: int) -> SpenderArgs:
    """Return who spends so many seconds at once of a budget that counts seconds, such as `3600/3 hours`.

    Of a tier that has fewer all are spent, so that it never forbids the thing altogether.
    """
    packed = _packed_for(rates, seconds)
    return (spender, packed) if packed else ()


def spenders(rates: Mapping[str, str], *, account: int | str | None, network: str | None) -> SpenderArgs:
    """Return who spends by `rates` {"account": ..., "address": ...}; who is not known spends nothing."""
    args: SpenderArgs = ()
    if account is not None and (packed := packed_budget(rates.get("account", ""))):
        args = f"u:{account}", packed
    if network is not None and (packed := packed_budget(rates.get("address", ""))):
        args += f"n:{network}", packed
    return args
