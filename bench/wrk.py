"""The client: wrk plays a file of calls over keep-alive connections and says how it went."""

from __future__ import annotations

import subprocess
from pathlib import Path

import msgspec

from bench.calls import CallFile
from tests.servers import find_program

SCRIPT = Path(__file__).with_name("replay.lua")
LONGEST_SECONDS = 600  # of a run that ends with its file


class Run(msgspec.Struct):
    """One run. `refused` counts statuses of 400 and more, `broken` the connections that failed.

    `statuses` is known of runs that send each call once.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    refused: int
    broken: int
    statuses: dict[str, int]
    web_seconds: float = 0.0  # that the web process kept its core busy

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def web_us(self) -> float:
        """Microseconds of the web process for each answer."""
        return 1e6 * self.web_seconds / self.requests


class RunFailed(Exception):
    """The client has no figures to tell; the text has what it said."""


def play(
    calls: CallFile,
    *,
    url: str,
    connections: int,
    seconds: float | None,
    per_second: int | None = None,
    politely: bool = False,
) -> Run:
    """Send the calls again and again for some seconds, or with None each of them once, `per_second` or at will.

    `politely`: so that the other programs on the client's core go first.
    """
    command = [
        *(["nice", "-n", "19"] if politely else []),
        "setpriv",
        "--pdeathsig",
        "KILL",
        "--",
        find_program("wrk"),
        "--threads",
        "1",
        "--connections",
        str(connections),
    ]
    command += ["--duration", f"{seconds or LONGEST_SECONDS:.0f}s", "--timeout", "30s", "--script", str(SCRIPT), url]
    command += ["--", str(calls.path), "around" if seconds else "once", *([str(per_second)] if per_second else [])]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    last = result.stdout.strip().rpartition("\n")[2]
    try:
        return msgspec.json.decode(last, type=Run)
    except msgspec.DecodeError as error:
        raise RunFailed(f"{' '.join(command)}\n{result.stdout}{result.stderr}") from error
