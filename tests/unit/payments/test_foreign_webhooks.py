"""However many messages come at once, no more that are not ours are looked up than the budget of their address has."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from pytest_django import Settings

from apps.common.budgets import OwnBudgets
from apps.common.errors import ServiceUnavailable, TooManyRequests
from apps.payments import foreign_webhooks
from apps.payments.foreign_webhooks import Fate, Senders, looking_up

HERE = "203.0.113.1"
MOST, AT_ONCE = 3, 50


@pytest.fixture(autouse=True)
def _few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.REQUEST_RATES = settings.REQUEST_RATES | {"webhooks": {"account": "", "address": f"{MOST}/hour"}}
    own = OwnBudgets()
    monkeypatch.setattr(foreign_webhooks, "_counted", lambda: own)


class Database:
    """Finds out about messages in batches, as the database does; `looked_up` counts them."""

    def __init__(self) -> None:
        self.senders = Senders()
        self.looked_up = 0
        self._batch: list[asyncio.Event] = []

    async def send(self, fate: Fate | Exception, network: str | None = HERE) -> Fate | type[Exception]:
        async def look() -> Fate:
            self.looked_up += 1
            found = asyncio.Event()
            self._batch.append(found)
            await found.wait()
            if isinstance(fate, Exception):
                raise fate
            return fate

        try:
            return await self.senders.look_up(network, look)
        except (TooManyRequests, ServiceUnavailable) as refusal:
            return type(refusal)

    async def send_all(self, fates: list[Fate | Exception]) -> Counter[Fate | type[Exception]]:
        """Send all of them at once, and find out about what has come in each turn."""
        sent = [asyncio.ensure_future(self.send(fate)) for fate in fates]
        while not all(one.done() for one in sent):
            await self.a_turn()
        return Counter(one.result() for one in sent)

    async def a_turn(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)
        batch, self._batch = self._batch, []
        for found in batch:
            found.set()


async def test_of_false_ones_that_come_at_once_no_more_are_looked_up_than_one_after_the_other() -> None:
    database = Database()

    fates = await database.send_all([Fate.FOREIGN] * AT_ONCE)

    assert database.looked_up == MOST
    assert fates == {Fate.FOREIGN: MOST, TooManyRequests: AT_ONCE - MOST}


async def test_none_of_the_true_ones_that_come_at_once_is_refused() -> None:
    database = Database()

    assert await database.send_all([Fate.KEPT] * AT_ONCE) == {Fate.KEPT: AT_ONCE}
    assert await database.send_all([Fate.REPEATED] * AT_ONCE) == {Fate.REPEATED: AT_ONCE}


async def test_true_ones_let_others_in_and_the_first_false_one_ends_that() -> None:
    database = Database()
    true, false = [Fate.KEPT] * AT_ONCE, [Fate.FOREIGN] * AT_ONCE

    fates = await database.send_all([*true, *false])

    assert fates[Fate.KEPT] == AT_ONCE
    assert fates[Fate.FOREIGN] <= AT_ONCE, "no more than were true"
    assert await database.send_all(false) == {TooManyRequests: AT_ONCE}


async def test_a_false_one_that_others_let_in_is_paid_for_too() -> None:
    database = Database()

    fates = await database.send_all([*([Fate.KEPT] * 30), *([Fate.FOREIGN] * MOST)])

    assert fates == {Fate.KEPT: 30, Fate.FOREIGN: MOST}
    assert await database.send_all([Fate.FOREIGN] * AT_ONCE) == {TooManyRequests: AT_ONCE}


async def test_no_more_is_earned_than_may_be_looked_up_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foreign_webhooks, "MOST_EARNED", 5)
    database = Database()

    fates = await database.send_all([*([Fate.KEPT] * AT_ONCE), *([Fate.FOREIGN] * AT_ONCE)])

    assert fates[Fate.KEPT] == AT_ONCE
    assert fates[Fate.FOREIGN] <= MOST + 5


async def test_what_was_earned_is_not_kept_for_later() -> None:
    database = Database()
    await database.send_all([Fate.KEPT] * AT_ONCE)

    assert (await database.send_all([Fate.FOREIGN] * AT_ONCE))[Fate.FOREIGN] == MOST


async def test_what_was_not_found_out_costs_nothing() -> None:
    database = Database()

    fates = await database.send_all([ServiceUnavailable()] * AT_ONCE)

    assert fates == {ServiceUnavailable: AT_ONCE}
    assert (await database.send_all([Fate.FOREIGN] * AT_ONCE))[Fate.FOREIGN] == MOST


async def test_who_goes_away_before_it_is_found_out_has_paid() -> None:
    database = Database()
    for _ in range(AT_ONCE):
        going = asyncio.ensure_future(database.send(Fate.KEPT))
        await asyncio.sleep(0)
        going.cancel()
        await asyncio.wait([going])

    assert database.looked_up == MOST
    assert await database.send_all([Fate.KEPT]) == {TooManyRequests: 1}


async def test_who_goes_away_while_it_waits_leaves_the_others_waiting() -> None:
    database = Database()
    looked_up = [asyncio.ensure_future(database.send(Fate.KEPT)) for _ in range(MOST)]
    impatient, patient = (asyncio.ensure_future(database.send(Fate.KEPT)) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    await database.a_turn()
    await database.a_turn()

    assert [one.result() for one in looked_up] == [Fate.KEPT] * MOST
    assert await patient is Fate.KEPT


async def test_one_address_does_not_pay_for_another_and_the_machine_s_own_for_none() -> None:
    database = Database()
    await database.send_all([Fate.FOREIGN] * AT_ONCE)

    other = [asyncio.ensure_future(database.send(Fate.FOREIGN, network)) for network in ("203.0.113.2", None, None)]
    await database.a_turn()

    assert [await one for one in other] == [Fate.FOREIGN] * 3


def test_by_a_thread_a_message_is_paid_for_before_it_is_looked_up() -> None:
    with looking_up(HERE), looking_up(HERE), looking_up(HERE), pytest.raises(TooManyRequests), looking_up(HERE):
        pytest.fail("it was looked up")


@pytest.mark.parametrize("fate", [Fate.KEPT, Fate.REPEATED])
def test_by_a_thread_one_of_ours_gets_back_what_it_paid(fate: Fate) -> None:
    for _ in range(AT_ONCE):
        with looking_up(HERE) as lookup:
            lookup.fate = fate
    for _ in range(AT_ONCE):
        with pytest.raises(KeyError), looking_up(HERE):
            raise KeyError
    for _ in range(MOST):
        with looking_up(HERE):
            pass
    with pytest.raises(TooManyRequests), looking_up(HERE):
        pytest.fail("it was looked up")
