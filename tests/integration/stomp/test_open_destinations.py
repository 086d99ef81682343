"""The destinations of suites and benchmarks: topics that are open to all, and queues for one consumer a message."""

from __future__ import annotations

from bench.open_destinations import DESTINATIONS
from tests.stomp_client import StompClient, make_server


async def open_client() -> StompClient:
    client = StompClient(make_server(DESTINATIONS))
    await client.connect()
    return client


async def test_an_open_topic_reaches_every_subscriber_with_the_senders_headers() -> None:
    one, other = await open_client(), await open_client()
    await one.subscribe("/topic/a")
    await other.subscribe("/topic/a")
    await one.send("/topic/a", b"\xff\0binary", content_length="8", custom="1")

    for client in (one, other):
        message = await client.hear("MESSAGE")
        assert (message.body, message.headers["custom"]) == (b"\xff\0binary", "1")


async def test_a_queue_gives_each_message_to_one_consumer_and_again_when_it_is_refused_or_lost() -> None:
    server = make_server(DESTINATIONS)
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


async def test_what_a_lost_client_had_not_acknowledged_goes_to_others_and_to_none_of_its_own_consumers() -> None:
    server = make_server(DESTINATIONS)
    leaving, staying = StompClient(server), StompClient(server)
    for client in (leaving, staying):
        await client.connect()
    for _ in range(2):
        await leaving.subscribe("/queue/a", ack="client-individual")
    for body in (b"1", b"2"):
        await staying.send("/queue/a", body)

    leaving.connection.lost()
    await staying.subscribe("/queue/a")

    assert sorted([(await staying.hear("MESSAGE")).body for _ in range(2)]) == [b"1", b"2"]
