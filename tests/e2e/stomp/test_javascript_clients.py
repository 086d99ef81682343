"""The clients of browsers and apps against a real platform; what they say is in tests/clients/*.test.js."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fast_lane import access_token
from tests.live import LivePlatform
from tests.waiting import LONGEST_SECONDS

pytestmark = pytest.mark.django_db(transaction=True)

CLIENTS = Path(__file__).parents[2] / "clients"
NODE = str(Path(sys.executable).with_name("node"))  # of the environment, as the set-up put it there


@pytest.mark.parametrize("suite", ["stompjs.test.js", "sockjs.test.js"])
def test_the_clients_suite_passes(open_platform: LivePlatform, suite: str) -> None:
    done = subprocess.run(
        [NODE, "--test", suite],
        cwd=CLIENTS,
        env=os.environ
        | {
            "STOMP_TEST_URL": open_platform.url,
            "STOMP_TEST_TOKEN": access_token(),
            "LONGEST_SECONDS": str(LONGEST_SECONDS),
        },
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
