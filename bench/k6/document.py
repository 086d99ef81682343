"""The tables that `make k6` writes between marks: of the hundred in the READMEs, of all in docs/performance.md.

    <!-- k6: hundred -->
    ...
    <!-- k6: end -->

A part whose journeys were not all played stays as it was.
"""

from __future__ import annotations

import re
import statistics
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.about import CHECKOUT, WIDTH
from bench.k6.options import JOURNEYS
from bench.k6.record import Record, Run
from bench.tables import markdown_table

MARKED = re.compile(r"(<!-- k6: (?!end)(?P<name>[a-z]+) -->\n)(?P<part>.*?)(<!-- k6: end -->)", re.DOTALL)
HUNDRED = "one-seat"


class WrongMarks(Exception):
    """A page has not its part once; the text says which."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a table of the hundred says, in the language of its page."""

    columns: tuple[str, ...]
    taken: str
    one_run: str
    medians: str
    range: str


ENGLISH = Words(
    (
        "people for one seat",
        "got it",
        "told that it is gone",
        "all knew after, s",
        "p50, s",
        "p95, s",
        "5xx or no answer",
    ),
    "Taken {day} at commit `{commit}` by {player} on {place}; load {load} at the start; {web_processes} web processes, "
    "{database}",
    "one run each",
    "medians of {rounds} runs, in brackets the lowest and the highest",
    "{median:.2f} ({least:.2f} to {most:.2f})",
)
KOREAN = Words(
    (
        "한 좌석에 몰린 사람",
        "얻은 사람",
        "없다는 답을 받은 사람",
        "모두 답을 받기까지, 초",
        "p50, 초",
        "p95, 초",
        "5xx 또는 무응답",
    ),
    "{day}, 커밋 `{commit}`, {player}, {place}; 시작할 때 부하 {load}; 웹 프로세스 {web_processes}개, {database}",
    "한 번씩 잼",
    "{rounds}번 잰 중앙값, 괄호 안은 가장 작은 값과 가장 큰 값",
    "{median:.2f} ({least:.2f}~{most:.2f})",
)
PLACES: Mapping[str, str] = {"README.md": "hundred", "README.ko.md": "hundred", "docs/performance.md": "journeys"}


def write_pages(record: Record, *, checkout: Path = CHECKOUT) -> list[str]:
    """Bring the pages up to date and return the names of those that were written.

    Raises:
        WrongMarks
    """
    written = []
    for name, part in parts_of(record).items():
        page = checkout / name
        page.write_text(fill(page.read_text(), PLACES[name], part))
        written.append(name)
    return written


def fill(text: str, name: str, part: str) -> str:
    """Put the part between its marks.

    Raises:
        WrongMarks: the page has other marks than this one.
    """
    found = [match["name"] for match in MARKED.finditer(text)]
    if found != [name]:
        raise WrongMarks(f"the page has marks for {', '.join(found) or 'nothing'}, not for {name}")
    return MARKED.sub(lambda match: f"{match[1]}{part}\n{match[4]}", text)


def parts_of(record: Record) -> dict[str, str]:
    """Write what was played, by the page that it belongs to."""
    parts = {}
    hundreds = [run for run in record.runs if run.journey == HUNDRED]
    if hundreds:
        parts["README.md"] = _hundred(record, hundreds, ENGLISH)
        parts["README.ko.md"] = _hundred(record, hundreds, KOREAN)
    if {run.journey for run in record.runs} == set(JOURNEYS):
        parts["docs/performance.md"] = f"{_about(record, ENGLISH, rounds=1)}\n\n{journeys_table(record)}"
    return parts


def _hundred(record: Record, runs: list[Run], words: Words) -> str:
    rounds = len(runs) // len({run.people for run in runs})
    return f"{_about(record, words, rounds=rounds)}\n\n{markdown_table(words.columns, _hundred_rows(runs, words))}"


def _hundred_rows(runs: list[Run], words: Words) -> Iterator[list[str]]:
    for people in sorted({run.people for run in runs}):
        same = [run for run in runs if run.people == people]
        yield [
            f"{people:,}",
            _all(same, lambda run: run.summary.value("tickets", "count")),
            _all(same, lambda run: run.summary.value("lost", "count")),
            words.range.format(**_seconds(same, "settled", "max")),
            words.range.format(**_seconds(same, "verdict", "med")),
            words.range.format(**_seconds(same, "verdict", "p(95)")),
            _all(same, lambda run: run.faults),
        ]


def _all(runs: list[Run], figure: Callable[[Run], float]) -> str:
    """Write a count that is the same in every run; otherwise each of them."""
    return ", ".join(f"{value:,.0f}" for value in sorted({figure(run) for run in runs}))


def _seconds(runs: list[Run], metric: str, aggregate: str) -> dict[str, float]:
    values = [run.summary.value(metric, aggregate) / 1000 for run in runs]
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


JOURNEY_COLUMNS = ("journey", "what", "people", "seconds", "calls", "p50 ms", "p95 ms", "frames", "thresholds", "held")


def journeys_table(record: Record) -> str:
    """Write one row for each journey, of its last run."""
    last = {(run.journey, run.people): run for run in record.runs}
    return markdown_table(JOURNEY_COLUMNS, map(_journey_row, last.values()), texts=2)


def _journey_row(run: Run) -> list[str]:
    summary = run.summary
    thresholds = summary.thresholds()
    return [
        f"`{run.journey}`",
        run.what,
        f"{run.people:,}" if run.journey != "home" else f"{run.people} a second",
        f"{summary.state.test_run_duration_ms / 1000:,.1f}",
        f"{summary.value('http_reqs', 'count'):,.0f}",
        f"{summary.value('http_req_duration', 'med'):,.1f}",
        f"{summary.value('http_req_duration', 'p(95)'):,.1f}",
        f"{summary.value('ws_msgs_received', 'count') + summary.value('ws_msgs_sent', 'count'):,.0f}",
        str(len(thresholds)),
        "all" if not run.missed else f"**not {'; '.join(run.missed)}**",
    ]


def _about(record: Record, words: Words, *, rounds: int) -> str:
    machine = record.machine
    said = words.taken.format(
        day=record.taken_at[:10],
        commit=record.commit,
        player=record.player,
        place=f"{machine['processor']}, {machine['cores']} cores, {machine['system']}",
        load=machine["load_at_start"],
        web_processes=record.web_processes,
        database={"mariadb": "MariaDB", "sqlite": "SQLite"}[record.database],
    )
    often = words.one_run if rounds == 1 else words.medians.format(rounds=rounds)
    return textwrap.fill(f"*{said}; {often}.*", WIDTH, break_long_words=False, break_on_hyphens=False)
