"""`make bench ARGS=--smoke`: every workload once, against servers that the benchmark starts itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[3]


def written() -> dict[Path, float]:
    """What a full run writes, and when it was written last."""
    files = [CHECKOUT / "docs" / "performance.md", *(CHECKOUT / "bench" / "results").glob("*")]
    return {path: path.stat().st_mtime for path in files}


def test_every_workload_is_answered_rightly_and_nothing_is_written() -> None:
    before = written()
    command = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "bench", "--smoke"]

    result = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stdout + result.stderr
    for workload in ("POST /api/payments/confirm, 200 a second", "10,000 for one seat", "plain consumer", "matching"):
        assert workload in result.stdout
    assert "every workload was answered rightly" in result.stdout
    assert written() == before
