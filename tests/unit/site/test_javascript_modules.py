"""The pages' modules that need no browser, tried by Node.js; what they say is in tests/js/*.test.js."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.waiting import LONGEST_SECONDS

CHECKOUT = Path(__file__).parents[3]
NODE = str(Path(sys.executable).with_name("node"))


def test_the_modules_suites_pass() -> None:
    suites = sorted(map(str, (CHECKOUT / "tests" / "js").glob("*.test.js")))

    done = subprocess.run(
        [NODE, "--test", *suites], cwd=CHECKOUT, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
    )

    assert suites
    assert done.returncode == 0, done.stdout + done.stderr
