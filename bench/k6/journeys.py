"""The six journeys: what each needs, and what has to be true in the database after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.rehearsal.verdict import Finding
from bench.k6.findings import find_conversations, find_sale
from bench.k6.options import Scale
from bench.k6.players import Player, Summary
from bench.k6.record import Run
from bench.k6.stages import Stage

Given = dict[str, str | int]


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a script is given, and what to ask of the database when it has ended."""

    given: Given
    find: Callable[[Summary], list[Finding]]


@dataclass(frozen=True, slots=True)
class Journey:
    """`prepare` makes its stage for so many people; `crowds` says how many, for each run."""

    name: str
    what: str
    crowds: Callable[[Scale], Iterator[int]]
    prepare: Callable[[Stage, int, Scale], Prepared]


def play(journey: Journey, *, site: Given, player: Player, folder: Path, scale: Scale) -> Iterator[Run]:
    """Play a journey as often as it is to be played.

    Raises:
        NotPlayed
    """
    for people in journey.crowds(scale):
        prepared = journey.prepare(Stage(folder), people, scale)
        summary = player.play(journey.name, site | prepared.given, folder=folder)
        yield Run.of(journey.name, journey.what, people, summary, prepared.find(summary))


def _one_seat(stage: Stage, people: int, _: Scale) -> Prepared:
    performance = stage.performance(seats=1)
    given: Given = {"TOKENS": stage.customers(people), "PERFORMANCE": performance.pk, "PEOPLE": people}
    return Prepared(given, lambda summary: _sold(performance.pk, summary))


def _waiting_room(stage: Stage, people: int, _: Scale) -> Prepared:
    performance = stage.performance(seats=people, with_line=True)
    given: Given = {"TOKENS": stage.customers(people), "PERFORMANCE": performance.pk, "PEOPLE": people}
    return Prepared(given, lambda summary: _sold(performance.pk, summary))


def _seats(stage: Stage, people: int, scale: Scale) -> Prepared:
    performance = stage.performance(seats=500)
    given: Given = {"TOKENS": stage.customers(people), "PERFORMANCE": performance.pk, "PEOPLE": people}
    return Prepared(given | {"SECONDS": scale.seconds}, lambda _: find_sale(performance.pk, tickets=0))


def _home(stage: Stage, _: int, scale: Scale) -> Prepared:
    stage.programme()
    return Prepared({"RATE": scale.visitors_a_second, "SECONDS": scale.seconds}, lambda _: [])


def _conversation(stage: Stage, pairs: int, _: Scale) -> Prepared:
    centre, desk = stage.centre(customers=pairs, counselors=pairs)
    given: Given = {"TOKENS": stage.customers(pairs), "DESK": desk, "CATEGORY": centre.category_id, "PAIRS": pairs}
    return Prepared(given, lambda _: find_conversations(centre, pairs=pairs))


def _peak(stage: Stage, people: int, scale: Scale) -> Prepared:
    stage.programme()
    with_line, without = stage.performance(seats=people, with_line=True), stage.performance(seats=people)
    centre, desk = stage.centre(customers=scale.pairs, counselors=scale.pairs)
    given: Given = {
        "TOKENS": stage.customers(2 * people + scale.pairs),
        "DESK": desk,
        "PERFORMANCE": with_line.pk,
        "OPEN_PERFORMANCE": without.pk,
        "CATEGORY": centre.category_id,
        "PEOPLE": people,
        "PAIRS": scale.pairs,
        "SECONDS": scale.seconds,
    }
    return Prepared(
        given,
        lambda _: [
            *find_sale(with_line.pk, tickets=people),
            *find_sale(without.pk, tickets=people),
            *find_conversations(centre, pairs=scale.pairs),
        ],
    )


def _sold(performance_id: int, summary: Summary) -> list[Finding]:
    return find_sale(performance_id, tickets=int(summary.value("tickets", "count")))


def _once(scale: Scale) -> Iterator[int]:
    yield scale.people


ALL = (
    Journey(
        "one-seat",
        "Everybody presses for one seat at once",
        lambda scale: (people for people in scale.crowds for _ in range(scale.rounds)),
        _one_seat,
    ),
    Journey("waiting-room", "All join, wait their turn, choose, hold and pay", _once, _waiting_room),
    Journey("seats", "The map, its changes, two seats held and given back", _once, _seats),
    Journey("home", "Home page, programme, concert, clock; no account", lambda s: iter([s.visitors_a_second]), _home),
    Journey("conversation", "A customer and a counselor over STOMP", lambda s: iter([s.pairs]), _conversation),
    Journey("peak", "In line, buying, reading and talking at once", _once, _peak),
)
