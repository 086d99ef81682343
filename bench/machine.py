"""Which core does what: one belongs to the web process that is measured, the others to everything else."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cores:
    """`rest` runs the client, Redis and the database. On a machine of one core they share it with the web."""

    web: int
    rest: frozenset[int]

    @classmethod
    def split(cls) -> Cores:
        first, *others = sorted(os.sched_getaffinity(0))
        return cls(first, frozenset(others or [first]))

    def keep_off_web(self) -> None:
        """Move this process to the rest; what it starts from now on runs there as well."""
        os.sched_setaffinity(0, self.rest)

    def on_web(self, command: list[str]) -> list[str]:
        """Return the command that runs `command` on the web's core."""
        return ["taskset", "--cpu-list", str(self.web), *command]


def describe_machine() -> dict[str, str | int | float]:
    """Say what the figures were taken on, and how busy it was at the start."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "system": _system(),
        "python": platform.python_version(),
        "load_at_start": round(os.getloadavg()[0], 2),
    }


def _system() -> str:
    """Name the distribution, where it names itself (os-release(5)), and the kernel."""
    try:
        distribution = platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        distribution = "unknown distribution"
    return f"{distribution}, {platform.system()} {'.'.join(platform.release().split('.')[:2])}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []
