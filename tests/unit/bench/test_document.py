"""The page of the figures: what a run writes into it, and what it says of itself."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from bench.about import About, commit
from bench.document import MARKED, NAMES, PAGE, WrongMarks, fill, parts_of, write_page
from bench.record import AimRecord, Record, WorkloadRecord
from bench.talk.suite import TalkRecord
from bench.workload import BARE


def workload(name: str, *aims: AimRecord) -> WorkloadRecord:
    return WorkloadRecord(
        name, "What | is asked", rate=12_345.6, of_bare=0.41, web_us=76, p50_ms=7, p99_ms=14.6, aims=[*aims], runs=[]
    )


def record(*, beside_rabbitmq: bool = False) -> Record:
    columns = ["", "Ticket-Live", *(["RabbitMQ Web STOMP"] if beside_rabbitmq else []), "aim", "reached"]
    return Record(
        about=About(
            taken_at="2026-11-30T01:02:03+00:00",
            commit="0123456789ab",
            machine={"processor": "AMD EPYC", "cores": 2, "system": "Linux", "load_at_start": 0.3},
            versions={"Python": "3.11.7", "MariaDB": "10.11.14"},
            rounds=3,
        ),
        seconds=400,
        workloads=[
            workload(BARE),
            workload("status", AimRecord("50%", "41%", missed=True)),
            workload("confirm", AimRecord("1,000/s", "1,200/s", missed=False), AimRecord("8 x", "7 x", missed=True)),
        ],
        servers={"daphne": {"bare": 5356.2}, "uvicorn": {"bare": 30943, "Django view": 2012}},
        talk=TalkRecord(
            columns=columns,
            rows=[["one to one, messages/s", *["1,000"] * (len(columns) - 1)]],
            matching=[["matches/s", "1,813", "at least 1,000"]],
            missed=[],
            beside_rabbitmq=beside_rabbitmq,
            rounds={},
        ),
    )


def tables_in(text: str) -> list[list[str]]:
    """The tables of a Markdown text, each as its lines."""
    blocks = re.split(r"\n(?!\|)", text)
    return [[line for line in block.splitlines() if line.startswith("|")] for block in blocks if "\n|" in block]


def cells(line: str) -> list[str]:
    return re.split(r"(?<!\\)\|", line)[1:-1]


def marks(*names: str) -> str:
    return "\n".join(f"By hand.\n\n<!-- bench: {name} -->\nold\n<!-- bench: end -->\n" for name in names)


def test_each_part_is_a_table_whose_rows_fit_its_head() -> None:
    parts = parts_of(record())

    assert set(parts) == {"workloads", "servers", "talk", "matching"}
    for part in parts.values():
        (table,) = tables_in(part)
        assert {len(cells(line)) for line in table} == {len(cells(table[0]))}
        assert all(re.fullmatch(r" -{3}:? ", cell) for cell in cells(table[1]))
        assert len(table) > 2


def test_each_part_says_when_of_which_commit_and_where_it_was_taken() -> None:
    for part in parts_of(record()).values():
        about = " ".join(part.partition("\n\n")[0].split())
        for fact in ("2026-11-30", "`0123456789ab`", "AMD EPYC", "2 cores", "load 0.3", "MariaDB 10.11.14", "3 rounds"):
            assert fact in about


def test_what_was_missed_is_in_bold_type_and_what_was_reached_is_not() -> None:
    rows = {cells(line)[0].strip(): cells(line)[-1].strip() for line in tables_in(parts_of(record())["workloads"])[0]}

    assert (rows[BARE], rows["status"], rows["confirm"]) == ("", "**41%**", "1,200/s, **7 x**")


def test_a_record_that_was_read_again_writes_the_same() -> None:
    read = msgspec.json.decode(msgspec.json.encode(record()), type=Record)

    assert parts_of(read) == parts_of(record())


def test_the_page_keeps_its_prose_and_what_was_not_measured(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(marks(*NAMES))

    write_page(parts_of(record()), page=page)
    write_page(parts_of(record()), page=page)

    parts = {match["name"]: match["part"] for match in MARKED.finditer(page.read_text())}
    written = parts_of(record())
    assert parts == {name: f"{written.get(name, 'old')}\n" for name in NAMES}
    assert page.read_text().count("By hand.") == len(NAMES)


def test_figures_beside_rabbitmq_have_a_part_of_their_own() -> None:
    assert "talk-beside-rabbitmq" in parts_of(record(beside_rabbitmq=True))
    assert "talk" not in parts_of(record(beside_rabbitmq=True))


@pytest.mark.parametrize("names", [NAMES[1:], (*NAMES, "more"), (*NAMES, NAMES[0])])
def test_a_page_with_other_marks_is_not_written(names: tuple[str, ...]) -> None:
    with pytest.raises(WrongMarks):
        fill(marks(*names), parts_of(record()))


def test_the_page_of_the_documentation_has_every_part_with_its_table() -> None:
    parts = {match["name"]: match["part"] for match in MARKED.finditer(PAGE.read_text())}

    assert sorted(parts) == sorted(NAMES)
    assert all(tables_in(part) for part in parts.values())


def test_the_page_of_the_documentation_names_date_commit_and_machine() -> None:
    parts = {match["name"]: match["part"] for match in MARKED.finditer(PAGE.read_text())}
    taken = re.compile(r"\*Taken \d{4}-\d\d-\d\d at commit `[0-9a-f]{7,40}(-dirty)?` on .+, \d+ cores, .+ rounds\.\*\n")

    for name, part in parts.items():
        assert taken.match(" ".join(part.partition("\n\n")[0].split()) + "\n"), name


def test_the_commit_is_that_of_the_checkout() -> None:
    assert re.fullmatch(r"[0-9a-f]{7,40}(-dirty)?|unknown", commit())
