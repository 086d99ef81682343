"""A body that comes in chunks, without a length, is a body to both lanes."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.fast_lane import bearer

JSON = {"Content-Type": "application/json"}


async def in_chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


@pytest.mark.parametrize(
    ("address", "field"), [("/api/auth/login", "email"), ("/api/orders", "performance_id")], ids=["Django", "fast lane"]
)
async def test_chunks_are_put_together(site: httpx.AsyncClient, address: str, field: str) -> None:
    body = in_chunks(b'{"email": "nobody', b'", "performance_id": "none"}')
    answer = await site.post(address, content=body, headers=JSON | bearer())

    assert answer.status_code == 422
    assert answer.json()["errors"][field] != ["This field is required."]


@pytest.mark.parametrize("address", ["/api/auth/login", "/api/orders"], ids=["Django", "fast lane"])
async def test_too_many_chunks_are_refused(site: httpx.AsyncClient, address: str) -> None:
    answer = await site.post(address, content=in_chunks(*[b"x" * 1024] * 80), headers=JSON | bearer())

    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
