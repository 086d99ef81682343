"""RabbitMQ with its Web STOMP plugin, as a server of the benchmark's own: its own node, ports, data and port mapper."""

from __future__ import annotations

import os
import secrets
import signal
import socket
from contextlib import suppress
from pathlib import Path

from bench.machine import Cores
from tests.servers import PrivateProcess, find_program, free_port

PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in /usr/sbin changes the user
PLUGINS = "[rabbitmq_web_stomp]."
LOGIN = {"login": "guest", "passcode": "guest", "host": "/"}  # STOMP names the virtual host


class RabbitMQ:
    """One node on the server's core, with one scheduler for it."""

    path = "/ws"
    logins = (LOGIN,)

    def __init__(self, folder: Path, *, cores: Cores) -> None:
        self.host, self.port = "127.0.0.1", free_port()
        folder.mkdir(parents=True)
        (folder / "enabled_plugins").write_text(PLUGINS)
        (folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{free_port()}\nstomp.listeners.tcp.1 = 127.0.0.1:{free_port()}\n"
            f"web_stomp.tcp.ip = 127.0.0.1\nweb_stomp.tcp.port = {self.port}\n"
            "log.console.level = warning\n"
        )
        mapper_port = free_port()
        # A node without a port mapper would start one that outlives it.
        self._mapper = PrivateProcess([find_program("epmd"), "-port", str(mapper_port)], log=folder / "epmd.log")
        self._mapper_port = mapper_port
        environment = os.environ | {
            "HOME": str(folder),  # where the cookie goes
            "ERL_EPMD_PORT": str(mapper_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"bench-{secrets.token_hex(4)}@localhost",
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(folder / "data"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1",
        }
        self._process = PrivateProcess(cores.on_web([str(PROGRAM)]), log=folder / "server.log", env=environment)

    def __enter__(self) -> RabbitMQ:
        self._mapper.start(ready=lambda: _listens(self._mapper_port))
        self._process.start(ready=lambda: _listens(self.port))
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.end(signal.SIGKILL)
        self._mapper.end(signal.SIGKILL)

    @property
    def pids(self) -> list[int]:
        """The processes of the node: what the start script became, and its children."""
        return descendants(self._process.pid)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def descendants(pid: int) -> list[int]:
    """Return a process and all that it started and that still runs (proc(5), `children`)."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += descendants(int(child))
    return found
