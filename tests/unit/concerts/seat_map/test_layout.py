"""Whoever knows from Redis that there is a newer layout is not given one whose reading began before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from apps.concerts.seat_map import layout as layouts
from apps.concerts.seat_map.layout import Layout, aget_layout
from tests.seat_state import PERFORMANCE, SEATS, layout_of


@dataclass
class Catalogue:
    """A database whose layout the test changes; a reading takes until it may end."""

    version: int = 1
    readings: int = 0
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def in_database_thread(self, _function: Callable[..., Any], performance_id: int) -> Layout:
        self.readings += 1
        read = layout_of(performance_id, SEATS, version=self.version)
        await self.may_end.wait()
        return read


@pytest.fixture
def catalogue(monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    made = Catalogue()
    monkeypatch.setattr(layouts, "in_database_thread", made.in_database_thread)
    return made


async def test_a_layout_that_is_being_read_while_a_newer_one_goes_on_sale_is_read_again(catalogue: Catalogue) -> None:
    early = asyncio.create_task(aget_layout(PERFORMANCE))
    while not catalogue.readings:
        await asyncio.sleep(0)
    catalogue.version = 2
    late = [asyncio.create_task(aget_layout(PERFORMANCE, at_least=2)) for _ in range(3)]
    await asyncio.sleep(0)
    catalogue.may_end.set()

    assert (await early).version == 1
    assert [layout.version for layout in await asyncio.gather(*late)] == [2] * 3
    assert catalogue.readings == 2


async def test_a_layout_that_the_database_does_not_have_is_asked_for_once_by_each(catalogue: Catalogue) -> None:
    catalogue.may_end.set()

    assert (await aget_layout(PERFORMANCE, at_least=9)).version == 1
    assert catalogue.readings == 1
