"""A process that carries out one attack: an `Order` as JSON on standard input, what it was told on standard output."""

from __future__ import annotations

import asyncio
import os
import sys

import msgspec

from bench.attacks.attacks import BY_NAME
from bench.attacks.target import Effort, Target

NICE = 10  # the honest and the servers share its core, and go first


class Order(msgspec.Struct):
    """What to do, by its name."""

    attack: str
    target: Target
    effort: Effort


def main() -> None:
    """Do it."""
    os.nice(NICE)
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Order)
    answers = asyncio.run(BY_NAME[order.attack].play(order.target, order.effort))  # type: ignore[arg-type]
    sys.stdout.buffer.write(msgspec.json.encode(answers) + b"\n")


if __name__ == "__main__":
    main()
