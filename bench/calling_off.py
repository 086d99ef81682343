"""Call a show off while its worker is killed: `python -m bench.calling_off --tickets 10000`.

MariaDB with every commit on the disk, Redis, the Toss sandbox at `--provider-ms` a call, a Celery worker and beat, each
a process of its own. The sold-out show is called off by its service; the worker is killed by SIGKILL at a third and at
two thirds of the refunds and started again; a few refunds are refused by the provider. Printed are the progress with
its times, the final list, and whether the provider's ledger and ours agree to the won.
"""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django
import httpx

from bench.servers import Backends, cpu_seconds_of
from tests.payment_sandbox import SECRET_KEY, PrivateSandbox
from tests.servers import PrivateProcess

PRICE_KRW = 100_000
SEATS_OF_ORDERS = (1, 2, 3, 4)  # in turn: 2.5 tickets an order
REFUSED = 5
AT_ONCE = 500
LOOK_SECONDS = 2.0
SAID_SECONDS = 10.0
CELERY = [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "--app", "ticketlive"]
WORKER = ["worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.calling_off", description=__doc__)
    parser.add_argument("--tickets", type=int, default=10_000)
    parser.add_argument("--provider-ms", type=int, default=50)
    parser.add_argument("--not-durable", action="store_true", help="let commits be in memory only")
    arguments = parser.parse_args()
    with Backends.running(durable=not arguments.not_durable) as backends:
        folder = backends.folder.path
        sandbox = PrivateSandbox(folder)
        sandbox.start()
        os.environ.update(backends.environment() | {"TOSS_API_BASE": sandbox.url, "TOSS_SECRET_KEY": SECRET_KEY})
        backends.mariadb.create_database("bench")
        django.setup()
        try:
            return _play(folder, sandbox, tickets=arguments.tickets, provider_ms=arguments.provider_ms)
        finally:
            sandbox.kill()


def _play(folder: Path, sandbox: PrivateSandbox, *, tickets: int, provider_ms: int) -> int:
    from django.core.management import call_command  # noqa: PLC0415 - after django.setup()

    from apps.payments.calling_off.call_off import call_off_performance, confirmation_of  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    started = time.monotonic()
    performance = _make_show(tickets)
    orders = _sell(performance, sandbox, tickets)
    print(f"{tickets} tickets in {orders} orders are sold ({time.monotonic() - started:.0f} s to prepare)", flush=True)
    sandbox.faults(latency_ms=provider_ms)
    worker = PrivateProcess([*CELERY, *WORKER, *QUIET], log=folder / "worker.log", env=dict(os.environ))
    schedule = str(folder / "schedule")
    beat = PrivateProcess([*CELERY, "beat", "--schedule", schedule], log=folder / "beat.log", env=dict(os.environ))
    for process in (worker, beat):
        process.start(ready=lambda: True)
    try:
        call_off = call_off_performance(
            performance.pk,
            actor_id=None,
            reason="The singer is ill.",
            typed=confirmation_of(performance),
            extra_percent=10,
        )
        _follow(call_off, worker, sandbox, provider_ms=provider_ms)
        mails = (folder / "worker.log").read_text().count("\nSubject: ")
        print(f"mails that left: {mails}, for {orders} orders")
        return _close_the_books(call_off, sandbox)
    finally:
        beat.end(signal.SIGKILL)
        worker.end(signal.SIGKILL)


def _make_show(tickets: int):  # type: ignore[no-untyped-def]
    """A hall of just so many seats at one price, and its performance."""
    from apps.concerts.models import Performance  # noqa: PLC0415
    from apps.concerts.venue_plans.plan import SectionPlan, VenuePlan  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415

    rows = -(-tickets // 100)
    sections = [SectionPlan(code="A", rows=rows, seats=100, level=1), SectionPlan(code="B", rows=1, seats=1, level=2)]
    venue = factories.build_venue(VenuePlan(name="calling off", sections=sections))
    performance = factories.make_performance(venue=venue)
    return Performance.objects.select_related("concert", "venue").get(pk=performance.pk)


def _sell(performance, sandbox: PrivateSandbox, tickets: int) -> int:  # type: ignore[no-untyped-def]
    """Store paid orders as the platform leaves them, and have the provider take the money of each."""
    from django.db.models.functions import Now  # noqa: PLC0415

    from apps.accounts.models import User  # noqa: PLC0415
    from apps.common.clock import database_now  # noqa: PLC0415
    from apps.orders.models import Order, OrderLine, Ticket  # noqa: PLC0415
    from apps.orders.order_ids import new_order_id  # noqa: PLC0415
    from apps.orders.services.rebuild_seat_state import ensure_seat_state  # noqa: PLC0415
    from apps.payments.models import Payment  # noqa: PLC0415
    from tests.factories import seat_ids  # noqa: PLC0415

    now = database_now()
    seats = iter(seat_ids(performance, tickets))
    sizes = itertools.cycle(SEATS_OF_ORDERS)
    shares = list(iter(lambda: list(itertools.islice(seats, next(sizes))), []))
    users = [User(email=f"buyer{n}@example.com", nickname=f"b{n}", password="!") for n in range(len(shares))]
    User.objects.bulk_create(users, batch_size=AT_ONCE)
    buyers = list(User.objects.filter(email__startswith="buyer").order_by("pk"))
    orders = [
        Order(
            id=new_order_id(performance.pk), user=buyer, performance=performance, status=Order.Status.PAID,
            amount_krw=len(share) * PRICE_KRW, created_at=now, expires_at=now, paid_at=now, hold_version=1,
        )
        for buyer, share in zip(buyers, shares, strict=True)
    ]  # fmt: skip
    Order.objects.bulk_create(orders, batch_size=AT_ONCE)
    lines = [
        OrderLine(order=order, number=number, seat_id=seat, grade_name="VIP", price_krw=PRICE_KRW)
        for order, share in zip(orders, shares, strict=True)
        for number, seat in enumerate(share, start=1)
    ]
    OrderLine.objects.bulk_create(lines, batch_size=AT_ONCE)
    Ticket.objects.bulk_create(
        (
            Ticket(
                code=f"code{line.pk}", line=line, order_id=line.order_id, user_id=line.order.user_id,
                performance=performance, seat_id=line.seat_id, issued_at=Now(),
            )
            for line in OrderLine.objects.select_related("order")
        ),
        batch_size=AT_ONCE,
    )  # fmt: skip
    keys = dict(_take_money(sandbox, orders))
    Payment.objects.bulk_create(
        (
            Payment(
                order=order, provider="toss", payment_key=keys[order.pk], method="카드", amount_krw=order.amount_krw,
                balance_krw=order.amount_krw, refundable_krw=order.amount_krw, status=Payment.Status.CAPTURED,
                approved_at=now, created_at=now,
            )
            for order in orders
        ),
        batch_size=AT_ONCE,
    )  # fmt: skip
    from apps.concerts.seat_states.store import mark_not_ready  # noqa: PLC0415

    mark_not_ready(performance.pk)
    ensure_seat_state(performance.pk)
    return len(orders)


def _take_money(sandbox: PrivateSandbox, orders: Sequence) -> Iterator[tuple[str, str]]:  # type: ignore[type-arg]
    client = httpx.Client(base_url=sandbox.url, auth=(SECRET_KEY, ""), timeout=60)

    def take(order) -> tuple[str, str]:  # type: ignore[no-untyped-def]
        body = {"orderId": order.pk, "amount": order.amount_krw}
        agreed = client.post("/sandbox/authenticate", json=body).raise_for_status().json()["paymentKey"]
        client.post("/v1/payments/confirm", json={**body, "paymentKey": agreed}).raise_for_status()
        return order.pk, agreed

    with ThreadPoolExecutor(8) as pool:
        yield from pool.map(take, orders)


def _follow(call_off, worker: PrivateProcess, sandbox: PrivateSandbox, *, provider_ms: int) -> None:  # type: ignore[no-untyped-def]
    """Say how far it has come until it is done; kill the worker twice, and let a few refunds be refused."""
    from apps.payments.calling_off.report import get_progress  # noqa: PLC0415

    began, said, kills, cpu = time.monotonic(), 0.0, [1 / 3, 2 / 3], 0.0
    sandbox.faults(latency_ms=provider_ms, fail_next=[403, "NOT_CANCELABLE_PAYMENT"], fail_count=REFUSED)
    while True:
        time.sleep(LOOK_SECONDS)
        seconds = time.monotonic() - began
        call_off.refresh_from_db()
        progress = get_progress(call_off)
        is_done = call_off.status == call_off.Status.DONE
        if kills and progress.done > kills[0] * progress.refunds:
            kills.pop(0)
            cpu += cpu_seconds_of(worker.pid)
            worker.end(signal.SIGKILL)
            print(f"{seconds:6.1f} s  the worker is killed, and started again", flush=True)
            worker.start(ready=lambda: True)
        if is_done or seconds > said:
            said = seconds + SAID_SECONDS
            print(
                f"{seconds:6.1f} s  {progress.percent:3} %  {progress.done} refunds, {progress.done_krw:,} KRW; "
                f"{progress.refused} refused; {progress.under_way} on their way; {progress.to_come} to come; "
                f"{progress.sent} told, {progress.to_send} to tell",
                flush=True,
            )
        if is_done:
            finished = (call_off.finished_at - call_off.called_off_at).total_seconds()
            cpu += cpu_seconds_of(worker.pid)
            print(f"done {finished:.1f} s after it was called off; the worker's CPU: {cpu:.0f} s", flush=True)
            return


def _close_the_books(call_off, sandbox: PrivateSandbox) -> int:  # type: ignore[no-untyped-def]
    """Print the final list, compare each payment with the provider's ledger, and return the exit code."""
    from apps.orders.models import Order, Ticket  # noqa: PLC0415
    from apps.payments.calling_off.report import get_progress, list_leftovers  # noqa: PLC0415
    from apps.payments.models import Payment, Refund  # noqa: PLC0415

    left = list(list_leftovers(call_off))
    print(f"left: {len(left)}")
    for one in left:
        print(f"  {one.order.pk}  {one.amount_krw:,} KRW  {one.code}  {one.why}")
    progress = get_progress(call_off)
    print(f"the organiser owes {progress.owed_krw:,} KRW to the buyers of {progress.extra_orders} orders")
    sandbox.faults()
    client = httpx.Client(base_url=sandbox.url, auth=(SECRET_KEY, ""), timeout=60)

    def theirs(payment: Payment) -> tuple[int, int]:
        document = client.get(f"/v1/payments/{payment.payment_key}").raise_for_status().json()
        return document["balanceAmount"], len(document["cancels"] or ())

    payments = list(Payment.objects.order_by("pk"))
    done: dict[int, int] = {}
    for payment_id in Refund.objects.filter(status=Refund.Status.DONE).values_list("payment", flat=True):
        done[payment_id] = done.get(payment_id, 0) + 1
    with ThreadPoolExecutor(8) as pool:
        ledger = list(pool.map(theirs, payments))
    differing = [
        payment.order_id
        for payment, (balance, cancels) in zip(payments, ledger, strict=True)
        if (payment.balance_krw, done.get(payment.pk, 0)) != (balance, cancels)
    ]
    ours = sum(payment.balance_krw for payment in payments)
    print(
        f"ledger: {sum(balance for balance, _ in ledger):,} KRW there, {ours:,} KRW here, "
        f"{sum(cancels for _, cancels in ledger)} refunds there, {sum(done.values())} here, {len(differing)} differ"
    )
    alive = Ticket.objects.filter(live=True).count()
    paid = Order.objects.filter(status=Order.Status.PAID).count()
    print(f"tickets still alive: {alive}, of {paid} orders; mails noted: {progress.sent}")
    return 1 if differing or len(left) != REFUSED or paid != REFUSED else 0


if __name__ == "__main__":
    sys.exit(main())
