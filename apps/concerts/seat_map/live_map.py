"""The newest drawing of each performance's seat map, shared by all who look at it.

Every reader is served a drawing no older than the version that Redis had when the reader asked. Under
constant change a redrawing starts at most every `REDRAW_SECONDS`, and serves all who wait for it.
"""

from __future__ import annotations

import asyncio
import functools
from collections import OrderedDict

from apps.common.errors import ServiceUnavailable
from apps.concerts.errors import SeatStateNotReady
from apps.concerts.seat_map.drawing import Drawing, Template
from apps.concerts.seat_map.layout import Layout, aget_layout, aget_layout_on_record
from apps.concerts.seat_map.plan import Plan, draw_plan
from apps.concerts.seat_map.single_flight import SingleFlight
from apps.concerts.seat_states import reading
from apps.concerts.seat_states.reading import StateVersion

REDRAW_SECONDS = 0.2
MAPS_KEPT = 64


class LiveMap:
    """One performance's map and plan. Belongs to the event loop."""

    def __init__(self, performance_id: int) -> None:
        self._performance_id = performance_id
        self._drawing: Drawing | None = None
        self._drawn_at = float("-inf")
        self._template: Template | None = None
        self._plan: Plan | None = None
        self._flight: SingleFlight[None, Drawing] = SingleFlight()
        self._planning: SingleFlight[int, Plan] = SingleFlight()

    async def read(self, *, user_id: int) -> StateVersion:
        """Read the newest version, and the user's own orders.

        Raises:
            SeatStateNotReady, ServiceUnavailable
        """
        before = self._drawing
        state = await reading.read_version.arun(self._performance_id, user_id=user_id)
        if before is not None and before.version > state.version and before is self._drawing:
            self._drawing = None  # Redis came back from a crash with an older state
        return state

    async def drawing(self, state: StateVersion) -> Drawing:
        """Return a drawing of at least that state, or one that was begun later: Redis may have lost the state since.

        Raises:
            SeatStateNotReady, ServiceUnavailable, NotFound
        """

        def is_enough(drawing: Drawing) -> bool:
            return drawing.version >= state.version and drawing.layout_version >= state.layout_version

        drawing = self._drawing
        if drawing is not None and is_enough(drawing):
            return drawing
        return await self._flight.run(None, self._redraw, is_enough=is_enough)

    async def plan(self) -> Plan:
        """Return the plan of the layout on sale; while Redis is away that of the newest one known here.

        Raises:
            NotFound
        """
        layout = await self._layout()
        plan = self._plan
        if plan is None or plan.version != layout.version:
            plan = self._plan = await self._planning.run(layout.version, lambda: asyncio.to_thread(draw_plan, layout))
        return plan

    async def _layout(self) -> Layout:
        try:
            at_least = (await reading.read_version.arun(self._performance_id)).layout_version
        except SeatStateNotReady:  # lost, or taken back: only the database can tell
            return await aget_layout_on_record(self._performance_id)
        except ServiceUnavailable:
            at_least = 0
        return await aget_layout(self._performance_id, at_least=at_least)

    async def _redraw(self) -> Drawing:
        loop = asyncio.get_running_loop()
        await asyncio.sleep(max(0.0, self._drawn_at + REDRAW_SECONDS - loop.time()))
        self._drawn_at = loop.time()
        cells = await reading.read_cells.arun(self._performance_id)
        template = self._template
        if template is None or template.layout_version < cells.layout_version:
            layout = await aget_layout(self._performance_id, at_least=cells.layout_version)
            template = self._template = await asyncio.to_thread(Template, layout)
        self._drawing = await asyncio.to_thread(template.draw, cells)
        return self._drawing


class LiveMaps:
    """The maps that were looked at last."""

    def __init__(self) -> None:
        self._maps: OrderedDict[int, LiveMap] = OrderedDict()

    def of(self, performance_id: int) -> LiveMap:
        """Return a performance's map, undrawn if it is new here."""
        found = self._maps.get(performance_id)
        if found is None:
            found = self._maps[performance_id] = LiveMap(performance_id)
            if len(self._maps) > MAPS_KEPT:
                self._maps.popitem(last=False)
        else:
            self._maps.move_to_end(performance_id)
        return found


@functools.cache
def live_maps() -> LiveMaps:
    """The process's maps."""
    return LiveMaps()
