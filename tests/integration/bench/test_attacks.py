"""`python -m bench.attacks --smoke`: every attack once, in a tiny form, against servers that the benchmark starts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.attacks.attacks import AT_THE_END, ATTACKS
from bench.attacks.honest import KINDS

CHECKOUT = Path(__file__).parents[3]


def test_every_attack_is_carried_out_and_nobody_honest_is_kept_from_anything(tmp_path: Path) -> None:
    rows_file = tmp_path / "rows.json"
    command = ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "bench.attacks", "--smoke"]

    result = subprocess.run(
        [*command, "--json", str(rows_file)], cwd=CHECKOUT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout + result.stderr
    rows = json.loads(rows_file.read_text())
    names = [attack.name for attack in ATTACKS]
    assert [row["attack"] for row in rows] == ["nobody attacks", *names, "nobody attacks any more", AT_THE_END.name]
    answers = {row["attack"]: row["answers"] for row in rows}
    assert all(answers[name] for name in names), answers
    for row in rows[:-1]:
        assert not row["faults"], row
        assert all(row["calls"][kind] for kind in KINDS if row["seconds"] > 1), row
        assert row["longest_pause_ms"] >= 0
    assert "404 not_found" in answers["floods somebody else's conversation"]
    assert "404 not_found" in answers["floods a conversation that does not exist"]
    assert "429 too_many_requests" in answers["hundreds of connections and subscriptions"]
    assert "the process ended" in next(iter(answers[AT_THE_END.name]))
