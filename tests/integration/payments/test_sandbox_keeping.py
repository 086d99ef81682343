"""Where the sandbox keeps payments: in its file, and none of them in memory."""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import tracemalloc
from pathlib import Path
from typing import Any

import msgspec
import pytest

from apps.payments.sandbox import webhooks
from apps.payments.sandbox.idempotency import VALID_SECONDS
from apps.payments.sandbox.ledger import EXPIRED_AT_ONCE
from apps.payments.sandbox.records import Answer, Payment, Transaction
from apps.payments.sandbox.store import Store
from tests.payment_sandbox import PrivateSandbox
from tests.sandbox_in_process import AMOUNT, AUTHORIZATION, Desk, running_desk, running_merchant

WHOLE_TIME = "startDate=2000-01-01T00:00:00&endDate=2100-01-01T00:00:00"
PART = {"cancelReason": "one seat", "cancelAmount": 5_000}


async def pay_many(desk: Desk, count: int, *, prefix: str) -> list[str]:
    return [await desk.pay(f"{prefix}-{number:04d}") for number in range(count)]


@pytest.mark.parametrize("has_file", [True, False])
async def test_more_payments_take_no_more_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, has_file: bool
) -> None:
    monkeypatch.setattr(webhooks, "KEPT_RECENT", 10)
    monkeypatch.setattr(webhooks, "TAKEN_AT_ONCE", 10)
    state = tmp_path / "sandbox.sqlite3" if has_file else None
    sizes = []
    tracemalloc.start()
    try:
        async with (
            running_merchant() as merchant,
            running_desk(state=state, webhook_url=merchant.url, calls_kept=10) as desk,
        ):
            for prefix, count in [("FIRST", 200), ("MORE", 500)]:
                await pay_many(desk, count, prefix=prefix)
                await merchant.until_taken(count)
                merchant.taken.clear()
                merchant.retried.clear()
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    assert sizes[1] - sizes[0] < 500 * 60, "for each payment less than its key takes"


@pytest.mark.parametrize("has_file", [True, False])
async def test_an_old_payment_is_found_refunded_in_part_and_its_answer_repeated(tmp_path: Path, has_file: bool) -> None:
    async with running_desk(state=tmp_path / "sandbox.sqlite3" if has_file else None) as desk:
        key = await desk.agree("THE-OLD-ONE")
        first = await desk.confirm(key, "THE-OLD-ONE")
        await pay_many(desk, 300, prefix="LATER")

        assert (await desk.ask("GET", f"/v1/payments/{key}"))["status"] == "DONE"
        assert (await desk.ask("GET", "/v1/payments/orders/THE-OLD-ONE"))["paymentKey"] == key
        part = await desk.ask("POST", f"/v1/payments/{key}/cancel", PART, idempotency_key="part")
        assert (part["status"], part["balanceAmount"]) == ("PARTIAL_CANCELED", AMOUNT - 5_000)
        assert await desk.confirm(key, "THE-OLD-ONE") == first
        journal = await desk.ask("GET", f"/v1/transactions?limit=5000&{WHOLE_TIME}")
        assert [line["amount"] for line in journal if line["orderId"] == "THE-OLD-ONE"] == [AMOUNT, -5_000]


async def test_a_later_process_has_all_of_it(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.sqlite3"
    async with running_desk(state=state) as desk:
        key = await desk.agree("THE-OLD-ONE")
        first = await desk.confirm(key, "THE-OLD-ONE")
        await pay_many(desk, 30, prefix="LATER")
        before = await desk.ask("GET", f"/v1/transactions?{WHOLE_TIME}")

    async with running_desk(state=state) as desk:
        assert await desk.confirm(key, "THE-OLD-ONE") == first
        assert await desk.ask("GET", f"/v1/transactions?{WHOLE_TIME}") == before
        part = await desk.ask("POST", f"/v1/payments/{key}/cancel", PART)
        assert part["balanceAmount"] == AMOUNT - 5_000


async def test_an_answer_is_repeated_for_fifteen_days_and_no_longer() -> None:
    async with running_desk() as desk:
        key = await desk.agree("ORDER-1")
        first = await desk.confirm(key, "ORDER-1")
        await desk.ask("PUT", "/sandbox/clock", {"ahead_seconds": VALID_SECONDS - 60})
        assert await desk.confirm(key, "ORDER-1") == first
        await desk.ask("PUT", "/sandbox/clock", {"ahead_seconds": VALID_SECONDS + 60})
        status, answer = await desk.confirm(key, "ORDER-1")

    assert (status, msgspec.json.decode(answer)["code"]) == (400, "ALREADY_PROCESSED_PAYMENT")


async def test_nothing_is_told_before_it_is_committed(tmp_path: Path) -> None:
    async with running_desk(state=tmp_path / "sandbox.sqlite3") as desk:
        key = await desk.pay("ORDER-1")
        await desk.ask("POST", f"/v1/payments/{key}/cancel", PART)

    assert not desk.was_writing_when_answering


async def test_a_change_that_cannot_be_written_is_not_made_and_told_to_nobody(tmp_path: Path) -> None:
    async with (
        running_merchant() as merchant,
        running_desk(state=tmp_path / "s.sqlite3", webhook_url=merchant.url) as desk,
    ):
        key = await desk.agree("ORDER-1")
        database = desk.sandbox._store._connection
        database.execute("CREATE TRIGGER full BEFORE INSERT ON answers BEGIN SELECT RAISE(FAIL, 'disk full'); END")
        with pytest.raises(sqlite3.Error, match="disk full"):
            await desk.confirm(key, "ORDER-1")
        database.execute("DROP TRIGGER full")

        assert (await desk.ask("GET", f"/v1/payments/{key}"))["status"] == "IN_PROGRESS"
        assert await desk.ask("GET", f"/v1/transactions?{WHOLE_TIME}") == []
        status, _ = await desk.confirm(key, "ORDER-1")
        await merchant.until_taken(1)

    assert status == 200
    assert len(merchant.taken) == 1


def test_what_was_answered_is_there_after_a_kill(own_sandbox: PrivateSandbox) -> None:
    keys = [own_sandbox.authenticate(f"KILLED-{number}", AMOUNT) for number in range(20)]
    own_sandbox.kill()
    own_sandbox.start()

    assert {own_sandbox.payment(key)["status"] for key in keys} == {"IN_PROGRESS"}


async def test_all_windows_that_run_out_of_time_expire_and_each_is_told_once() -> None:
    count = 2 * EXPIRED_AT_ONCE + 10
    async with running_merchant() as merchant, running_desk(webhook_url=merchant.url) as desk:
        keys = [await desk.agree(f"ORDER-{number}") for number in range(count)]
        paid = await desk.pay("ORDER-PAID")
        await desk.ask("PUT", "/sandbox/clock", {"ahead_seconds": 601})
        await merchant.until_taken(count + 1)

        statuses = {(await desk.ask("GET", f"/v1/payments/{key}"))["status"] for key in keys}
        assert statuses == {"EXPIRED"}
        assert (await desk.ask("GET", f"/v1/payments/{paid}"))["status"] == "DONE"

    expired = [event["data"]["paymentKey"] for event in merchant.taken if event["data"]["status"] == "EXPIRED"]
    assert sorted(expired) == sorted(keys)


async def test_the_journal_goes_on_behind_a_line_of_the_asked_time_only() -> None:
    async with running_desk() as desk:
        await pay_many(desk, 5, prefix="ORDER")
        lines = await desk.ask("GET", f"/v1/transactions?{WHOLE_TIME}")
        third = lines[2]["transactionKey"]

        async def asked(query: str) -> list[str]:
            return [line["orderId"] for line in await desk.ask("GET", f"/v1/transactions?{query}")]

        assert await asked(f"{WHOLE_TIME}&startingAfter={third}") == ["ORDER-0003", "ORDER-0004"]
        assert await asked(f"{WHOLE_TIME}&startingAfter={third}&limit=1") == ["ORDER-0003"]
        assert await asked(f"{WHOLE_TIME}&startingAfter=unknown") == []
        past = "startDate=2000-01-01T00:00:00&endDate=2001-01-01T00:00:00"
        assert await asked(f"{past}&startingAfter={third}") == []


async def test_the_file_of_an_earlier_version_is_taken_over(tmp_path: Path) -> None:
    state = tmp_path / "sandbox.sqlite3"
    payment = Payment(
        "tviva1old", "OLD-ORDER", "표", AMOUNT, "카드", "DONE", 1.0, "ps_x", approved_at=2.0, transaction_key="txrd_old"
    )
    line = Transaction("txrd_old", payment.key, payment.order_id, "카드", "DONE", AMOUNT, 1_700_000_000.0)
    scope = f"confirm:OLD-ORDER\n{AUTHORIZATION}\nPOST\n/v1/payments/confirm"
    write_old_file(state, {payment.key: payment, line.key: line, scope: Answer(200, b'{"old": true}', 4e9)})

    async with running_desk(state=state) as desk:
        assert (await desk.ask("GET", "/v1/payments/orders/OLD-ORDER"))["paymentKey"] == payment.key
        assert await desk.confirm(payment.key, "OLD-ORDER") == (200, b'{"old": true}')
        (transaction,) = await desk.ask("GET", f"/v1/transactions?{WHOLE_TIME}")
        assert transaction["transactionKey"] == line.key
    async with running_desk(state=state) as desk:
        assert (await desk.ask("GET", f"/v1/payments/{payment.key}"))["status"] == "DONE"


def write_old_file(path: Path, records: dict[str, Any]) -> None:
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE records (kind TEXT, id TEXT, body BLOB, PRIMARY KEY (kind, id)) WITHOUT ROWID")
        for key, record in records.items():
            values = (type(record).__name__, key, msgspec.json.encode(record))
            database.execute("INSERT INTO records VALUES (?, ?, ?)", values)
    database.close()


async def test_who_stops_waiting_for_a_commit_does_not_stop_the_others(tmp_path: Path) -> None:
    store = Store(tmp_path / "sandbox.sqlite3")
    store.write_now([("CREATE TABLE noted (text TEXT)", [()])])

    async def note(text: str) -> None:
        store.write("INSERT INTO noted VALUES (?)", text)
        await store.committed()

    impatient, patient = (asyncio.ensure_future(note(text)) for text in ("impatient", "patient"))
    asyncio.get_running_loop().call_soon(impatient.cancel)
    await patient

    assert impatient.cancelled()
    assert store.read("SELECT count(*) FROM noted") == [(2,)]
    store.close()
