"""The hub over a real Redis: several processes' worth of hubs, losses, and open destinations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytest_django import Settings

from apps.common.errors import ServiceUnavailable
from apps.common.redis import sync_redis
from apps.stomp.hub import Hub, Published
from tests.servers import PrivateRedis
from tests.stomp_client import StompClient, make_server
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


@pytest.fixture
def _open_destinations(settings: Settings) -> None:
    settings.STOMP_OPEN_DESTINATIONS = True


async def open_client() -> StompClient:
    client = StompClient(make_server())
    await client.connect()
    return client


@pytest.mark.usefixtures("_open_destinations")
async def test_an_open_topic_reaches_every_subscriber_with_the_senders_headers() -> None:
    one, other = await open_client(), await open_client()
    await one.subscribe("/topic/a")
    await other.subscribe("/topic/a")
    await one.send("/topic/a", b"\xff\0binary", content_length="8", custom="1")

    for client in (one, other):
        message = await client.hear("MESSAGE")
        assert (message.body, message.headers["custom"]) == (b"\xff\0binary", "1")


@pytest.mark.usefixtures("_open_destinations")
async def test_a_queue_gives_each_message_to_one_consumer_and_again_when_it_is_refused_or_lost() -> None:
    server = make_server()
    first, second = StompClient(server), StompClient(server)
    for client in (first, second):
        await client.connect()
    await first.send("/queue/a", b"1")
    await first.subscribe("/queue/a", ack="client-individual")
    message = await first.hear("MESSAGE")
    assert message.body == b"1"
    await second.subscribe("/queue/a", ack="client-individual")

    await first.say("NACK", {"id": message.headers["ack"]})
    again = await second.hear("MESSAGE")
    second.connection.lost()

    last = await first.hear("MESSAGE")
    assert (again.body, last.body) == (b"1", b"1")
    await first.ask("ACK", {"id": last.headers["ack"], "receipt": "done"})
    await first.ask("UNSUBSCRIBE", {"id": "1", "receipt": "left"})
    await first.subscribe("/queue/a")
    assert first.transport.frames == []
