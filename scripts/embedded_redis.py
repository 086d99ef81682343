"""The private Redis server of the embedded default, on a Unix socket, its data in TICKETLIVE_HOME."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.process_manager import bound_to_parent
from scripts.refusal import refuse
from ticketlive.environment import embedded_redis_socket

START_SECONDS = 60.0  # it may have a long append-only file to read
POLL_SECONDS = 0.01


class EmbeddedRedis:
    """Knows how to start the server; makes the folders that it needs."""

    def __init__(self, home: Path) -> None:
        self.socket = embedded_redis_socket(home)
        self.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.socket.parent.stat().st_uid != os.getuid():
            refuse(f"{self.socket.parent}, where Redis' socket would be, belongs to somebody else")
        data = home / "redis"
        data.mkdir(exist_ok=True)
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(data),
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "loglevel": "warning",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self.command = [shutil.which("redis-server") or "redis-server", *arguments]

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the server inside the `with` block, from when it has read its data."""
        server = subprocess.Popen(bound_to_parent(self.command), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + START_SECONDS
        try:
            while not self._answers():
                if server.poll() is not None or time.monotonic() > deadline:
                    server.kill()
                    refuse(f"redis-server did not start:\n{server.communicate()[0].decode(errors='replace')}")
                time.sleep(POLL_SECONDS)
            yield
        finally:
            server.terminate()
            server.communicate()

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            try:
                connection.connect(str(self.socket))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
            except OSError:
                return False
