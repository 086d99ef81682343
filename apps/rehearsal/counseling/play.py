"""All customers and counselors at once, and what came of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from asgiref.sync import sync_to_async

from apps.rehearsal.client import CrowdClient
from apps.rehearsal.counseling.people import Counselor, Customer, Stage
from apps.rehearsal.counseling.stage import Centre, open_sessions
from apps.rehearsal.counseling.verdict import audit_centre
from apps.rehearsal.tally import Tally
from apps.rehearsal.verdict import Finding

ARRIVING_AT_ONCE = 50
SETTLING_SECONDS = 20.0


async def play_centre(centre: Centre, *, base_url: str, connections: int, tally: Tally) -> list[Finding]:
    """Let everybody play their part, and return the audit."""
    socket_url = base_url.rstrip("/").replace("http", "ws", 1) + "/ws"
    async with CrowdClient(base_url, connections=connections, tally=tally) as client:
        stage = Stage(socket_url=socket_url, client=client, tally=tally, category_id=centre.category_id)
        counselors = [Counselor(stage, person) for person in centre.counselors]
        working = [asyncio.create_task(counselor.play()) for counselor in counselors]
        try:
            broken = await _play_customers(stage, centre)
            await _settle(centre, counselors)
            failed = [task for task in working if task.done()]
        finally:
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        await asyncio.gather(*(counselor.leave() for counselor in counselors))
        audit = await sync_to_async(audit_centre)(centre, stage.heard)
    people = f"{len(broken)} customers and {len(failed)} counselors broke off, {stage.reconnects} reconnected"
    examples = "".join(f"; {error!r}" for error in broken[:1])
    return [Finding("everybody came to the end", not broken and not failed, people + examples), *audit]


async def _play_customers(stage: Stage, centre: Centre) -> list[BaseException]:
    """Let customers come in quick succession, as a crowd does; return what stopped any of them."""
    gate = asyncio.Semaphore(ARRIVING_AT_ONCE)

    async def arrive(customer: Customer) -> None:
        async with gate:
            playing = asyncio.create_task(customer.play())
            await asyncio.sleep(0)
        await playing

    customers = (arrive(Customer(stage, person)) for person in centre.customers)
    results: Sequence[BaseException | None] = await asyncio.gather(*customers, return_exceptions=True)
    return [result for result in results if result is not None]


async def _settle(centre: Centre, counselors: Sequence[Counselor]) -> None:
    """Wait until the last end has taken effect, and every counselor has heard of it."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while time.monotonic() < deadline and (  # noqa: ASYNC110 - it is another process that ends them
        any(counselor.is_talking for counselor in counselors) or await sync_to_async(open_sessions)(centre)
    ):
        await asyncio.sleep(0.1)
