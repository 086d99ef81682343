"""The figures as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # before pyplot looks for a screen

from matplotlib import pyplot as plt

from bench.comparison import Comparison
from bench.rounds import Results
from bench.workload import LatencyAim

COLOR, AIM_COLOR = "#3b6ea5", "#c0392b"
DPI = 110


def plot_workloads(results: Results, path: Path) -> None:
    """A bar for each workload that goes as fast as it can, with a mark where its aim is."""
    shown = {name: figures for name, figures in results.figures.items() if figures.workload.per_second is None}
    names, rates = list(shown), [figures.rate for figures in shown.values()]
    figure, axes = plt.subplots(figsize=(9, 0.5 * len(names) + 1.2), layout="constrained")
    bars = axes.barh(names, rates, color=COLOR)
    axes.bar_label(bars, labels=[f"{rate:,.0f}" for rate in rates], padding=4)
    for position, name in enumerate(names):
        for aim in shown[name].workload.aims:
            if isinstance(aim, LatencyAim):
                continue
            aimed = aim.least * (results.figures[aim.of].rate if aim.of else 1)
            axes.vlines(aimed, position - 0.4, position + 0.4, color=AIM_COLOR, label="aim")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(handles[:1], labels[:1], loc="lower right")
    axes.invert_yaxis()
    axes.set_xlabel("answers a second, one web process on one core")
    axes.set_xlim(right=1.12 * max(rates))
    figure.savefig(path, dpi=DPI)
    plt.close(figure)


def plot_servers(comparison: Comparison, *, subjects: Sequence[str], path: Path) -> None:
    """A panel for each subject, a bar for each server that has it."""
    figure, panels = plt.subplots(1, len(subjects), figsize=(12, 3.2), layout="constrained")
    for panel, subject in zip(panels, subjects, strict=True):
        rates = {server: rates[subject] for server, rates in comparison.rates.items() if subject in rates}
        bars = panel.barh(list(rates), list(rates.values()), color=COLOR)
        panel.bar_label(bars, labels=[f"{rate:,.0f}" for rate in rates.values()], padding=4)
        panel.set_xlim(right=1.3 * max(rates.values()))
        panel.invert_yaxis()
        panel.set_title(subject)
    figure.supxlabel("answers a second on one core")
    figure.savefig(path, dpi=DPI)
    plt.close(figure)
