"""Bodies come whole, in time, up to a size and up to a total; what of them is refused leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from apps.common.errors import PayloadTooLarge, RequestTimeout
from apps.common.fastlane import bodies as module
from apps.common.fastlane.bodies import MOST_IN_MEMORY, Bodies, has_body
from apps.common.fastlane.requests import ClientGone

Receive = Callable[[], Awaitable[dict[str, Any]]]


def part(body: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def saying(*messages: dict[str, Any]) -> Receive:
    """Return a client's `receive`: these messages, then nothing for ever."""
    left = list(messages)

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        return await asyncio.get_running_loop().create_future()

    return receive


def make(**changed: Any) -> Bodies:
    return Bodies(**({"seconds": 60, "bytes_per_second": 1e9, "memory_bytes": 10**9, "file_bytes": 10**9} | changed))


@pytest.fixture(autouse=True)
def _quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)


async def test_parts_are_put_together() -> None:
    assert await make().read(saying(part(b"a"), part(b"b", more=False)), {}) == b"ab"


async def test_a_body_that_does_not_come_is_refused() -> None:
    with pytest.raises(RequestTimeout):
        await make(seconds=0.01).read(saying(part(b"a")), {})


async def test_time_is_added_for_what_has_come() -> None:
    slow = make(seconds=0.01, bytes_per_second=1)
    reading = asyncio.ensure_future(slow.read(saying(part(b"x" * 1000)), {}))
    for _ in range(50):
        await asyncio.sleep(0.001)

    assert not reading.done()
    reading.cancel()


async def test_who_is_cancelled_by_somebody_else_is_not_told_of_a_time_out() -> None:
    reading = asyncio.ensure_future(make().read(saying(), {}))
    await asyncio.sleep(0)
    reading.cancel()

    with pytest.raises(asyncio.CancelledError):
        await reading


async def test_after_a_time_out_the_task_goes_on_undisturbed() -> None:
    with pytest.raises(RequestTimeout):
        await make(seconds=0.01).read(saying(), {})
    await asyncio.sleep(0)

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize("headers", [{b"content-length": b"11"}, {}], ids=["as announced", "as it turns out"])
async def test_a_body_has_a_size(headers: dict[bytes, bytes]) -> None:
    with pytest.raises(PayloadTooLarge):
        await make().read(saying(part(b"x" * 11)), headers, limit=10)


async def test_who_goes_away_is_not_waited_for() -> None:
    with pytest.raises(ClientGone):
        await make().read(saying(part(b"x"), {"type": "http.disconnect"}), {})


async def test_when_all_bodies_are_too_many_the_oldest_goes() -> None:
    few = make(memory_bytes=250)
    slow = [asyncio.ensure_future(few.read(saying(part(b"x" * 100)), {})) for _ in range(2)]
    await asyncio.sleep(0)

    assert await few.read(saying(part(b"y" * 100), part(b"", more=False)), {}) == b"y" * 100
    with pytest.raises(RequestTimeout):
        await slow[0]
    assert not slow[1].done()
    slow[1].cancel()


async def test_a_body_that_is_too_much_by_itself_goes_too_and_its_task_goes_on() -> None:
    few = make(memory_bytes=50)
    with pytest.raises(RequestTimeout):
        await few.read(saying(part(b"x" * 100)), {})

    await asyncio.sleep(0)
    assert await few.read(saying(part(b"y" * 50), part(b"", more=False)), {}) == b"y" * 50


async def test_a_large_body_lies_on_the_disk_and_a_small_one_does_not() -> None:
    large = [part(b"x" * MOST_IN_MEMORY), part(b"y" * 10, more=False)]
    file, size = await make().open(saying(*large), {}, limit=10 * MOST_IN_MEMORY)
    with file:
        assert (size, file.read()) == (MOST_IN_MEMORY + 10, b"x" * MOST_IN_MEMORY + b"y" * 10)
        assert file._rolled  # type: ignore[attr-defined]
    file, size = await make().open(saying(part(b"x", more=False)), {}, limit=10 * MOST_IN_MEMORY)
    with file:
        assert not file._rolled  # type: ignore[attr-defined]


async def test_large_bodies_have_a_total_of_their_own() -> None:
    few = make(file_bytes=3 * MOST_IN_MEMORY)
    limit = 10 * MOST_IN_MEMORY
    large = part(b"x" * 2 * MOST_IN_MEMORY)
    slow = asyncio.ensure_future(few.open(saying(large), {}, limit=limit))
    await asyncio.sleep(0)
    file, _ = await few.open(saying(large, part(b"", more=False)), {}, limit=limit)

    file.close()
    with pytest.raises(RequestTimeout):
        await slow


@pytest.mark.parametrize(
    ("version", "headers", "expected"),
    [
        ("1.1", {}, False),
        ("1.1", {b"content-length": b"0"}, False),
        ("1.1", {b"content-length": b"1"}, True),
        ("1.1", {b"transfer-encoding": b"chunked"}, True),
        ("2", {}, True),
    ],
)
def test_the_head_says_whether_there_is_a_body(version: str, headers: dict[bytes, bytes], expected: bool) -> None:
    assert has_body({"http_version": version}, headers) is expected
