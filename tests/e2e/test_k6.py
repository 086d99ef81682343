"""`make k6`: the six journeys on a platform of its own, with a few people."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.about import CHECKOUT
from bench.k6.document import PLACES
from bench.k6.options import JOURNEYS
from tests.make_run import OF_THE_TEST_RUN


def test_every_journey_comes_to_its_end_and_the_pages_stay_as_they_are(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    before = {name: (CHECKOUT / name).read_text() for name in PLACES}
    home = tmp_path_factory.mktemp("k6")  # the path of a socket is short
    env = {name: value for name, value in os.environ.items() if name not in (*OF_THE_TEST_RUN, "PORT", "K6")}

    done = subprocess.run(
        [sys.executable, "-m", "bench.k6", "--smoke", "--results", str(tmp_path / "results")],
        env=env | {"TICKETLIVE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("every threshold holds") == len(JOURNEYS)
    rows = [line for line in done.stdout.splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(JOURNEYS)
    assert all(row.endswith("| all |") for row in rows)
    assert {name: (CHECKOUT / name).read_text() for name in PLACES} == before
    assert (tmp_path / "results" / "k6.json").is_file()
