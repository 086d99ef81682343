"""How the sandbox sends many webhooks: one client, few connections, and what waits is in its file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from apps.payments.sandbox.webhooks import READ_AHEAD
from tests.sandbox_in_process import Desk, running_desk, running_merchant

CONNECTIONS = 4


async def pay_many(desk: Desk, count: int) -> set[str]:
    return {await desk.pay(f"ORDER-{number:04d}") for number in range(count)}


def keys_of(events: list[dict[str, Any]]) -> list[str]:
    return sorted(event["data"]["paymentKey"] for event in events)


async def test_two_hundred_webhooks_share_a_few_connections() -> None:
    async with (
        running_merchant() as merchant,
        running_desk(webhook_url=merchant.url, webhook_connections=CONNECTIONS) as desk,
    ):
        keys = await pay_many(desk, 200)
        await merchant.until_taken(200)

    assert keys_of(merchant.taken) == sorted(keys)
    assert merchant.connections <= CONNECTIONS


async def test_what_a_slow_merchant_has_not_taken_waits_in_the_file_and_comes_once() -> None:
    async with (
        running_merchant() as merchant,
        running_desk(webhook_url=merchant.url, webhook_connections=CONNECTIONS) as desk,
    ):
        merchant.open.clear()
        keys = await pay_many(desk, 300)
        await merchant.until_asked(CONNECTIONS)

        webhooks = desk.sandbox._webhooks
        assert len(webhooks._sending) == CONNECTIONS
        assert len(webhooks._next) <= READ_AHEAD + CONNECTIONS
        assert merchant.asked == CONNECTIONS

        merchant.open.set()
        await merchant.until_taken(300)

    assert keys_of(merchant.taken) == sorted(keys)
    assert merchant.connections <= CONNECTIONS


async def test_what_a_broken_merchant_has_refused_is_told_when_it_is_well_again() -> None:
    async with (
        running_merchant() as merchant,
        running_desk(webhook_url=merchant.url, webhook_connections=CONNECTIONS, webhook_minute_seconds=0.05) as desk,
    ):
        merchant.is_refusing = True
        keys = await pay_many(desk, 100)
        await merchant.until_asked(100)
        merchant.is_refusing = False
        await merchant.until_taken(len(keys))

        deliveries = await desk.ask("GET", "/sandbox/webhooks")

    assert set(keys_of(merchant.taken)) == keys
    assert min(merchant.retried) >= 0
    assert max(merchant.retried) >= 1
    assert {delivery["document"]["data"]["paymentKey"] for delivery in deliveries} == keys


async def test_a_webhook_is_given_up_after_seven_retries() -> None:
    async with (
        running_merchant() as merchant,
        running_desk(webhook_url=merchant.url, webhook_minute_seconds=0.0001) as desk,
    ):
        merchant.is_refusing = True
        await desk.pay("ORDER-1")
        await merchant.until_asked(8)
        store = desk.sandbox._store
        while store.read("SELECT 1 FROM webhooks"):
            await asyncio.sleep(0.01)
        (delivery,) = await desk.ask("GET", "/sandbox/webhooks")

    assert merchant.asked == 8
    assert (delivery["tries"], delivery["delivered"]) == (8, False)


async def test_a_webhook_under_way_outlives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.sqlite3"
    async with running_merchant() as merchant:
        merchant.is_refusing = True
        async with running_desk(state=state, webhook_url=merchant.url, webhook_minute_seconds=0.01) as desk:
            key = await desk.pay("ORDER-1")
            await merchant.until_asked(1)
        merchant.is_refusing = False
        async with running_desk(state=state, webhook_url=merchant.url, webhook_minute_seconds=0.01):
            await merchant.until_taken(1)

    assert keys_of(merchant.taken) == [key]
