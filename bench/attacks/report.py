"""The rows, as a table and as JSON."""

from __future__ import annotations

import msgspec
from rich.table import Table

from bench.attacks.honest import DJANGO, KINDS, LINE, TALK, Window
from bench.attacks.pauses import Pause

MOST_ANSWERS = 5  # kinds of answers in a row of the table; JSON has all
SERVER_FAULT = "500"


class Row(msgspec.Struct):
    """One attack, or nobody's. Times are in milliseconds: the median and the 99th percentile of each kind."""

    attack: str
    seconds: float
    answers: dict[str, int]
    longest_pause_ms: float | None = None
    pause_is_bound: bool = False
    calls: dict[str, int] = {}
    p50_p99_ms: dict[str, tuple[float, float]] = {}
    faults: dict[str, int] = {}

    @classmethod
    def of(cls, attack: str, *, seconds: float, answers: dict[str, int], pause: Pause, window: Window) -> Row:
        """Sum a window up."""
        return cls(
            attack=attack,
            seconds=round(seconds, 1),
            answers=answers,
            longest_pause_ms=round(1000 * pause.seconds, 1),
            pause_is_bound=pause.is_bound,
            calls={kind: len(window.times[kind]) for kind in KINDS},
            p50_p99_ms={kind: window.milliseconds(kind) for kind in KINDS},
            faults=dict(window.faults),
        )

    @property
    def is_well(self) -> bool:
        """Whether nobody honest was refused or kept waiting, and nobody at all was told of a fault of the server's."""
        return not self.faults and not any(word.startswith(SERVER_FAULT) for word in self.answers)


def table_of(rows: list[Row]) -> Table:
    """Lay the rows out; one in which something went wrong is red."""
    table = Table(title="Attacks, and what an honest reader notices: ms, median / 99 %", title_justify="left")
    table.add_column("attack")
    table.add_column("the attacker was told")
    for name in ("longest pause, ms", LINE, DJANGO, TALK, "faults"):
        table.add_column(name, justify="right")
    for row in rows:
        table.add_row(*cells_of(row), style=None if row.is_well else "red")
    return table


def cells_of(row: Row) -> list[str]:
    """Return a row in words."""
    pause = "" if row.longest_pause_ms is None else str(Pause(row.longest_pause_ms / 1000, row.pause_is_bound))
    often = sorted(row.answers.items(), key=lambda item: -item[1])
    answers = ", ".join(f"{number:,} x {word}" for word, number in often[:MOST_ANSWERS])
    times = [row.p50_p99_ms.get(kind) for kind in KINDS]
    return [
        row.attack,
        answers + (", ..." if len(often) > MOST_ANSWERS else ""),
        pause,
        *("" if pair is None else f"{pair[0]:,.1f} / {pair[1]:,.0f}" for pair in times),
        ", ".join(f"{number} x {why}" for why, number in row.faults.items()),
    ]
