"""The plots of a rehearsal's page, as SVG that stands within the page: no script, nothing from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, floor, log10
from typing import Any
from xml.etree.ElementTree import tostring

from django.utils.safestring import SafeString, mark_safe
from pygal import XY
from pygal.style import Style

from apps.rehearsal.on_sale.outcome import Played

WIDTH, HEIGHT = 640, 270
LATENCIES_SHOWN = ("join", "status", "seats", "order", "reserve", "confirm")
MILLISECONDS = 1000
TICK_SECONDS = (1, 2, 5, 10, 20, 30, 60, 120, 300)
MOST_TICKS = 12
LONG_NUMBER = 100
SHORTEST_MILLISECONDS = 0.1  # on a logarithmic axis
COLORS = (
    "#2563eb", "#d97706", "#059669", "#dc2626", "#7c3aed", "#0891b2", "#db2777", "#65a30d", "#475569", "#b45309",
)  # fmt: skip
CSS = (
    "inline:.axis .guide.line{stroke:#e3e5ea!important;stroke-dasharray:none!important}"
    ".axis .line{stroke:#9aa1ad!important} .axis.x .guides .line{stroke:none!important}"
)

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plot:
    """One plot; `legend` has the name and colour of each line where there are several."""

    title: str
    text: str
    drawing: SafeString
    legend: Sequence[tuple[str, str]]


def plots(played: Played) -> list[Plot]:
    """Draw everything of a rehearsal that runs over time."""
    moments = played.moments
    shown = [
        _plot("Seats sold", "Tickets of which their owners know.", [("sold", [(m.at, m.tickets) for m in moments])]),
        _plot("In line", "People who wait.", [("waiting", [(m.at, m.waiting) for m in moments])]),
        _plot("Inside", "People who have been let in.", [("inside", [(m.at, m.inside) for m in moments])]),
        _plot(
            "Calls under way",
            "Calls that wait for their answer, or for a connection.",
            [("calls under way", [(m.at, m.in_flight) for m in moments])],
        ),
        _plot("Calls a second", "All that the crowd was answered.", [("calls", _rate(played))]),
        _plot(
            "Latency, 95th percentile",
            "Milliseconds from a person's call to its answer, by the second of the answer; logarithmic.",
            _latencies(played),
            logarithmic=True,
        ),
    ]
    if pauses := _pauses(played):
        shown.append(_plot("Pauses of the event loops", "The longest of every two seconds, in milliseconds.", pauses))
    if len(moments) > 1 and played.processes:
        memory = [
            (one.name, list(zip((m.at for m in moments), one.memory_mib_at, strict=False))) for one in played.processes
        ]
        shown += [
            _plot("CPU by process", "Cores in use, one above the other.", _cpu(played), stacked=True),
            _plot("Memory by process", "Resident MiB, one above the other.", memory, stacked=True),
        ]
    return shown


def _plot(
    title: str,
    text: str,
    series: Sequence[tuple[str, Points]],
    *,
    stacked: bool = False,
    logarithmic: bool = False,
) -> Plot:
    legend = [(name, COLORS[number % len(COLORS)]) for number, (name, _) in enumerate(series)]
    lines = list(zip((color for _, color in legend), (points for _, points in series), strict=True))
    if stacked:
        lines = _stack(lines)
    options = _options([color for color, _ in lines], opacity=1.0 if stacked else 0.2)
    chart = XY(**options, fill=stacked or len(series) == 1)
    ends = [at for _, points in lines for at, _ in points]
    if ends:
        chart.x_labels = _ticks(min(ends), max(ends))
    if logarithmic and ends:  # the library's own would have the seconds logarithmic, too
        lines = [(color, _logarithms(points)) for color, points in lines]
        _label_decades(chart, [value for _, points in lines for _, value in points])
    for color, points in lines:
        chart.add(color, list(points))
    return Plot(title, text, _drawn(chart), legend if len(series) > 1 else ())


def _stack(lines: Sequence[tuple[str, Points]]) -> list[tuple[str, Points]]:
    """Put each upon the ones before; the highest comes first, so that the others are drawn over it."""
    sums = list(accumulate(([value for _, value in points] for _, points in lines), _add))
    ats = [at for at, _ in lines[0][1]]
    stacked: list[tuple[str, Points]] = [
        (color, list(zip(ats, sums[number], strict=False))) for number, (color, _) in enumerate(lines)
    ]
    return stacked[::-1]


def _add(below: list[float], above: list[float]) -> list[float]:
    return [one + other for one, other in zip(below, above, strict=False)]


def _logarithms(points: Points) -> Points:
    return [(at, log10(max(value, SHORTEST_MILLISECONDS))) for at, value in points]


def _label_decades(chart: XY, values: Sequence[float]) -> None:
    lowest, highest = (floor(min(values)), ceil(max(values))) if values else (0, 1)
    chart.range = (lowest, highest)
    chart.y_labels = [{"value": decade, "label": _number(10.0**decade)} for decade in range(lowest, highest + 1)]


def _rate(played: Played) -> Points:
    return [
        (after.at, (after.calls - before.calls) / (after.at - before.at))
        for before, after in pairwise(played.moments)
        if after.at > before.at
    ]


def _latencies(played: Played) -> list[tuple[str, Points]]:
    by_kind = {call.kind: call.p95_by_second for call in played.calls}
    return [(kind, by_kind[kind]) for kind in LATENCIES_SHOWN if kind in by_kind]


def _pauses(played: Played) -> list[tuple[str, Points]]:
    return [
        (f"web {number}", [(at, seconds * MILLISECONDS) for at, seconds in loop.longest])
        for number, loop in enumerate(played.loops, start=1)
        if loop.longest
    ]


def _cpu(played: Played) -> list[tuple[str, Points]]:
    """Cores that each process used from one moment to the next."""
    spans = list(pairwise(moment.at for moment in played.moments))
    return [
        (
            one.name,
            [
                (until, (after - before) / max(until - since, 1e-3))
                for (since, until), (before, after) in zip(spans, pairwise(one.cpu_seconds_at), strict=False)
            ],
        )
        for one in played.processes
    ]


def _ticks(start: float, end: float) -> list[int]:
    step = next((step for step in TICK_SECONDS if (end - start) / step <= MOST_TICKS), TICK_SECONDS[-1])
    first = ceil(start / step) * step
    return list(range(first, floor(end) + 1, step))


def _options(colors: Sequence[str], *, opacity: float) -> dict[str, Any]:
    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="#5b6472",
        foreground_strong="#3b4252",
        foreground_subtle="#9aa1ad",
        font_family="system-ui, sans-serif",
        label_font_size=12,
        major_label_font_size=12,
        colors=tuple(colors) or COLORS,
        opacity=str(opacity),
        opacity_hover=str(opacity),
        transition="0s",
    )
    return {
        "style": style,
        "css": ("file://style.css", "file://graph.css", CSS),
        "js": (),
        "width": WIDTH,
        "height": HEIGHT,
        "margin": 6,
        "show_legend": False,
        "show_dots": False,
        "stroke_style": {"width": 1.5},
        "max_scale": 6,
        "value_formatter": _number,
        "x_value_formatter": _number,
        "include_x_axis": True,
        "no_data_text": "nothing was measured",
    }


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) or value >= LONG_NUMBER else f"{value:g}"


def _drawn(chart: XY) -> SafeString:
    """Draw, and take the script out that would show tooltips."""
    root = chart.render_tree()
    for parent in list(root.iter()):
        for child in [one for one in parent if str(one.tag).endswith("script")]:
            parent.remove(child)
    return mark_safe(tostring(root, encoding="unicode"))  # noqa: S308 - of figures, by a library that escapes
