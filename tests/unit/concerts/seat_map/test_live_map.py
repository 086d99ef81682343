"""Whoever asks for the map is served, however often it changes, and the event loop turns meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from apps.common.errors import ServiceUnavailable
from apps.concerts.seat_map import live_map
from apps.concerts.seat_map.drawing import Drawing
from apps.concerts.seat_map.layout import Layout
from apps.concerts.seat_map.live_map import LiveMap
from apps.concerts.seat_map.plan import Plan, draw_plan
from apps.concerts.seat_states import reading
from apps.concerts.seat_states.reading import CellsRead, StateVersion
from tests.seat_state import PERFORMANCE, SEATS, layout_of

PATIENCE = 1_000  # comparisons with a version, before a loop counts as one that never ends


class LoopsForEver(Exception):
    """A reader asks again and again, and never gives way to the loop."""


class SeenVersion(int):
    """A version that a reader saw in Redis. What compares it for ever fails, where the test would not end."""

    comparisons = 0

    def __gt__(self, other: int) -> bool:
        return not self <= other

    def __le__(self, other: int) -> bool:
        self.comparisons += 1
        if self.comparisons > PATIENCE:
            raise LoopsForEver
        return int(self) <= other


@dataclass
class Sale:
    """A Redis whose version the test moves. A redrawing reads the cells when it may, and is drawn in that turn."""

    version: int = 1
    layout_version: int = 1
    readings: int = 0
    failure: Exception | None = None
    may_read: asyncio.Event = field(default_factory=asyncio.Event)
    on_read: Callable[[], None] = lambda: None

    async def read_cells(self, _performance_id: int) -> CellsRead:
        version = self.version
        await self.may_read.wait()
        self.readings += 1
        self.on_read()
        if self.failure:
            raise self.failure
        return CellsRead(version, self.layout_version, 0, bytes(8 * SEATS))


async def in_place(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


@pytest.fixture
def sale(monkeypatch: pytest.MonkeyPatch) -> Sale:
    async def newest(performance_id: int, *, at_least: int = 0) -> Layout:
        return layout_of(performance_id, SEATS)

    made = Sale()
    monkeypatch.setattr(live_map, "REDRAW_SECONDS", 0.0)
    monkeypatch.setattr(reading.read_cells, "arun", made.read_cells)
    monkeypatch.setattr(live_map, "aget_layout", newest)
    monkeypatch.setattr(live_map.asyncio, "to_thread", in_place)
    return made


def ask(maps: LiveMap, version: int) -> asyncio.Task[Drawing]:
    return asyncio.create_task(maps.drawing(StateVersion(SeenVersion(version), 1, ())))


async def until_it_reads(sale: Sale) -> None:
    """Let a redrawing come to where it waits for Redis."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_reader_with_a_newer_version_in_the_turn_in_which_a_drawing_ends_is_served(sale: Sale) -> None:
    maps = LiveMap(PERFORMANCE)
    first = ask(maps, 1)
    await until_it_reads(sale)
    sale.version = 2
    sale.may_read.set()  # the drawing ends in the next turn, and the next reader comes right behind it
    second = ask(maps, 2)

    assert ((await first).version, (await second).version) == (1, 2)


async def test_readers_are_served_by_the_second_drawing_when_every_turn_brings_a_new_version(sale: Sale) -> None:
    def sell_on() -> None:
        sale.version += 1

    maps = LiveMap(PERFORMANCE)
    sale.on_read = sell_on
    sale.may_read.set()
    for _ in range(50):
        seen, readings = sale.version, sale.readings
        drawing = await maps.drawing(StateVersion(SeenVersion(seen), 1, ()))
        assert drawing.version >= seen
        assert sale.readings - readings <= 2


async def test_those_who_wait_for_a_newer_drawing_share_it(sale: Sale) -> None:
    maps = LiveMap(PERFORMANCE)
    first = ask(maps, 1)
    await until_it_reads(sale)
    sale.version = 2
    late = [ask(maps, 2) for _ in range(20)]
    await until_it_reads(sale)
    sale.may_read.set()

    assert (await first).version == 1
    assert {drawing.version for drawing in await asyncio.gather(*late)} == {2}
    assert sale.readings == 2


@pytest.mark.parametrize("lost", ["version", "layout"])
async def test_a_state_that_redis_has_lost_meanwhile_is_not_waited_for(sale: Sale, lost: str) -> None:
    maps = LiveMap(PERFORMANCE)
    sale.may_read.set()
    wanted = {"version": (SeenVersion(9), 1), "layout": (1, SeenVersion(9))}[lost]

    drawing = await maps.drawing(StateVersion(*wanted, ()))

    assert (drawing.version, drawing.layout_version, sale.readings) == (1, 1, 1)


async def test_a_redrawing_that_fails_is_told_to_those_who_wait_and_tried_anew_by_the_next(sale: Sale) -> None:
    maps = LiveMap(PERFORMANCE)
    sale.failure = ServiceUnavailable()
    readers = [ask(maps, 1) for _ in range(3)]
    await until_it_reads(sale)
    sale.may_read.set()
    answers = await asyncio.gather(*readers, return_exceptions=True)
    sale.failure = None

    assert [type(answer) for answer in answers] == [ServiceUnavailable] * 3
    assert (await maps.drawing(StateVersion(1, 1, ()))).version == 1


async def test_a_reader_who_goes_away_stops_the_drawing_for_nobody(sale: Sale) -> None:
    maps = LiveMap(PERFORMANCE)
    leaving, staying = ask(maps, 1), ask(maps, 1)
    await until_it_reads(sale)
    leaving.cancel()
    sale.may_read.set()

    assert (await staying).version == 1
    assert leaving.cancelled()


async def test_all_who_ask_for_the_plan_at_once_share_its_drawing(sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Layout] = []
    may_draw = asyncio.Event()

    async def read_version(_performance_id: int) -> StateVersion:
        return StateVersion(1, 1, ())

    async def draw(_function: Any, layout: Layout) -> Plan:
        drawn.append(layout)
        await may_draw.wait()
        return draw_plan(layout)

    monkeypatch.setattr(reading.read_version, "arun", read_version)
    monkeypatch.setattr(live_map.asyncio, "to_thread", draw)
    maps = LiveMap(PERFORMANCE)
    readers = [asyncio.create_task(maps.plan()) for _ in range(50)]
    await until_it_reads(sale)
    may_draw.set()

    assert {plan.version for plan in await asyncio.gather(*readers)} == {1}
    assert (await maps.plan()).version == 1
    assert len(drawn) == 1
