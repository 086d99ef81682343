"""What one connection uses of its address's budgets, and once somebody has logged in of their account's."""

from __future__ import annotations

from apps.common.fastlane import Claims
from apps.stomp.budgets.owners import CONNECTIONS, SUBSCRIPTIONS, Budgets, Owner


class Usage:
    """One connection's. Whoever listens counts for the account and the address alike.

    The address's place for the connection itself is its transport's: that is open before anything is said.
    """

    __slots__ = ("_account", "_address", "_budgets", "_is_over", "_subscriptions")

    def __init__(self, budgets: Budgets, *, network: str | None) -> None:
        self._budgets = budgets
        self._address = budgets.address(network)
        self._account: Owner | None = None
        self._subscriptions = 0
        self._is_over = False

    async def log_in(self, claims: Claims) -> None:
        """Take a connection of the account's, or raise OverBudget."""
        account = self._budgets.account(claims)
        await self._budgets.take(CONNECTIONS, account)
        if self._is_over:
            self._budgets.give_back(CONNECTIONS, account)
        else:
            self._account = account

    def may_receive(self, count: int, now: float) -> bool:
        """Spend what has come, in bytes, without asking anybody; where that is not enough, `receive` has to ask."""
        address, account = self._address.bytes, self._account
        if not address.spend(count, now):
            return False
        if account is None or account.bytes.spend(count, now):
            return True
        address.give_back(count)
        return False

    async def receive(self, count: int) -> None:
        """Spend what has come, in bytes, or raise OverBudget."""
        await self._address.bytes.obtain(count)
        if self._account is not None:
            await self._account.bytes.obtain(count)

    def may_send(self, count: int, now: float) -> bool:
        """Spend so many SENDs without asking anybody; where that is not enough, `send` has to ask."""
        address, account = self._address.sends, self._account
        assert account is not None  # noqa: S101 - the session lets nothing through before CONNECT
        if not account.sends.spend(count, now):
            return False
        if address.spend(count, now):
            return True
        account.sends.give_back(count)
        return False

    async def send(self, count: int) -> None:
        """Spend so many SENDs, or raise OverBudget and spend none."""
        assert self._account is not None  # noqa: S101 - the session lets nothing through before CONNECT
        await self._account.sends.obtain(count)
        try:
            await self._address.sends.obtain(count)
        except BaseException:
            self._account.sends.give_back(count)
            raise

    async def subscribe(self) -> None:
        """Take a subscription, which costs a SEND as well; or raise OverBudget."""
        await self.send(1)
        assert self._account is not None  # noqa: S101 - nobody listens before CONNECT
        await self._budgets.take(SUBSCRIPTIONS, self._account, self._address)
        if self._is_over:
            self._budgets.give_back(SUBSCRIPTIONS, self._account, self._address)
        else:
            self._subscriptions += 1

    def unsubscribe(self) -> None:
        """Give a subscription back."""
        assert self._account is not None  # noqa: S101 - nobody listens before CONNECT
        self._subscriptions -= 1
        self._budgets.give_back(SUBSCRIPTIONS, self._account, self._address)

    def end(self) -> None:
        """Give back all that is open."""
        self._is_over = True
        if self._account is not None:
            self._budgets.give_back(SUBSCRIPTIONS, self._account, self._address, times=self._subscriptions)
            self._budgets.give_back(CONNECTIONS, self._account)
