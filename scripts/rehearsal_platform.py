"""`make rehearsal`: a platform of its own for one command that plays a crowd, by default `manage.py rehearse`.

    python -m scripts.rehearsal_platform [--database mariadb|sqlite] [--keep] COMMAND [ARGUMENT ...]

1. In `TICKETLIVE_HOME/rehearsal`, emptied first, start a MariaDB whose every commit is on the disk (or choose SQLite).
2. Start what `make run` starts, on free ports: its private Redis with the append-only file, web processes
   (WEB_PROCESSES, by default 2), the worker, beat and the Toss sandbox.
3. When all web processes are ready, run `manage.py COMMAND` against them.
4. End everything, and exit with the command's code. Logs and reports stay in the folder, the data does not.

Servers that run already are left alone, and nothing of `TICKETLIVE_HOME` beside that folder is read or written.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from scripts.open_files import allow_many_open_files
from scripts.process_manager import bound_to_parent
from scripts.refusal import refuse
from tests.servers import PrivateMariaDB, PrivateProcess, ServerFailed, free_port
from ticketlive.environment import MOST_WEB_PROCESSES, web_ports

CHECKOUT = Path(__file__).resolve().parent.parent
NAME = "make rehearsal"
DATABASE = "ticketlive"
WEB_PROCESSES = "2"
PLATFORM = (sys.executable, "-m", "scripts.run_platform")
LOCK = "rehearsal.lock"
REPORTS = "home/rehearsals"  # where `manage.py rehearse` writes its pages, in the platform's TICKETLIVE_HOME
POLL_SECONDS = 0.2
LINES_OF_LOG = 30
# The platform's own, which must not come from the shell that a rehearsal is started in.
OWN_VARIABLES = (
    "PORT", "DEBUG", "DATABASE_URL", "REDIS_URL", "CACHE_URL", "CELERY_BROKER_URL", "CHANNEL_LAYER_URLS", "SECRET_KEY",
    "PAYMENT_PROVIDERS", "TOSS_API_BASE", "TOSS_SECRET_KEY", "TOSS_CLIENT_KEY", "ENTRIES", "HTTPS", "TRUSTED_PROXIES",
    "ALLOWED_HOSTS", "SITE_URL", "STATIC_ROOT",
)  # fmt: skip
# As docker-compose.yml has them for MySQL; MariaDB calls the size of its redo log by another name.
BUFFERS = ("--innodb-buffer-pool-size=96M", "--innodb-log-file-size=64M", "--max-connections=80")


class RehearsalPlatform:
    """The processes of one rehearsal, in a folder of their own."""

    def __init__(self, folder: Path, *, database: str) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.output = folder / "platform.log"
        web_processes = os.environ.get("WEB_PROCESSES") or WEB_PROCESSES
        port = free_port(count=MOST_WEB_PROCESSES + 1)
        self.environment = {name: value for name, value in os.environ.items() if name not in OWN_VARIABLES}
        self.environment |= {"TICKETLIVE_HOME": str(self.home), "PORT": str(port), "WEB_PROCESSES": web_processes}
        self.environment |= as_in_production(port)
        self.ports = web_ports(port, int(web_processes)) if web_processes.isdecimal() else []
        self._mariadb = None
        if database == "mariadb":
            env = os.environ | {"MALLOC_ARENA_MAX": "1"}
            self._mariadb = PrivateMariaDB(folder / "mariadb", durable=True, options=BUFFERS, env=env)
        self._platform = PrivateProcess(
            ["setpriv", "--pdeathsig", "TERM", *PLATFORM], log=self.output, env=self.environment
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run everything inside the `with` block, from when every web process is ready to serve."""
        try:
            if self._mariadb:
                self._mariadb.create_data_folder()
                self._mariadb.start()
                self._mariadb.create_database(DATABASE)
                self.environment["DATABASE_URL"] = self._mariadb.url(DATABASE)
            self._collect_static()
            self._platform.start(ready=lambda: True)
            self._wait_until_ready()
            yield
        finally:
            self._platform.end(signal.SIGTERM)
            if self._mariadb:
                self._mariadb.stop()

    def run(self, command: Sequence[str]) -> int:
        """Run `manage.py` with these arguments against the platform and return its exit code, never 0 if the platform
        ended before it."""
        arguments = bound_to_parent([sys.executable, "manage.py", *command])
        # The variables that make the choice are in the folder, for `manage.py` as for anybody's second terminal.
        environment = {name: self.environment[name] for name in self.environment if name != "DATABASE_URL"}
        process = subprocess.Popen(arguments, cwd=CHECKOUT, env=environment)
        try:
            while process.poll() is None and self._platform.is_running:
                time.sleep(POLL_SECONDS)
        finally:
            if process.poll() is None:
                process.terminate()
        code = process.wait()
        if not self._platform.is_running:
            print(f"The platform ended before the command did:\n{self.last_words()}", file=sys.stderr)
            return code or 1
        return 128 - code if code < 0 else code

    def _collect_static(self) -> None:
        """Gather what pages load, under the names that production gives it."""
        command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity", "0"]
        subprocess.run(command, cwd=CHECKOUT, env=self.environment, check=True)

    def stay(self) -> None:
        """Let the platform run until Ctrl-C or until it ends."""
        address = f"http://127.0.0.1:{self.ports[0]}/"
        print(f"The platform stays at {address} until Ctrl-C; TICKETLIVE_HOME={self.home} is its folder.", flush=True)
        while self._platform.is_running:
            time.sleep(POLL_SECONDS)

    def last_words(self) -> str:
        lines = self.output.read_text(errors="replace").splitlines() if self.output.exists() else []
        return "\n".join(lines[-LINES_OF_LOG:])

    def _wait_until_ready(self) -> None:
        """Wait for /readyz of every web process: as long as it takes, while the platform runs."""
        while not all(answers(f"http://127.0.0.1:{port}/readyz") for port in self.ports) or not self.ports:
            if not self._platform.is_running:
                raise ServerFailed(f"the platform did not start:\n{self.last_words()}")
            time.sleep(POLL_SECONDS)


def as_in_production(port: int) -> dict[str, str]:
    """Return what a site without DEBUG has to be told: with it Django keeps every query, and checks much twice."""
    return {
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "false",
        "TOSS_API_BASE": f"http://127.0.0.1:{port + 1}",
        "TOSS_SECRET_KEY": "test_sk_ticketlive_sandbox",
        "TOSS_CLIENT_KEY": "test_ck_ticketlive_sandbox",
    }


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:  # no connection, or an answer such as 503
        return False


@contextmanager
def own_folder() -> Iterator[Path]:
    """Take `TICKETLIVE_HOME/rehearsal` for this run, without the data and logs of the one before."""
    home = Path(os.environ.get("TICKETLIVE_HOME") or CHECKOUT / ".local").resolve()
    folder = home / "rehearsal"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            refuse(f"a rehearsal already runs in {folder}; TICKETLIVE_HOME chooses another folder", by=NAME)
        empty(folder, keep=(LOCK, REPORTS))
        try:
            yield folder
        finally:
            keep_logs(folder)


def empty(folder: Path, *, keep: Sequence[str]) -> None:
    """Remove what is in a folder but for these files and folders, given by their path from it."""
    kept = {folder / name for name in keep}
    for path in folder.iterdir():
        if path in kept:
            continue
        if not path.is_dir():
            path.unlink()
        elif below := [str(one.relative_to(path)) for one in kept if path in one.parents]:
            empty(path, keep=below)
        else:
            shutil.rmtree(path)


def keep_logs(folder: Path) -> None:
    """Remove the data of a rehearsal; its report, and what its programs wrote about themselves, stay."""
    mariadb_log = folder / "mariadb" / "mariadb.log"
    if mariadb_log.exists():
        mariadb_log.replace(folder / "mariadb.log")
    empty(folder, keep=(LOCK, REPORTS, "platform.log", "mariadb.log"))


def chosen(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=NAME, description="Run a command against a platform of its own.")
    parser.add_argument("--database", choices=("mariadb", "sqlite"), default="mariadb")
    parser.add_argument("--keep", action="store_true", help="let the platform run after the command, until Ctrl-C")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="of manage.py, with its arguments")
    options = parser.parse_args(arguments)
    if not options.command:
        parser.error("which command of manage.py is to run?")
    return options


def main(arguments: Sequence[str]) -> int:
    options = chosen(arguments)
    allow_many_open_files()
    with own_folder() as folder:
        platform = RehearsalPlatform(folder, database=options.database)
        print(f"Starting a platform of its own in {folder}, on {options.database} ...", flush=True)
        try:
            with platform.running():
                code = platform.run(options.command)
                if options.keep:
                    platform.stay()
                return code
        except ServerFailed as failure:
            refuse(str(failure), by=NAME)


def leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
