"""A transaction takes effect whole or not at all, within the budget, and nothing is answered before it has."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from apps.common.errors import PermissionRefused
from apps.stomp.destinations import Destination, SendRequest
from apps.stomp.server import ERRORS, StompServer
from bench.open_destinations import DESTINATIONS, anybody
from tests.stomp_client import StompClient, budgets, json_of, make_server


class Ledger:
    """`/pub/ledger` and `/pub/other` take what is written, several at once or one; `/pub/alone` takes one at a time."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def server(self, *, send_burst: float = 1_000) -> StompServer:
        return make_server(
            [
                Destination("/pub/ledger", send=self.write, send_together=self.write_all, may_send=anybody),
                Destination("/pub/other", send=self.write, send_together=self.write_all_elsewhere, may_send=anybody),
                Destination("/pub/alone", send=self.write, may_send=anybody),
                *DESTINATIONS,
            ],
            budgets=budgets(send_burst=send_burst),
        )

    async def write(self, request: SendRequest) -> None:
        await self.write_all([request])

    async def write_all(self, requests: Sequence[SendRequest]) -> None:
        if any(request.body == b"forged" for request in requests):
            raise PermissionRefused
        self.lines += [request.body for request in requests]

    async def write_all_elsewhere(self, requests: Sequence[SendRequest]) -> None:
        await self.write_all(requests)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


async def connected(server: StompServer, *, hears_refusals: bool = True) -> StompClient:
    client = StompClient(server)
    await client.connect()
    if hears_refusals:
        await client.subscribe(ERRORS)
    return client


async def transact(client: StompClient, *sends: tuple[str, bytes], end: str = "COMMIT") -> None:
    """Send these in a transaction, each with a receipt, and end it, with one as well."""
    await client.say("BEGIN", {"transaction": "t"})
    for number, (destination, body) in enumerate(sends):
        await client.send(destination, body, transaction="t", receipt=f"s{number}")
    await client.say(end, {"transaction": "t", "receipt": "end"})


def receipts(client: StompClient) -> list[str]:
    return [frame.headers["receipt-id"] for frame in client.transport.frames if frame.command == "RECEIPT"]


async def test_receipts_are_answered_once_all_has_taken_effect_and_not_before(ledger: Ledger) -> None:
    client = await connected(ledger.server())
    await client.say("BEGIN", {"transaction": "t"})
    for number, body in enumerate((b"one", b"two")):
        await client.send("/pub/ledger", body, transaction="t", receipt=f"s{number}")
    assert (receipts(client), ledger.lines) == ([], [])

    await client.say("COMMIT", {"transaction": "t", "receipt": "end"})

    assert ledger.lines == [b"one", b"two"]
    assert receipts(client) == ["s0", "s1", "end"]


async def test_what_is_aborted_is_never_answered(ledger: Ledger) -> None:
    client = await connected(ledger.server())
    await transact(client, ("/pub/ledger", b"one"), end="ABORT")

    assert receipts(client) == ["end"]
    assert ledger.lines == []


@pytest.mark.parametrize(
    ("second", "code"),
    [
        (("/pub/ledger", b"forged"), "permission_denied"),
        (("/pub/nowhere", b"two"), "unknown_destination"),
        (("/pub/alone", b"two"), "not_in_transaction"),
        (("/pub/other", b"two"), "not_in_transaction"),
    ],
)
async def test_with_the_second_of_three_refused_none_takes_effect_and_no_receipt_is_answered(
    ledger: Ledger, second: tuple[str, bytes], code: str
) -> None:
    client = await connected(ledger.server())
    await transact(client, ("/pub/ledger", b"one"), second, ("/pub/ledger", b"three"))

    refusal = await client.hear()
    assert (refusal.command, refusal.headers["receipt-id"]) == ("MESSAGE", "end")
    assert json_of(refusal)["code"] == code
    assert (receipts(client), ledger.lines) == ([], [])
    await transact(client, ("/pub/ledger", b"five"), ("/pub/ledger", b"six"))
    assert ledger.lines == [b"five", b"six"]


async def test_a_refusal_that_nobody_would_hear_of_ends_the_connection(ledger: Ledger) -> None:
    client = await connected(ledger.server(), hears_refusals=False)
    await transact(client, ("/pub/ledger", b"one"), ("/pub/ledger", b"forged"))

    error = await client.hear("ERROR")
    assert (error.headers["code"], error.headers["receipt-id"]) == ("permission_denied", "end")
    await client.is_closed()
    assert ledger.lines == []


async def test_a_single_send_is_whole_by_itself(ledger: Ledger) -> None:
    client = await connected(ledger.server())
    await transact(client, ("/pub/alone", b"one"))

    assert ledger.lines == [b"one"]
    assert receipts(client) == ["s0", "end"]


async def test_five_thousand_sends_in_five_commits_go_round_no_budget(ledger: Ledger) -> None:
    client = await connected(ledger.server(send_burst=100))
    for _ in range(5):
        await client.say("BEGIN", {"transaction": "t"})
        for _ in range(1_000):
            await client.send("/pub/ledger", b"x", transaction="t")
        await client.say("COMMIT", {"transaction": "t", "receipt": "end"})

    assert (ledger.lines, receipts(client)) == ([], [])
    assert [json_of(await client.hear("MESSAGE"))["code"] for _ in range(5)] == ["too_many_requests"] * 5


async def test_each_send_of_a_commit_is_spent_and_a_commit_beyond_the_budget_is_refused_whole(ledger: Ledger) -> None:
    client = await connected(ledger.server(send_burst=101))  # one is for the SUBSCRIBE
    await transact(client, *[("/pub/ledger", b"x")] * 60)
    await transact(client, *[("/pub/ledger", b"x")] * 60)
    assert len(ledger.lines) == 60

    await transact(client, *[("/pub/ledger", b"x")] * 40)

    assert len(ledger.lines) == 100


@pytest.mark.parametrize("leaves", [False, True], ids=["stays", "leaves meanwhile"])
async def test_a_message_that_a_refused_commit_acknowledged_is_not_lost(ledger: Ledger, *, leaves: bool) -> None:
    client: StompClient
    write = ledger.write

    async def refuse(request: SendRequest) -> None:
        if leaves:
            client.connection.lost()
        await write(request)

    ledger.write = refuse  # type: ignore[method-assign]
    server = ledger.server()
    client, other = await connected(server), await connected(server)
    await client.ask("SUBSCRIBE", {"id": "q", "destination": "/queue/q", "ack": "client-individual", "receipt": "r"})
    await other.send("/queue/q", b"work")
    work = await client.hear("MESSAGE")
    await client.say("BEGIN", {"transaction": "t"})
    await client.say("ACK", {"id": work.headers["ack"], "transaction": "t", "receipt": "acked"})
    await client.send("/pub/ledger", b"forged", transaction="t")
    await client.say("COMMIT", {"transaction": "t"})
    assert receipts(client) == []
    client.connection.lost()

    await other.subscribe("/queue/q")
    assert [frame.body for frame in other.transport.frames] == [b"work"]


async def test_what_is_published_in_a_transaction_comes_in_order(ledger: Ledger) -> None:
    client = await connected(ledger.server())
    await client.subscribe("/topic/x")
    await transact(client, *[("/topic/x", str(number).encode()) for number in range(5)])

    assert [(await client.hear("MESSAGE")).body for _ in range(5)] == [b"0", b"1", b"2", b"3", b"4"]
