"""How the sandbox sends many webhooks: one client, few connections, and what waits is in its file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from apps.payments.sandbox.webhooks import READ_AHEAD
from tests.sandbox_in_process import Desk, running_desk, running_shop

CONNECTIONS = 4


async def pay_many(desk: Desk, count: int) -> set[str]:
    return {await desk.pay(f"ORDER-{number:04d}") for number in range(count)}


def keys_of(events: list[dict[str, Any]]) -> list[str]:
    return sorted(event["data"]["paymentKey"] for event in events)


async def test_two_hundred_webhooks_share_a_few_connections() -> None:
    async with running_shop() as shop, running_desk(webhook_url=shop.url, webhook_connections=CONNECTIONS) as desk:
        keys = await pay_many(desk, 200)
        await shop.until_taken(200)

    assert keys_of(shop.taken) == sorted(keys)
    assert shop.connections <= CONNECTIONS


async def test_what_a_slow_shop_has_not_taken_waits_in_the_file_and_comes_once() -> None:
    async with running_shop() as shop, running_desk(webhook_url=shop.url, webhook_connections=CONNECTIONS) as desk:
        shop.open.clear()
        keys = await pay_many(desk, 300)
        await shop.until_asked(CONNECTIONS)

        webhooks = desk.sandbox._webhooks
        assert len(webhooks._sending) == CONNECTIONS
        assert len(webhooks._next) <= READ_AHEAD + CONNECTIONS
        assert shop.asked == CONNECTIONS

        shop.open.set()
        await shop.until_taken(300)

    assert keys_of(shop.taken) == sorted(keys)
    assert shop.connections <= CONNECTIONS


async def test_what_a_broken_shop_has_refused_is_told_when_it_is_well_again() -> None:
    async with (
        running_shop() as shop,
        running_desk(webhook_url=shop.url, webhook_connections=CONNECTIONS, webhook_minute_seconds=0.05) as desk,
    ):
        shop.is_refusing = True
        keys = await pay_many(desk, 100)
        await shop.until_asked(100)
        shop.is_refusing = False
        await shop.until_taken(len(keys))

        told = await desk.ask("GET", "/sandbox/webhooks")

    assert set(keys_of(shop.taken)) == keys
    assert min(shop.retried) >= 0
    assert max(shop.retried) >= 1
    assert {delivery["document"]["data"]["paymentKey"] for delivery in told} == keys


async def test_a_webhook_is_given_up_after_seven_retries() -> None:
    async with (
        running_shop() as shop,
        running_desk(webhook_url=shop.url, webhook_minute_seconds=0.0001) as desk,
    ):
        shop.is_refusing = True
        await desk.pay("ORDER-1")
        await shop.until_asked(8)
        store = desk.sandbox._store
        while store.read("SELECT 1 FROM webhooks"):
            await asyncio.sleep(0.01)
        (delivery,) = await desk.ask("GET", "/sandbox/webhooks")

    assert shop.asked == 8
    assert (delivery["tries"], delivery["delivered"]) == (8, False)


async def test_a_webhook_under_way_outlives_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.sqlite3"
    async with running_shop() as shop:
        shop.is_refusing = True
        async with running_desk(state=state, webhook_url=shop.url, webhook_minute_seconds=0.01) as desk:
            key = await desk.pay("ORDER-1")
            await shop.until_asked(1)
        shop.is_refusing = False
        async with running_desk(state=state, webhook_url=shop.url, webhook_minute_seconds=0.01):
            await shop.until_taken(1)

    assert keys_of(shop.taken) == [key]
