"""The command line of the benchmarks."""

from __future__ import annotations

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How much is measured. `seconds` is the length of a run whose calls can be repeated."""

    rounds: int
    seconds: float
    servers: bool
    talk: bool = True


def read_options(arguments: list[str] | None = None) -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what the platform serves.")
    parser.add_argument("--quick", action="store_true", help="one short round of each, to try the harness")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured; the median counts")
    parser.add_argument("--seconds", type=float, default=3, help="how long a run lasts that can be repeated")
    parser.add_argument("--no-servers", action="store_true", help="leave the comparison of web servers out")
    parser.add_argument("--no-talk", action="store_true", help="leave STOMP and the matching out")
    parsed = parser.parse_args(arguments)
    if parsed.quick:
        parsed.rounds, parsed.seconds = 1, 1
    return Options(rounds=parsed.rounds, seconds=parsed.seconds, servers=not parsed.no_servers, talk=not parsed.no_talk)
