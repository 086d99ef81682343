"""The hub over a real Redis: several processes' worth of hubs, and losses."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from apps.common.errors import ServiceUnavailable
from apps.common.redis import sync_redis
from apps.stomp.hub import Hub, Published
from tests.servers import PrivateRedis
from tests.waiting import Signal, until


class Ear:
    """A receiver that the test can wait on."""

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.resynchronised = 0
        self._signal = Signal()

    def deliver(self, published: Published) -> None:
        self.heard.append(published.payload)
        self._signal.give()

    def resynchronise(self) -> None:
        self.resynchronised += 1
        self._signal.give()

    async def until(self, condition: Callable[[], bool]) -> None:
        await self._signal.until(condition)


async def test_each_receiver_of_each_process_hears_it_once_and_in_order() -> None:
    here, there = Hub(), Hub()
    ears = [Ear(), Ear(), Ear()]
    await here.join("t", ears[0])
    await here.join("t", ears[1])
    await there.join("t", ears[2])

    for number in range(100):
        here.publish("t", b"%d" % number)

    expected = [b"%d" % number for number in range(100)]
    await ears[2].until(lambda: len(ears[2].heard) == 100)
    here.publish("t", b"end")
    await ears[2].until(lambda: ears[2].heard[-1] == b"end")
    assert [ear.heard for ear in ears] == [[*expected, b"end"]] * 3
    await here.aclose()
    await there.aclose()


async def test_a_process_subscribes_once_a_topic_and_leaves_it_when_nobody_listens(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("apps.stomp.hub.hub.LINGER_SECONDS", 0)
    hub, one, other = Hub(), Ear(), Ear()
    await hub.join("t", one)
    await hub.join("t", other)
    assert sync_redis().pubsub_numsub("topic:t") == [(b"topic:t", 1)]

    hub.leave("t", one)
    hub.leave("t", one)
    hub.leave("t", other)

    await until(lambda: sync_redis().pubsub_numsub("topic:t") == [(b"topic:t", 0)])
    await hub.aclose()


async def test_after_a_loss_of_redis_all_topics_are_heard_again_and_receivers_look_up_what_they_missed(
    redis_server: PrivateRedis,
) -> None:
    hub, ear = Hub(), Ear()
    await hub.join("t", ear)
    redis_server.kill()
    redis_server.start()

    await ear.until(lambda: ear.resynchronised == 1)
    with redis_server.client() as client:
        client.publish("topic:t", b"again")
    await ear.until(lambda: ear.heard == [b"again"])
    await hub.aclose()


async def test_without_redis_a_topic_cannot_be_joined_and_own_messages_still_arrive(
    redis_server: PrivateRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.stomp.hub.hub.CONFIRMATION_SECONDS", 0.2)
    hub, ear = Hub(), Ear()
    await hub.join("t", ear)
    redis_server.kill()
    with pytest.raises(ServiceUnavailable):
        await hub.join("other", Ear())

    hub.publish("t", b"here")

    assert ear.heard == [b"here"]
    await hub.aclose()
