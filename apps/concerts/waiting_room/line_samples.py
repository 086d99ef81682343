"""Samples of a line over the last two hours, for the charts of those who run it.

The tick notes a sample of every line each `SECONDS_BETWEEN_SAMPLES`, in one script and in no request of a
customer. A sample in Redis is a JSON list:

    [at, waiting, called, inside, next, cursor, offered, expected_seconds, rate, mode]

It goes with Redis when that is lost; what has to last (the numbers, the changes of settings) is elsewhere.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from apps.common.redis import sync_redis, translate_errors
from apps.common.redis.scripts import load_script

NOTE = load_script(__file__, "note_sample.lua")
LOOK = load_script(__file__, "look_on.lua")

SECONDS_BETWEEN_SAMPLES = 5.0
SECONDS_KEPT = 7_200
MOST_SAMPLES = int(SECONDS_KEPT / SECONDS_BETWEEN_SAMPLES)


class LineSample(NamedTuple):
    """How a line stood at `at`, Unix seconds by Redis' clock. `offered` counts turns since the line was made."""

    at: int
    waiting: int
    called: int
    inside: int
    next_number: int
    cursor: int
    offered: int
    expected_seconds: int
    rate: float
    mode: str


class Flow(NamedTuple):
    """What happened between two samples: people a second, and how long those had waited whose turn came then."""

    inflow: float
    outflow: float
    waited_seconds: int | None


def look_on(performance_id: int) -> LineSample | None:
    """Return how a line stands now; None where there is none.

    Raises:
        ServiceUnavailable: Redis is away.
    """
    with translate_errors():
        answer = LOOK.run(_keys(performance_id)[:4])
    return None if answer[0] == b"NOT_READY" else _sample(answer[1])


def read_samples(performance_id: int) -> list[LineSample]:
    """Return the samples of the last two hours, oldest first.

    Raises:
        ServiceUnavailable: Redis is away.
    """
    with translate_errors():
        samples = [_sample(sample) for sample in sync_redis().lrange(_keys(performance_id)[4], 0, -1)]
    return [sample for sample in samples if sample.at > samples[-1].at - SECONDS_KEPT]


def flows(samples: Sequence[LineSample]) -> list[Flow]:
    """Work out what happened before each sample; the first has nothing before it.

    Who is called at a sample holds the number of its cursor, and joined when that number was given out: between
    the two samples around which `next_number` reached it.
    """
    found = []
    joined = 0  # the first sample at which the cursor's number had been given out
    for index, sample in enumerate(samples):
        before = samples[max(0, index - 1)]
        seconds = max(1, sample.at - before.at)
        while samples[joined].next_number < sample.cursor:
            joined += 1
        found.append(
            Flow(
                inflow=max(0, sample.next_number - before.next_number) / seconds,
                outflow=max(0, sample.offered - before.offered) / seconds,
                waited_seconds=_waited(samples, joined, sample) if sample.cursor > before.cursor else None,
            )
        )
    return found


def _waited(samples: Sequence[LineSample], joined: int, sample: LineSample) -> int | None:
    """Seconds since the number of the sample's cursor was given out; None if that was before the first sample."""
    if joined == 0:
        return None
    before, after = samples[joined - 1], samples[joined]
    share = (sample.cursor - before.next_number) / (after.next_number - before.next_number)
    return round(sample.at - (before.at + share * (after.at - before.at)))


class LineSampler:
    """Notes samples for the lines that this process ticks, each when it is due."""

    def __init__(self) -> None:
        self._offered: dict[int, int] = {}
        self._due_at: dict[int, float] = {}
        self._lock = threading.Lock()

    def keep(self, performance_id: int, *, offered: int) -> None:
        """Count the turns that a tick has offered, and note how the line stands if that is due."""
        now = time.monotonic()
        with self._lock:
            self._offered[performance_id] = self._offered.get(performance_id, 0) + offered
            if now < self._due_at.get(performance_id, 0.0):
                return
            self._due_at[performance_id] = now + SECONDS_BETWEEN_SAMPLES
            since = self._offered.pop(performance_id)
        note(performance_id, offered=since)


def note(performance_id: int, *, offered: int) -> bool:
    """Note how a line stands, unless somebody just has; tell whether this call did."""
    answer = NOTE.run(_keys(performance_id), (offered, SECONDS_BETWEEN_SAMPLES, MOST_SAMPLES))
    return bool(answer[0] == b"NOTED")


def _keys(performance_id: int) -> list[str]:
    tag = f"{{performance:{performance_id}}}"
    return [f"{kind}:{tag}" for kind in ("line", "offers", "returners", "passes", "history")]


def _sample(packed: bytes | str) -> LineSample:
    values: list[Any] = json.loads(packed)
    return LineSample(*values)


line_sampler = LineSampler()
