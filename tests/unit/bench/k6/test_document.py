"""The tables of the journeys: what `make k6` writes into the pages, and where."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from apps.rehearsal.verdict import Finding
from bench.about import CHECKOUT
from bench.k6.document import MARKED, PLACES, WrongMarks, fill, parts_of, write_pages
from bench.k6.options import FULL, JOURNEYS, SMOKE, read_options
from bench.k6.players import Metric, State, Summary
from bench.k6.record import Record, Run


def summary(*, settled_ms: float = 400, faults: float = 0) -> Summary:
    trend = {"count": 100.0, "med": 300.0, "p(95)": 350.0, "max": settled_ms}
    return Summary(
        metrics={
            "tickets": Metric({"count": 1}, {"count==1": {"ok": True}}),
            "lost": Metric({"count": 99}),
            "faults": Metric({"count": faults}, {"count==0": {"ok": not faults}}),
            "settled": Metric(trend),
            "verdict": Metric(trend),
            "http_req_duration": Metric(trend),
            "http_reqs": Metric({"count": 1_203}),
        },
        state=State(test_run_duration_ms=1_500),
    )


def run(journey: str = "one-seat", *findings: Finding, people: int = 100, **changes: float) -> Run:
    return Run.of(journey, "What happens", people, summary(**changes), findings)


def record(*runs: Run) -> Record:
    machine: dict[str, str | int | float] = {
        "processor": "AMD EPYC", "cores": 2, "system": "Debian 12", "load_at_start": 0.3
    }  # fmt: skip
    return Record("2026-11-30T01:02:03+00:00", "0123456789ab", machine, "k6 v1.8.1", 2, "mariadb", [*runs])


def all_journeys(**others: Run) -> list[Run]:
    """One run of each, but for those that are given by name."""
    return [others.get(name, run(name)) for name in JOURNEYS]


def test_the_hundred_are_in_both_languages_with_the_median_of_their_runs() -> None:
    parts = parts_of(record(run(settled_ms=400), run(settled_ms=600), run(settled_ms=500)))

    assert set(parts) == {"README.md", "README.ko.md"}
    assert "| 100 | 1 | 99 | 0.50 (0.40 to 0.60) | 0.30 (0.30 to 0.30) |" in parts["README.md"]
    assert "| 100 | 1 | 99 | 0.50 (0.40~0.60) | 0.30 (0.30~0.30) |" in parts["README.ko.md"]
    assert "medians of 3 runs" in parts["README.md"]


def test_each_part_says_when_of_which_commit_where_and_by_what_it_was_taken() -> None:
    facts = ("2026-11-30", "`0123456789ab`", "AMD EPYC", "2 cores", "0.3", "k6 v1.8.1", "MariaDB")

    for part in parts_of(record(*all_journeys())).values():
        about = " ".join(part.partition("\n\n")[0].split())
        assert [fact for fact in facts if fact not in about] == []


def test_runs_that_differ_in_their_winners_are_told_apart() -> None:
    worse = run(faults=2)

    assert "| 0, 2 |" in parts_of(record(run(), worse))["README.md"]


def test_the_table_of_all_journeys_names_what_did_not_hold() -> None:
    doubled = Finding("at most one live ticket per seat", holds=False, figures="2 live tickets")
    played = record(*all_journeys(peak=run("peak", doubled, faults=1)))
    table = parts_of(played)["docs/performance.md"]

    assert "| `seats` | What happens | 100 | 1.5 | 1,203 | 300.0 | 350.0 | 0 | 2 | all |" in table
    assert "**not faults count==0; at most one live ticket per seat: 2 live tickets**" in table
    assert played.missed() == ["peak: faults count==0", "peak: at most one live ticket per seat: 2 live tickets"]


def test_a_part_that_was_not_played_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in PLACES:
        shutil.copy(CHECKOUT / name, tmp_path / name)
    before = (tmp_path / "docs/performance.md").read_text()

    assert write_pages(record(run()), checkout=tmp_path) == ["README.md", "README.ko.md"]
    assert (tmp_path / "docs/performance.md").read_text() == before
    assert write_pages(record(run("seats"), run("peak")), checkout=tmp_path) == []


def test_a_run_of_all_journeys_brings_every_page_up_to_date(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in PLACES:
        shutil.copy(CHECKOUT / name, tmp_path / name)

    assert write_pages(record(*all_journeys()), checkout=tmp_path) == list(PLACES)
    for name, part in parts_of(record(*all_journeys())).items():
        assert part in (tmp_path / name).read_text()


@pytest.mark.parametrize("text", ["no marks", "<!-- k6: other -->\n<!-- k6: end -->"])
def test_a_page_with_other_marks_is_not_written(text: str) -> None:
    with pytest.raises(WrongMarks):
        fill(text, "hundred", "part")


@pytest.mark.parametrize(("name", "part"), PLACES.items())
def test_the_pages_have_their_tables(name: str, part: str) -> None:
    (match,) = MARKED.finditer((CHECKOUT / name).read_text())

    assert match["name"] == part
    assert re.match(r"\*.*`[0-9a-f]{7,40}(-dirty)?`", " ".join(match["part"].split()))
    assert len([line for line in match["part"].splitlines() if line.startswith("|")]) > 2


def test_a_record_can_be_read_again() -> None:
    written = record(*all_journeys())

    assert parts_of(msgspec.json.decode(msgspec.json.encode(written), type=Record)) == parts_of(written)


def test_all_journeys_are_played_unless_some_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("K6", raising=False)

    assert read_options([]).journeys == JOURNEYS
    assert read_options(["peak", "one-seat"]).journeys == ("one-seat", "peak")
    assert read_options([]).scale == FULL
    assert read_options([]).writes
    assert read_options(["--smoke"]).scale == SMOKE
    assert not read_options(["--smoke"]).writes


def test_the_k6_of_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K6", "/opt/k6")

    assert read_options([]).k6 == "/opt/k6"


def test_a_journey_that_is_not_there_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_options(["theatre"])

    assert "no journey is called theatre" in capsys.readouterr().err
