"""Where, when and of which code figures were taken."""

from __future__ import annotations

import platform
import subprocess
import textwrap
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import msgspec

from tests.servers import find_program

WIDTH = 120
CHECKOUT = Path(__file__).parents[1]
PACKAGES = ("django", "uvicorn", "granian", "daphne")
PROGRAMS = {"Redis": "redis-server", "MariaDB": "mariadbd"}

Machine = dict[str, str | int | float]


class About(msgspec.Struct):
    """What stands beside every table. `machine` is what describe_machine says."""

    taken_at: str
    commit: str
    machine: Machine
    versions: dict[str, str]
    rounds: int

    @classmethod
    def now(cls, machine: Machine, *, rounds: int) -> About:
        """Say it of a run that begins now, with what is checked out now."""
        return cls(datetime.now(UTC).isoformat(timespec="seconds"), commit(), machine, versions(), rounds)

    def in_words(self) -> str:
        """A paragraph of Markdown."""
        machine = self.machine
        place = f"{machine['processor']}, {machine['cores']} cores, {machine['system']}"
        versions = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        return textwrap.fill(
            f"*Taken {self.taken_at[:10]} at commit `{self.commit}` on {place}; load {machine['load_at_start']} at the "
            f"start; {versions}; medians of {self.rounds} rounds.*",
            WIDTH,
            break_long_words=False,
            break_on_hyphens=False,
        )


def commit() -> str:
    """Name the commit that is checked out, with `-dirty` where files differ from it; `unknown` without git."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    except OSError:
        return "unknown"
    return result.stdout.strip() or "unknown"


def versions() -> dict[str, str]:
    """Name what took part."""
    found = {"Python": platform.python_version()} | {name: version(name) for name in PACKAGES}
    for name, program in PROGRAMS.items():
        result = subprocess.run([find_program(program), "--version"], capture_output=True, text=True, check=False)
        found[name] = _version_in(result.stdout)
    return found


def _version_in(said: str) -> str:
    """Find the version in `Redis server v=7.0.15 sha=...` and in `mariadbd  Ver 10.11.14-MariaDB-... for ...`."""
    words = said.split()
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word.startswith("v="):
            return word.removeprefix("v=")
        if word == "Ver":
            return following.partition("-")[0]
    return "unknown"
