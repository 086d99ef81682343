"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

FULL_ROUNDS, FULL_SECONDS = 3, 3.0


@dataclass(frozen=True, slots=True)
class Scale:
    """How many people, orders and connections take part."""

    crowd: int
    plain_orders: int
    map_readers: int
    confirms: int
    plain_confirms: int
    paced_confirms: int
    connections: int
    confirm_connections: int  # more, as each waits for the provider
    counselors: int
    waiting: int
    notified: int
    pairs: int
    latency_pairs: int
    subscribers: int
    idle: int


FULL = Scale(
    crowd=10_000, plain_orders=1_000, map_readers=1_000,
    confirms=1_000, plain_confirms=200, paced_confirms=400,
    connections=100, confirm_connections=200,
    counselors=1_000, waiting=10_000, notified=300,
    pairs=100, latency_pairs=200, subscribers=500, idle=1_000,
)  # fmt: skip
SMOKE = Scale(
    crowd=200, plain_orders=20, map_readers=50,
    confirms=40, plain_confirms=20, paced_confirms=40,
    connections=4, confirm_connections=4,
    counselors=10, waiting=50, notified=10,
    pairs=4, latency_pairs=4, subscribers=10, idle=20,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured. `seconds` is the length of a run whose calls can be repeated."""

    rounds: int
    seconds: float
    servers: bool
    talk: bool = True
    smoke: bool = False

    @property
    def scale(self) -> Scale:
        return SMOKE if self.smoke else FULL

    @property
    def is_full(self) -> bool:
        """Whether the figures are worth writing down: everything, and as often and long as is usual."""
        enough = self.rounds >= FULL_ROUNDS and self.seconds >= FULL_SECONDS
        return enough and self.servers and self.talk and not self.smoke


def read_options(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the platform serves.")
    parser.add_argument(
        "--smoke", action="store_true", help="only see each workload answered rightly, with a few calls; no aims"
    )
    parser.add_argument("--quick", action="store_true", help="one short round of each, to try the harness")
    parser.add_argument("--rounds", type=int, default=FULL_ROUNDS, help="how often each is measured; the median counts")
    parser.add_argument("--seconds", type=float, default=FULL_SECONDS, help="how long a run lasts that can be repeated")
    parser.add_argument("--no-servers", action="store_true", help="leave the comparison of web servers out")
    parser.add_argument("--no-talk", action="store_true", help="leave STOMP and the matching out")
    parsed = parser.parse_args(arguments)
    if parsed.rounds < 1 or parsed.seconds < 1:
        parser.error("--rounds and --seconds have to be 1 at least")
    if parsed.quick:
        parsed.rounds, parsed.seconds = 1, 1
    if parsed.smoke:
        parsed.rounds, parsed.seconds = 1, 0.2
    return Options(
        rounds=parsed.rounds,
        seconds=parsed.seconds,
        servers=not (parsed.no_servers or parsed.smoke),
        talk=not parsed.no_talk,
        smoke=parsed.smoke,
    )
