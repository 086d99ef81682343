"""All people of a rehearsal as tasks of one event loop, the clock they go by, and the end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

from apps.rehearsal.counseling.stage import Centre
from apps.rehearsal.on_sale.asking import Asking
from apps.rehearsal.on_sale.behaviours import draw_behaviours
from apps.rehearsal.on_sale.client import Caller, Client
from apps.rehearsal.on_sale.figures import Figures
from apps.rehearsal.on_sale.looks import EachAlone, Looks, ThroughCache
from apps.rehearsal.on_sale.person import Person
from apps.rehearsal.on_sale.plan import RehearsalPlan
from apps.rehearsal.on_sale.sale import Phase, Sale
from apps.rehearsal.on_sale.sockets import Sockets
from apps.rehearsal.on_sale.stage import Guest
from apps.rehearsal.on_sale.watching import Watcher

WINDOW_CONNECTIONS = 100
ASKING_AFTER_SECONDS = 1.0  # of waiting


class Crowd:
    """Plays one rehearsal. `sale` and `figures` have what came of it."""

    def __init__(
        self, plan: RehearsalPlan, *, performance_id: int, guests: Sequence[Guest], desk: Centre | None = None
    ) -> None:
        """`desk`, where there is one, is for the plan's askers among the guests."""
        self.plan = plan
        self.figures = Figures()
        self.sale = Sale(performance_id=performance_id, seats=plan.seats, figures=self.figures, pauses=plan.pauses)
        self._guests = guests
        self._behaviours = draw_behaviours(len(guests), seed=plan.seed, shares=plan.shares)
        self.asking: Asking | None = None
        if desk is not None:
            arrivals = [self._behaviours[number].arrives_at + ASKING_AFTER_SECONDS for number in plan.asker_numbers]
            self.asking = Asking(desk, arrivals, base_url=plan.base_urls[0], figures=self.figures)
        self.line_clients: list[Client] = []  # by address, of those who wait
        self.inside_clients: list[Client] = []  # and of those who are inside
        self.sockets: list[Sockets] = []
        self._caches: list[ThroughCache] = []  # by address, where there are any

    async def play(self, *, opens_in: float, watcher: Watcher) -> None:
        """Let everybody come, until all seats are sold or the time is over; then let those inside finish."""
        loop = asyncio.get_running_loop()
        self.sale.opened_at = time.monotonic() + opens_in
        async with AsyncExitStack() as stack:
            window = await stack.enter_async_context(self._client(self.plan.sandbox_url, WINDOW_CONNECTIONS))
            for url in self.plan.base_urls:
                self.line_clients.append(await stack.enter_async_context(self._client(url, self.plan.connections)))
                self.inside_clients.append(await stack.enter_async_context(self._client(url, self.plan.most_inside)))
                self.sockets.append(self._sockets_at(url))
            if self.plan.edge_cache:
                self._caches = [ThroughCache(self.sale, origin=Caller(client)) for client in self.line_clients]
            people = self._people(window)
            tasks = [loop.create_task(person.play()) for person in people]
            self.sale.phases[Phase.AWAY] = len(people)
            gc.disable()  # a crowd that lives to the end would be looked through again and again, a second each time
            watching = loop.create_task(watcher.watch(self))
            asking = loop.create_task(self._ask())
            ticking = loop.create_task(self.sale.clock.run())
            looking = [loop.create_task(cache.run()) for cache in self._caches]
            try:
                await self._until_over(tasks)
                await self._finish(people, tasks)
                await asyncio.wait([asking], timeout=self.plan.grace_seconds)
            finally:
                for task in (asking, watching, ticking, *looking):
                    task.cancel()
                    with contextlib.suppress(asyncio.CancelledError):
                        await task
                gc.enable()

    async def _ask(self) -> None:
        if self.asking is not None:
            await self.asking.play(opened_at=self.sale.opened_at)

    def _client(self, url: str, connections: int) -> Client:
        return Client(url, connections=connections, figures=self.figures)

    def _sockets_at(self, url: str) -> Sockets:
        address = url.rstrip("/").replace("http", "ws", 1) + "/ws"
        limit = self.plan.sockets // len(self.plan.base_urls)
        return Sockets(address, limit=limit, performance_id=self.sale.performance_id, figures=self.figures)

    def _people(self, window: Client) -> list[Person]:
        """Everybody, each at one address, as a balancer would have it."""
        to_window = Caller(window)
        looks: list[Looks] = [*self._caches] or [EachAlone(self.sale)] * len(self.line_clients)
        people = []
        for number, (guest, behaviour) in enumerate(zip(self._guests, self._behaviours, strict=True)):
            at = number % len(self.line_clients)
            person = Person(
                self.sale,
                behaviour,
                user_id=guest.user_id,
                token=guest.token,
                line=Caller(self.line_clients[at], token=guest.token),
                inside=self.inside_clients[at],
                window=to_window,
                sockets=self.sockets[at],
                looks=looks[at],
            )
            people.append(person)
        return people

    async def _until_over(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Return when all is sold, the seconds are over, or nobody is there any more."""
        everybody = asyncio.ensure_future(asyncio.wait(tasks))
        sold_out = asyncio.ensure_future(self.sale.sold_out.wait())
        left = self.plan.seconds - self.sale.at
        await asyncio.wait([everybody, sold_out], timeout=left, return_when=asyncio.FIRST_COMPLETED)
        self.sale.is_over = True
        for waiter in (everybody, sold_out):
            waiter.cancel()

    async def _finish(self, people: Sequence[Person], tasks: Sequence[asyncio.Task[None]]) -> None:
        """Send home who waits; those inside have the grace to come to an end."""
        inside = []
        for person, task in zip(people, tasks, strict=True):
            if task.done():
                continue
            if person.is_waiting:
                task.cancel()
            else:
                inside.append(task)
        if inside:
            await asyncio.wait(inside, timeout=self.plan.grace_seconds)
            for task in inside:
                task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
