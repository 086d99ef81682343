"""The live screen of a rehearsal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from apps.rehearsal.on_sale.machine import Machine
from apps.rehearsal.on_sale.watching import Moment

if TYPE_CHECKING:
    from apps.rehearsal.on_sale.crowd import Crowd

BAR_WIDTH = 50
LINE_EVERY_SECONDS = 5.0
SHOWN_KINDS = ("join", "status", "seats", "order", "reserve", "confirm")


class LiveScreen:
    """Draws each moment; where the output is no terminal, a line every few seconds instead."""

    def __init__(self, console: Console, machine: Machine) -> None:
        self._console = console
        self._machine = machine
        self._live = Live(console=console, auto_refresh=False, transient=True)
        self._said_at = float("-inf")
        self._calls = 0
        self._at = 0.0

    def __enter__(self) -> LiveScreen:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, crowd: Crowd, moment: Moment) -> None:
        per_second = (moment.calls - self._calls) / max(moment.at - self._at, 1e-3)
        if self._console.is_terminal:
            self._live.update(self._drawn(crowd, moment, per_second), refresh=True)
        elif moment.at - self._said_at >= LINE_EVERY_SECONDS:
            self._said_at = moment.at
            self._console.print(
                f"{moment.at:6.1f} s  sold {moment.tickets:,} of {crowd.sale.seats:,}  waiting {moment.waiting:,}  "
                f"inside {moment.inside:,}  {per_second:,.0f} calls/s  faults inside {crowd.sale.fault_count:,}"
            )
        self._calls, self._at = moment.calls, moment.at

    def _drawn(self, crowd: Crowd, moment: Moment, per_second: float) -> RenderableType:
        sale = crowd.sale
        head = Text.assemble(
            ("On sale  ", "bold"),
            f"{moment.at:+.1f} s   {per_second:,.0f} calls/s   {moment.in_flight:,} under way   ",
            (f"{sale.fault_count:,} faults inside", "bold red" if sale.fault_count else "green"),
        )
        people = crowd.plan.people
        bars = Table.grid(padding=(0, 1))
        for name, value, total in (
            ("sold", moment.tickets, sale.seats),
            ("arrived", moment.arrived, people),
            ("waiting", moment.waiting, people),
            ("inside", moment.inside, crowd.plan.most_inside),
        ):
            bars.add_row(name, ProgressBar(total=total, completed=value, width=BAR_WIDTH), f"{value:,} of {total:,}")
        return Group(head, bars, self._calls_table(crowd), self._processes())

    @staticmethod
    def _calls_table(crowd: Crowd) -> Table:
        table = Table(box=None, pad_edge=False)
        for column in ("call", "count", "last ms"):
            table.add_column(column, justify="left" if column == "call" else "right")
        for name in SHOWN_KINDS:
            kind = crowd.figures.kinds.get(name)
            if kind:
                table.add_row(name, f"{len(kind.durations):,}", f"{kind.durations[-1] * 1000:,.0f}")
        return table

    def _processes(self) -> Text:
        if len(self._machine.at) <= 1:
            return Text("")
        seconds = self._machine.at[-1] - self._machine.at[-2]
        shares = [
            f"{use.name} {(use.cpu_seconds[-1] - use.cpu_seconds[-2]) / seconds:.0%}" for use in self._machine.uses
        ]
        return Text("CPU  " + "  ".join(shares), style="dim")
