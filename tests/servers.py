"""Private MariaDB and Redis servers, each in a folder of its own, that end with the process that started them."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import MySQLdb
import redis

from tests.waiting import LONGEST_SECONDS, wait_until

PORTS = range(20_000, 32_000)  # below the kernel's ephemeral range, so that no outgoing connection takes one first
FOLDER_PREFIX = "ticketlive-tests-"
OWNER = "owner.lock"


class ServerFailed(Exception):
    """A private server could not be started; the text has the end of its log."""


def free_port(*, count: int = 1) -> int:
    """Return the first of `count` neighbouring TCP ports of the loopback address that nobody listens on.

    Processes that share the tests draw from ports of their own, so that none takes what another has just found.
    """
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    own = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = len(PORTS) // processes
    ports = PORTS[own * share : (own + 1) * share - count + 1]
    for port in random.sample(ports, k=200):
        if all(_is_free(port + offset) for offset in range(count)):
            return port
    raise ServerFailed(f"no {count} free ports between {PORTS.start} and {PORTS.stop}")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def find_program(*names: str) -> str:
    """Return the path of the first of `names` that is installed; the system folders count on any account."""
    search = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"])
    for name in names:
        if path := shutil.which(name, path=search):
            return path
    raise ServerFailed(f"{names[0]} is not installed; `make test` installs it")


class PrivateProcess:
    """A child process that the kernel kills when this one ends, however that happens."""

    def __init__(self, command: Sequence[str], *, log: Path, env: dict[str, str] | None = None) -> None:
        self.command = list(command)
        self.log = log
        self.env = env
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise ServerFailed(f"{self.command[0]} is not running")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self, *, ready: Callable[[], bool]) -> None:
        """Start the process and return when `ready` says so."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.env,
                start_new_session=True,  # Ctrl-C goes to the tests, which then stop the server
            )
        try:
            wait_until(lambda: not self.is_running or ready(), what="the start")
        except AssertionError:
            self.end(signal.SIGKILL)
        if not self.is_running:
            raise ServerFailed(f"{' '.join(self.command)} did not start:\n{self._log_end()}")

    def end(self, with_signal: signal.Signals) -> None:
        """Send a signal and return when the process is gone."""
        if self._process is None:
            return
        self._process.send_signal(with_signal)
        try:
            self._process.wait(LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def tell(self, number: signal.Signals) -> None:
        """Send a signal, and do not wait for what it does."""
        if self._process is None:
            raise ServerFailed(f"{self.command[0]} is not running")
        self._process.send_signal(number)

    def wait(self) -> int:
        """Return the exit code of a process that ends by itself."""
        if self._process is None:
            raise ServerFailed(f"{self.command[0]} is not running")
        return self._process.wait()

    def _log_end(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-20:])


class PrivateRedis:
    """A redis-server on a Unix socket in `folder`. With `append_only` it has its data again after a restart."""

    def __init__(self, folder: Path, *, append_only: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}?db=0"
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "dir": str(folder),
            "save": "",
            "appendonly": "yes" if append_only else "no",
            "appendfsync": "everysec",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        self._process = PrivateProcess([find_program("redis-server"), *arguments], log=folder / "redis.log")

    @property
    def pid(self) -> int:
        return self._process.pid

    def client(self) -> redis.Redis:
        """Return a new client of this server."""
        return redis.Redis.from_url(self.url)

    def start(self) -> None:
        self._process.start(ready=self._answers)

    def stop(self) -> None:
        """End the server as an operator would: it saves what it has to save."""
        self._process.end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server as a crash would."""
        self._process.end(signal.SIGKILL)

    def end_of_log(self) -> int:
        """Return how long the append-only file is, with all that was written until now in it."""
        with self.client() as client:
            client.set("end_of_log", 1)
        return self._log.stat().st_size

    def lose_what_came_after(self, size: int) -> None:
        """Crash and start again without what was appended since the log was so long: the second that was not synced."""
        self.kill()
        with self._log.open("r+b") as log:
            log.truncate(size)
        self.start()

    @property
    def _log(self) -> Path:
        """The append-only file that is written now (Redis 7: a folder of them, of which the last is the newest)."""
        logs = (self.socket.parent / "appendonlydir").glob("*.incr.aof")
        return max(logs, key=lambda path: int(path.name.split(".")[-3]))

    def flush(self) -> None:
        """Take all keys away, the loaded scripts included."""
        with self.client() as client:
            client.flushall()
            client.script_flush()

    def _answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


class PrivateMariaDB:
    """A MariaDB server on a free port: quick, as it need not survive a crash of the machine, unless `durable`.

    `options` come after its own and win over them.
    """

    def __init__(
        self, folder: Path, *, durable: bool = False, options: Sequence[str] = (), env: dict[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.durable = durable
        self.options = options
        self.env = env
        self.data = folder / "data"
        self.port = 0
        self._process: PrivateProcess | None = None

    def url(self, database: str) -> str:
        return f"mysql://root@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, on the same port as before if there was one."""
        self.port = self.port or free_port()
        command = [
            find_program("mariadbd", "mysqld"),
            *self._shared_options(),
            f"--port={self.port}",
            f"--socket={self.folder / 'mariadb.sock'}",
            f"--pid-file={self.folder / 'mariadb.pid'}",
            "--bind-address=127.0.0.1",
            "--character-set-server=utf8mb4",
            f"--innodb-flush-log-at-trx-commit={int(self.durable)}",
            "--innodb-buffer-pool-size=128M",
            "--max-connections=300",
            "--performance-schema=OFF",
            *self.options,
        ]
        self._process = PrivateProcess(command, log=self.folder / "mariadb.log", env=self.env)
        self._process.start(ready=self._answers)

    def stop(self) -> None:
        if self._process is not None:
            self._process.end(signal.SIGTERM)

    def create_database(self, name: str) -> None:
        """Make an empty database where there is none of this name."""
        connection = MySQLdb.connect(host="127.0.0.1", port=self.port, user="root")
        try:
            connection.query(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
        finally:
            connection.close()

    def kill(self) -> None:
        """End the server as a crash would; `start` brings it back on the same port with what was committed."""
        if self._process is not None:
            self._process.end(signal.SIGKILL)

    def create_data_folder(self) -> None:
        """Make an empty data folder, once, before the first start."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [find_program("mariadb-install-db", "mysql_install_db"), *self._shared_options()]
        options = ["--auth-root-authentication-method=normal", "--skip-test-db"]
        result = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
        if result.returncode:
            raise ServerFailed(f"mariadb-install-db failed:\n{result.stdout}{result.stderr}")

    def _shared_options(self) -> list[str]:
        options = ["--no-defaults", f"--datadir={self.data}", f"--tmpdir={self.folder}", "--skip-name-resolve"]
        return [*options, "--user=root"] if os.geteuid() == 0 else options

    def _answers(self) -> bool:
        try:
            MySQLdb.connect(host="127.0.0.1", port=self.port, user="root", connect_timeout=int(LONGEST_SECONDS)).close()
        except MySQLdb.Error:
            return False
        return True


class ServersFolder:
    """A short-named temporary folder that is removed at the end, or by the next run after a crash."""

    def __init__(self) -> None:
        parent = Path(tempfile.gettempdir())
        if len(str(parent)) > 40:  # a Unix socket's path has at most 107 bytes
            parent = Path("/tmp")
        for left_over in parent.glob(f"{FOLDER_PREFIX}*"):
            _remove_if_abandoned(left_over)
        unowned = Path(tempfile.mkdtemp(prefix=f".{FOLDER_PREFIX}", dir=parent))
        self._owner: IO[str] = (unowned / OWNER).open("w")
        fcntl.flock(self._owner, fcntl.LOCK_EX)
        self.path = unowned.rename(parent / unowned.name.removeprefix("."))

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self._owner.close()


def _remove_if_abandoned(folder: Path) -> None:
    """Remove a folder whose owner is gone: the kernel drops the lock with the process."""
    try:
        with (folder / OWNER).open() as owner:
            fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return  # in use, or another account's
