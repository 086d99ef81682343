"""What is noted each moment of a rehearsal: how far the sale has come, and what the machine does."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from apps.rehearsal.on_sale.loop_pauses import LoopPauses
from apps.rehearsal.on_sale.machine import Machine
from apps.rehearsal.on_sale.sale import Phase

if TYPE_CHECKING:
    from apps.rehearsal.on_sale.crowd import Crowd

INTERVAL_SECONDS = 0.5
PAUSES_EVERY = 4  # moments


@dataclass(frozen=True, slots=True)
class Moment:
    """How the sale stood `at` seconds from the opening."""

    at: float
    arrived: int
    waiting: int
    inside: int
    tickets: int
    calls: int
    in_flight: int


class Screen(Protocol):
    """Where somebody looks on."""

    def show(self, crowd: Crowd, moment: Moment) -> None: ...


class Watcher:
    """Takes the moments of one rehearsal."""

    def __init__(self, machine: Machine, screen: Screen) -> None:
        self.machine = machine
        self.moments: list[Moment] = []
        self.loop_pauses: list[LoopPauses] = []
        self.own_pauses: list[float] = []  # by how much each moment came late: the crowd's own loop
        self._screen = screen

    async def watch(self, crowd: Crowd) -> None:
        """Take a moment every half second until cancelled."""
        loop = asyncio.get_running_loop()
        self.loop_pauses = [LoopPauses(client) for client in crowd.inside_clients]
        due = loop.time()
        number = 0
        while True:
            self.own_pauses.append(max(0.0, loop.time() - due))
            self._take(crowd)
            if number % PAUSES_EVERY == 0:
                for pauses in self.loop_pauses:
                    pauses.ask(crowd.sale.at)
            number += 1
            due = max(due + INTERVAL_SECONDS, loop.time())
            await asyncio.sleep(due - loop.time())

    def _take(self, crowd: Crowd) -> None:
        sale, phases = crowd.sale, crowd.sale.phases
        moment = Moment(
            at=sale.at,
            arrived=phases.total() - phases[Phase.AWAY],
            waiting=phases[Phase.WAITING],
            inside=phases[Phase.INSIDE],
            tickets=sale.tickets,
            calls=crowd.figures.calls,
            in_flight=sum(client.in_flight for client in (*crowd.line_clients, *crowd.inside_clients)),
        )
        self.moments.append(moment)
        self.machine.sample(moment.at)
        self._screen.show(crowd, moment)
