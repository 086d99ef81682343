"""The command line of `make k6`."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

RESULTS = Path(__file__).parents[1] / "results"
JOURNEYS = ("one-seat", "waiting-room", "seats", "home", "conversation", "peak")


@dataclass(frozen=True, slots=True)
class Scale:
    """How many take part. `crowds` are those who want one seat, each `rounds` times."""

    crowds: tuple[int, ...]
    rounds: int
    people: int
    pairs: int
    seconds: int
    visitors_a_second: int


FULL = Scale(crowds=(100, 1_000), rounds=3, people=100, pairs=20, seconds=15, visitors_a_second=10)
SMOKE = Scale(crowds=(20,), rounds=1, people=10, pairs=3, seconds=3, visitors_a_second=4)


@dataclass(frozen=True, slots=True)
class Options:
    """What is played, by what, and whether the figures go into the pages."""

    journeys: tuple[str, ...]
    k6: str
    database: str
    results: Path
    smoke: bool
    writes: bool

    @property
    def scale(self) -> Scale:
        return SMOKE if self.smoke else FULL


def read_options(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="make k6", description="Play the journeys on a platform of its own.")
    parser.add_argument("journeys", nargs="*", metavar="journey", help=f"some of {', '.join(JOURNEYS)}; all by default")
    parser.add_argument("--k6", default=os.environ.get("K6", ""), help="an installed k6; without one the player plays")
    parser.add_argument("--database", choices=("mariadb", "sqlite"), default="mariadb")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder that all figures go to")
    parser.add_argument("--smoke", action="store_true", help="a few people, to see that each journey comes to its end")
    parser.add_argument("--no-write", action="store_true", help="leave the tables of the pages as they are")
    parsed = parser.parse_args(arguments)
    if unknown := set(parsed.journeys) - set(JOURNEYS):
        parser.error(f"no journey is called {', '.join(sorted(unknown))}; there are {', '.join(JOURNEYS)}")
    return Options(
        journeys=tuple(name for name in JOURNEYS if name in parsed.journeys or not parsed.journeys),
        k6=parsed.k6,
        database=parsed.database,
        results=parsed.results,
        smoke=parsed.smoke,
        writes=not (parsed.no_write or parsed.smoke),
    )
