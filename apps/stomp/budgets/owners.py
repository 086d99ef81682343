"""Who has budgets: each account, and each address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from django.conf import settings

from apps.common.fastlane import Claims
from apps.stomp.budgets.allowance import Allowance
from apps.stomp.budgets.bucket import Bucket, OverBudget, Share
from apps.stomp.budgets.open_connections import Limit, OpenConnections

PLACE_AGAIN_SECONDS = 5.0  # when one who has too much open may ask again
KEPT_AT_LEAST = 1_000  # owners, before those are looked for that can be forgotten

UNBOUNDED = 1_000_000  # times a customer's allowance
ACCOUNT, ADDRESS = "account", "address"
CONNECTIONS, SUBSCRIPTIONS = "connections", "subscriptions"


class Owner:
    """An account or an address, as this process knows it. `users` are its connections here."""

    __slots__ = ("allowance", "bytes", "kind", "last_used_at", "name", "sends", "users")

    def __init__(self, kind: str, name: str, *, allowance: Allowance, share: Share) -> None:
        self.kind = kind
        self.name = f"{kind}:{name}"
        self.allowance = allowance
        self.sends = Bucket("sends", owner=self.name, of=kind, rate=allowance.sends, share=share)
        self.bytes = Bucket("bytes", owner=self.name, of=kind, rate=allowance.bytes, share=share)
        self.users = 0
        self.last_used_at = 0.0

    def place(self, resource: str) -> Limit:
        """Return what a place of this owner counts under, and how many there may be."""
        return Limit(f"{resource} {self.name}", getattr(self.allowance, resource))

    def may_use(self, allowance: Allowance) -> None:
        """Take over another allowance: the account's role may have changed."""
        self.allowance = allowance
        self.sends.rate, self.bytes.rate = allowance.sends, allowance.bytes

    def is_as_new(self, now: float) -> bool:
        """Tell whether nobody would notice if this owner were forgotten."""
        quiet = now - self.last_used_at
        return not self.users and quiet > max(self.sends.full_after_seconds, self.bytes.full_after_seconds)


def everybody_alike(_claims: Claims) -> int:
    return 1


class Budgets:
    """The owners of one process.

    Args:
        allowance: what a customer's account may use.
        factor_of: how many times as much somebody may use, by the claims of their token.
        address_factor: how many times as much all accounts behind one address may use together.
    """

    def __init__(
        self,
        allowance: Allowance | None = None,
        *,
        factor_of: Callable[[Claims], int] = everybody_alike,
        address_factor: int | None = None,
    ) -> None:
        self._allowance = allowance or Allowance.of_settings()
        self._factor_of = factor_of
        self._address_factor = settings.STOMP_ADDRESS_ALLOWANCE if address_factor is None else address_factor
        self._share = Share()
        self.open_connections = OpenConnections(self._share)
        self._owners: dict[str, Owner] = {}
        self._look_again_at = KEPT_AT_LEAST

    def address(self, network: str | None) -> Owner:
        """Return what counts for an address (`crowd_network_of`); where there is none to go by, as good as nothing."""
        factor = UNBOUNDED if network is None else self._address_factor
        return self._owner(ADDRESS, network or "unknown", self._allowance.times(factor))

    def account(self, claims: Claims) -> Owner:
        """Return what counts for whoever has logged in."""
        return self._owner(ACCOUNT, str(claims.user_id), self._allowance.times(self._factor_of(claims)))

    async def take(self, resource: str, *owners: Owner) -> None:
        """Take a place of each owner, or raise OverBudget and take none."""
        full = await self.open_connections.take([owner.place(resource) for owner in owners])
        if full is not None:
            kind = next(owner.kind for owner in owners if owner.place(resource).owner == full)
            raise OverBudget(resource, kind, retry_after=PLACE_AGAIN_SECONDS)
        if resource == CONNECTIONS:
            for owner in owners:
                owner.users += 1

    def give_back(self, resource: str, *owners: Owner, times: int = 1) -> None:
        """Leave the places that were taken of each owner, so many times."""
        if not times:
            return
        self.open_connections.give_back([owner.place(resource).owner for owner in owners], times=times)
        if resource == CONNECTIONS:
            now = asyncio.get_running_loop().time()
            for owner in owners:
                owner.users -= 1
                owner.last_used_at = now

    def _owner(self, kind: str, name: str, allowance: Allowance) -> Owner:
        key = f"{kind}:{name}"
        owner = self._owners.get(key)
        now = asyncio.get_running_loop().time()
        if owner is None:
            self._forget_some(now)
            owner = self._owners[key] = Owner(kind, name, allowance=allowance, share=self._share)
        elif owner.allowance != allowance:
            owner.may_use(allowance)
        owner.last_used_at = now
        return owner

    def _forget_some(self, now: float) -> None:
        """Forget owners who are as good as new; each time there are twice as many as were left the last time."""
        if len(self._owners) < self._look_again_at:
            return
        self._owners = {key: owner for key, owner in self._owners.items() if not owner.is_as_new(now)}
        self._look_again_at = max(KEPT_AT_LEAST, 2 * len(self._owners))
