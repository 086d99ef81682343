"""What is measured: the calls, the answers they have to get, and what is aimed at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from apps.accounts.services.issue_tokens import IssuedToken
from apps.common.redis import sync_redis
from apps.concerts.models import Performance
from apps.concerts.seat_states.keys import sale_key
from bench.calls import Call, CallFile
from bench.confirms import Confirms
from bench.options import Options
from bench.stage import Draft, Stage
from bench.workload import BARE, Aim, Workload

PLAIN_ORDERS = "POST /api/orders, plain DRF + ORM"
SEATS_OF_AN_ORDER = 2
GZIP = ("Accept-Encoding: gzip",)


class Workshop:
    """Prepares the workloads on a stage; those whose calls can be sent but once have a file for each round."""

    def __init__(self, stage: Stage, *, folder: Path, options: Options) -> None:
        self._stage = stage
        self._folder = folder
        self._rounds = options.rounds
        self._scale = options.scale
        self._files = 0
        self.performances: list[Performance] = []

    def workloads(self) -> Iterator[Workload]:
        """Prepare them one by one, in the order in which they are measured."""
        status = self._status_calls()
        yield Workload(BARE, "bare", [status], what="The same few bytes to everybody, by the same server")
        yield Workload(
            "waiting-room status",
            "platform",
            [status],
            what="Everybody in a line asks in turn",
            aims=[Aim(0.5, BARE)],
        )
        yield self._joins()
        yield self._refused_reserves()
        yield self._won_reserves()
        yield from self._seat_maps()
        yield from self._orders()
        yield self._contenders()
        yield from self._confirms()

    def _status_calls(self) -> CallFile:
        performance = self._performance()
        self._stage.fill_line(performance)
        path = f"/api/waiting-room/{performance.pk}/status"
        return self._write(Call("GET", path, person.access) for person in self._stage.crowd)

    def _joins(self) -> Workload:
        """The whole crowd, each with a token and a line that know nothing of them yet."""
        files = []
        for _ in range(self._rounds):
            path = f"/api/waiting-room/{self._performance().pk}/join"
            files.append(
                self._write(Call("POST", path, person.access) for person in self._stage.tokens(self._scale.crowd))
            )
        return Workload("waiting-room join", "platform", files, what="Everybody joins, with a new token", once=True)

    def _refused_reserves(self) -> Workload:
        """Everybody wants one seat, which somebody else holds."""
        drafts = self._rivals()
        self._stage.hold(drafts[:1])
        calls = self._reserve_calls(drafts[1:], self._stage.crowd[1:])
        return Workload(
            "reserve, refused",
            "platform",
            [self._write(calls)],
            what="Everybody wants one seat that is held",
            status=409,
            code="seats_unavailable",
            aims=[Aim(0.4, BARE)],
        )

    def _won_reserves(self) -> Workload:
        files = []
        for _ in range(self._rounds):
            buyers = self._stage.tokens(self._scale.crowd // SEATS_OF_AN_ORDER)
            performance, seats = self._performance(inside=buyers), self._stage.seats[: self._scale.crowd]
            pairs = [seats[first : first + SEATS_OF_AN_ORDER] for first in range(0, len(seats), SEATS_OF_AN_ORDER)]
            drafts = self._stage.place(performance, zip(buyers, pairs, strict=True))
            files.append(self._write(self._reserve_calls(drafts, buyers)))
        what = "Each holds two seats of their own, stored before the answer"
        return Workload("reserve, won", "platform", files, what=what, once=True)

    def _seat_maps(self) -> Iterator[Workload]:
        """A map of which four seats in ten are held, for readers who hold none."""
        crowd, seats = self._stage.crowd, self._stage.seats
        performance = self._performance(inside=crowd)
        number = self._scale.map_readers
        holders, readers = crowd[:number], crowd[number : 2 * number]
        groups = [seats[10 * holder : 10 * holder + 4] for holder in range(number)]
        drafts = self._stage.place(performance, zip(holders, groups, strict=True))
        self._stage.hold(drafts)
        path = f"/api/performances/{performance.pk}/seats"
        full = self._write(Call("GET", path, reader.access, headers=GZIP) for reader in readers)
        yield Workload(
            "seat map of 10,000, full",
            "platform",
            [full],
            what="The whole map, compressed",
            aims=[Aim(10_000)],
        )
        known = (*GZIP, f"If-None-Match: {_tag_of(performance)}")
        unchanged = self._write(Call("GET", path, reader.access, headers=known) for reader in readers)
        yield Workload(
            "seat map of 10,000, unchanged",
            "platform",
            [unchanged],
            what="With the ETag of the newest map",
            status=304,
            aims=[Aim(0.5, BARE)],
        )

    def _orders(self) -> Iterator[Workload]:
        fast, plain = [], []
        for _ in range(self._rounds):
            buyers = self._stage.tokens(self._scale.crowd)
            performance = self._performance(inside=buyers)
            calls = self._order_calls(performance, buyers)
            plain.append(self._write(calls[: self._scale.plain_orders]))
            fast.append(self._write(calls[self._scale.plain_orders :]))
        what = "Two seats each, all checks, stored before the answer"
        yield Workload(PLAIN_ORDERS, "plain", plain, what=f"{what}: as usually written", status=201, once=True)
        yield Workload(
            "POST /api/orders", "platform", fast, what=what, status=201, once=True, aims=[Aim(10, PLAIN_ORDERS)]
        )

    def _contenders(self) -> Workload:
        """10,000 people reserve one seat at once: an answer to each within a second is 10,000 a second."""
        files = []
        for _ in range(self._rounds):
            buyers = self._stage.tokens(self._scale.crowd)
            files.append(self._write(self._reserve_calls(self._rivals(), buyers)))
        return Workload(
            "10,000 for one seat",
            "platform",
            files,
            what="All reserve one free seat: one wins, each is answered within a second",
            status=409,
            code="seats_unavailable",
            besides={200: 1},
            once=True,
            aims=[Aim(10_000)],
        )

    def _confirms(self) -> Iterator[Workload]:
        """Each round's orders are of one performance, as in a rush."""
        confirms = Confirms(self._scale, seats_of_an_order=SEATS_OF_AN_ORDER)
        for _ in range(self._rounds):
            buyers = self._stage.tokens(confirms.orders)
            performance, seats = self._performance(inside=buyers), iter(self._stage.seats)
            drafts = self._stage.place(
                performance, [(buyer, list(islice(seats, SEATS_OF_AN_ORDER))) for buyer in buyers]
            )
            self._stage.reserve(drafts)
            confirms.add_round(drafts, buyers, write=self._write)
        return confirms.workloads()

    def _rivals(self) -> list[Draft]:
        """Give each of the crowd an order for the same seat."""
        performance = self._performance(inside=self._stage.crowd)
        return self._stage.place(performance, ((person, self._stage.seats[:1]) for person in self._stage.crowd))

    def _reserve_calls(self, drafts: Sequence[Draft], buyers: Sequence[IssuedToken]) -> list[Call]:
        return [
            Call("POST", f"/api/orders/{draft.order_id}/reserve", buyer.access)
            for draft, buyer in zip(drafts, buyers, strict=True)
        ]

    def _order_calls(self, performance: Performance, buyers: Sequence[IssuedToken]) -> list[Call]:
        """Neighbouring seats for each, overlapping as in a rush: a PENDING order keeps nobody from another."""
        seats = [seat.pk for seat in self._stage.seats]
        wanted = (seats[first : first + SEATS_OF_AN_ORDER] for first in range(0, len(seats) - SEATS_OF_AN_ORDER, 7))
        pairs = list(wanted)
        return [
            Call(
                "POST",
                "/api/orders",
                buyer.access,
                body={"performance_id": performance.pk, "seat_ids": pairs[number % len(pairs)]},
            )
            for number, buyer in enumerate(buyers)
        ]

    def _performance(self, *, inside: Iterable[IssuedToken] = ()) -> Performance:
        performance = self._stage.performance(inside=inside)
        self.performances.append(performance)
        return performance

    def _write(self, calls: Iterable[Call]) -> CallFile:
        self._files += 1
        return CallFile.write(self._folder / f"calls-{self._files}", calls)


def _tag_of(performance: Performance) -> str:
    """The ETag of a performance's map for somebody who holds none of its seats."""
    version = sync_redis().hget(sale_key(performance.pk), "version")
    return f'W/"{int(version or 0)}"'
