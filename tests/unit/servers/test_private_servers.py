"""The tests' own servers: they end with the run, and a crash leaves nothing for long."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import redis

from tests.plugin import Servers
from tests.servers import PrivateProcess, PrivateRedis, ServerFailed, ServersFolder
from tests.waiting import wait_until

RUN = """
import sys
from tests.servers import PrivateRedis, ServersFolder

folder = ServersFolder()
server = PrivateRedis(folder.path)
server.start()
print(folder.path, server.pid, flush=True)
sys.stdin.read()
"""


def test_servers_end_with_a_killed_run_and_the_next_one_removes_their_folder() -> None:
    run = subprocess.Popen([sys.executable, "-c", RUN], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout
    path, pid = run.stdout.readline().split()
    assert Path(path).exists()

    run.kill()
    run.communicate()

    wait_until(lambda: not Path(f"/proc/{pid}").exists(), what=f"the end of process {pid}")
    ServersFolder().remove()
    assert not Path(path).exists()


def test_a_run_leaves_the_folder_of_another_one_alone(servers: Servers) -> None:
    ServersFolder().remove()

    assert servers.folder.path.exists()


def test_a_killed_redis_has_its_data_again(redis_server: PrivateRedis) -> None:
    redis_server.client().set("seat", "held")

    redis_server.kill()
    with pytest.raises(redis.ConnectionError):
        redis_server.client().get("seat")
    redis_server.start()

    assert redis_server.client().get("seat") == b"held"


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    broken = PrivateProcess(["sh", "-c", "echo out of memory; exit 1"], log=tmp_path / "log")

    with pytest.raises(ServerFailed, match="out of memory"):
        broken.start(ready=lambda: False)
