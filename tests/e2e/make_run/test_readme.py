"""The README's walk, pasted into a shell against the platform of `make run`."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from tests.make_run import Platform
from tests.waiting import LONGEST_SECONDS


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_the_walk_leads_from_the_line_to_a_ticket_and_back(platform: Platform, name: str) -> None:
    text = (Path(settings.BASE_DIR) / name).read_text()
    (walk,) = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    addresses = {"BASE": f"http://127.0.0.1:{platform.port}", "SANDBOX": f"http://127.0.0.1:{platform.port + 1}"}

    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", walk],
        env=os.environ | addresses,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert '"status":"RESERVED"' in done.stdout
    assert '"status":"PAID"' in done.stdout
    assert "DONE" in done.stdout.splitlines()
    assert done.stdout.count("VALID") >= 2
    assert "'status': 'CANCELLED'" in done.stdout.splitlines()[-1]
    assert "'status': 'VALID'" in done.stdout.splitlines()[-1]
