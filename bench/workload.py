"""What a workload is: calls to one server, the answers they have to get, and what is aimed at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bench.calls import CallFile

ServerName = Literal["bare", "platform", "plain", "provider"]

BARE = "bare ASGI endpoint"


@dataclass(frozen=True, slots=True)
class Aim:
    """At least `least` times the rate of the workload `of`, or without `of` `least` answers a second."""

    least: float
    of: str = ""


@dataclass(frozen=True, slots=True)
class LatencyAim:
    """At most `most_ms` more in the median than the workload `beyond`."""

    most_ms: float
    beyond: str


@dataclass(frozen=True, slots=True)
class Workload:
    """Calls to one server. With one file they are repeated for a while; with a file a round each is sent once.

    `what` tells a reader what is asked. `status` is that of every answer, but for those that `besides` counts.
    With `per_second` the calls are sent at that rate, not one after the other's answer. Without `connections` there
    are as many as the scale says. `afterwards` is asked after each round, with its number, and raises WrongAnswers
    unless all is stored as was answered.
    """

    name: str
    server: ServerName
    files: Sequence[CallFile]
    what: str = ""
    status: int = 200
    code: str = ""
    besides: dict[int, int] = field(default_factory=dict)
    once: bool = False
    per_second: int | None = None
    connections: int | None = None
    aims: Sequence[Aim | LatencyAim] = ()
    afterwards: Callable[[int], None] | None = None
