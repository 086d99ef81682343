"""The figures of docs/performance.md: what stands there between two marks is written from a run's record.

    <!-- bench: workloads -->
    ...
    <!-- bench: end -->

Everything else there is prose, and stays. Each part says itself when, where and of which commit it was taken, since a
run that leaves a part out leaves that part of the page as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.comparison import BARE_ENDPOINT, STATUS, VIEW
from bench.record import Record
from bench.tables import markdown_table
from bench.talk.suite import MATCHING_COLUMNS
from bench.workload import BARE

PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
MARKED = re.compile(r"(<!-- bench: (?!end)(?P<name>[a-z-]+) -->\n)(?P<part>.*?)(<!-- bench: end -->)", re.DOTALL)
SEAT_MAP_LOADING, SEAT_MAP_FRAMES = "seat-map-loading", "seat-map-frames"  # of bench.seat_map_page
NAMES = ("workloads", "servers", "talk", "talk-beside-rabbitmq", "matching", SEAT_MAP_LOADING, SEAT_MAP_FRAMES)


class WrongMarks(Exception):
    """The page has not each part once; the text says which."""


def write_page(parts: Mapping[str, str], *, page: Path = PAGE) -> None:
    """Bring parts of the page up to date.

    Raises:
        WrongMarks
    """
    page.write_text(fill(page.read_text(), parts))


def fill(text: str, parts: Mapping[str, str]) -> str:
    """Put the parts between their marks; those of which nothing is known stay as they are.

    Raises:
        WrongMarks: the page has another set of marks than `NAMES`.
    """
    found = [match["name"] for match in MARKED.finditer(text)]
    if sorted(found) != sorted(NAMES):
        raise WrongMarks(f"the page has marks for {', '.join(found) or 'nothing'}, not for {', '.join(NAMES)}")

    def renew(match: re.Match[str]) -> str:
        part = parts.get(match["name"])
        return match[0] if part is None else f"{match[1]}{part}\n{match[4]}"

    return MARKED.sub(renew, text)


def parts_of(record: Record) -> dict[str, str]:
    """Write the parts that a run has measured."""
    about = record.about.in_words()
    parts = {"workloads": f"{about}\n\n{_workloads(record)}"}
    if record.servers:
        parts["servers"] = f"{about}\n\n{_servers(record)}"
    if record.talk is not None:
        name = "talk-beside-rabbitmq" if record.talk.beside_rabbitmq else "talk"
        parts[name] = f"{about}\n\n{markdown_table(record.talk.columns, record.talk.rows)}"
        parts["matching"] = f"{about}\n\n{markdown_table(MATCHING_COLUMNS, record.talk.matching)}"
    return parts


def _workloads(record: Record) -> str:
    columns = ("workload", "what", "answers/s", "of bare", "web process, µs each", "p50 ms", "p99 ms", "aim", "reached")
    return markdown_table(columns, _workload_rows(record), texts=2)


def _workload_rows(record: Record) -> Iterator[list[str]]:
    for workload in record.workloads:
        yield [
            workload.name,
            workload.what,
            f"{workload.rate:,.0f}",
            "" if workload.name == BARE else f"{workload.of_bare:.1%}",
            f"{workload.web_us:,.0f}",
            f"{workload.p50_ms:,.1f}",
            f"{workload.p99_ms:,.1f}",
            ", ".join(aim.aim for aim in workload.aims),
            ", ".join(f"**{aim.reached}**" if aim.missed else aim.reached for aim in workload.aims),
        ]


def _servers(record: Record) -> str:
    subjects = (BARE_ENDPOINT, STATUS, VIEW)
    rows = (
        [server, *(f"{rates[subject]:,.0f}" if subject in rates else "" for subject in subjects)]
        for server, rates in record.servers.items()
    )
    return markdown_table(("server", *(f"{subject}, /s" for subject in subjects)), rows)
