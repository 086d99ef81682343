"""A conversation is read again where something may have been lost, also while it is being read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.common.errors import DomainError
from apps.stomp.destinations import NumberedTopic
from apps.stomp.hub import Hub, Published
from apps.stomp.subscriptions import NumberedSubscription


@dataclass
class Log:
    """Numbered entries. A reading sees what is there when it begins, and ends when it may."""

    entries: int = 0
    readings: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_after(self, seq: int) -> Sequence[tuple[int, bytes]]:
        found = [(number, b'{"seq":%d}' % number) for number in range(seq + 1, self.entries + 1)]
        self.readings += 1
        await self.may_end.wait()
        return found


@dataclass
class Client:
    heard: list[int | None] = field(default_factory=list)

    def hear(self, published: Published) -> None:
        self.heard.append(published.seq)

    def give_up(self, error: DomainError) -> None:
        raise AssertionError(error)


async def settle(subscription: NumberedSubscription) -> None:
    while subscription._filling is not None:
        await asyncio.sleep(0)


def subscribed(log: Log) -> tuple[NumberedSubscription, Client]:
    client = Client()
    topic = NumberedTopic("session/1", cursor=0, read_after=log.read_after)
    return NumberedSubscription(topic, hub=Hub(), listener=client), client


async def test_a_loss_during_a_reading_has_the_log_read_once_more() -> None:
    log = Log()
    subscription, client = subscribed(log)
    subscription.resynchronise()
    await asyncio.sleep(0)
    log.entries = 1  # committed behind the reading, and what told of it was lost
    subscription.resynchronise()
    log.may_end.set()
    await settle(subscription)

    assert client.heard == [1]


async def test_what_is_told_during_a_reading_costs_no_reading_of_its_own() -> None:
    log = Log(entries=3)
    subscription, client = subscribed(log)
    subscription.resynchronise()
    await asyncio.sleep(0)
    for seq in (1, 2, 3):
        subscription.deliver(Published(b'{"seq":%d}' % seq))
    log.may_end.set()
    await settle(subscription)

    assert client.heard == [1, 2, 3]
    assert log.readings == 2  # with the one that finds nothing more
