"""The page of a rehearsal stands alone, and says what there is to say."""

from __future__ import annotations

import re

import msgspec
import pytest

from apps.rehearsal.on_sale.outcome import CallFigures, LoopFigures, Played, ProcessFigures
from apps.rehearsal.on_sale.report import render_report
from apps.rehearsal.on_sale.sale import Fault
from apps.rehearsal.on_sale.watching import Moment
from apps.rehearsal.verdict import Finding

AT = [-1.0, 0.0, 1.0, 2.0]
PLAYED = Played(
    seats=10_000,
    people=50_000,
    seconds=60.0,
    seed=7,
    rate=120.0,
    inside_limit=600,
    real_waiting=False,
    base_urls=["http://127.0.0.1:8000"],
    performance_id=42,
    started_at="2026-11-30 10:00:00",
    sold=9_998,
    sold_out_at=None,
    admitted=5_000,
    lost_races=77,
    faults_inside=1,
    faults=[Fault(1.5, "confirm", "503 <script>")],
    measured_seconds=3.0,
    total_calls=4_000,
    client_microseconds_a_call=40.0,
    calls=[CallFigures("status", 4_000, [1.0, 2.0, 3.0, 4_000.0], [("200", 3_999), ("no answer", 1)], [(0, 2.0)])],
    outcomes=[("went home with tickets", 4_444)],
    moments=[Moment(at, 10, 9, 1, 5 * number, 1_000 * number, 3) for number, at in enumerate(AT)],
    processes=[ProcessFigures("web 1", 2.5, 200.0, [0.0, 0.5, 1.5, 2.5], [190.0, 195.0, 200.0, 200.0])],
    loops=[LoopFigures("http://127.0.0.1:8000", [(0.0, 0.25)], [(0.01, 99), (0.25, 100)])],
    own_longest_pause=0.1,
    socket_messages=12,
    sockets_broken=0,
    notes=["A note."],
)
HOLDS = [Finding("at most one live ticket per seat", holds=True, figures="9,998")]


def test_the_page_says_how_it_went() -> None:
    findings = [*HOLDS, Finding("no person inside got a fault", holds=False, figures="1")]
    page = " ".join(render_report(PLAYED, findings).split())

    for words in (
        "The rehearsal does not hold", "9,998 of 10,000 seats sold to 50,000 people", "no person inside got a fault",
        "went home with tickets", "4,444", "web 1", "A note.", "250.0", "120 admissions a second",
    ):  # fmt: skip
        assert words in page


def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    page = render_report(PLAYED, HOLDS)

    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=["']""", page.replace("xmlns:xlink", ""))
    assert "@import" not in page
    assert "503 &lt;script&gt;" in page


def test_each_plot_is_drawn() -> None:
    page = render_report(PLAYED, HOLDS)

    assert page.count("<figure") == page.count("<svg") == 9


@pytest.mark.parametrize("moments", [[], PLAYED.moments[:1]], ids=["none", "one"])
def test_a_rehearsal_that_ended_at_once_has_a_page_too(moments: list[Moment]) -> None:
    ended = msgspec.structs.replace(PLAYED, moments=moments, calls=[], processes=[], loops=[], faults=[])

    assert "9,998 of 10,000" in render_report(ended, HOLDS)
