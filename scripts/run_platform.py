"""`make run`: the whole platform in one terminal, on the embedded default unless the environment says otherwise.

1. Refuse to start where another start, or another program, is in the way.
2. Write down the environment for `manage.py` in other terminals.
3. With Redis up, bring the database to the present schema and put the demo data in.
4. Run Redis, the web (WEB_PROCESSES of them), the worker, beat and the Toss sandbox until one ends or Ctrl-C comes.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TextIO

from scripts.embedded_redis import EmbeddedRedis
from scripts.open_files import allow_many_open_files
from scripts.process_manager import ProcessManager, bound_to_parent
from scripts.refusal import refuse
from scripts.web_server import UVICORN_OPTIONS
from ticketlive.environment import MOST_WEB_PROCESSES, web_ports

CHECKOUT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
HOST = "127.0.0.1"
HIGHEST_PORT = 65_535
WRITTEN_DOWN = (
    "DEBUG",
    "PORT",
    "WEB_PROCESSES",
    "DATABASE_URL",
    "REDIS_URL",
    "CACHE_URL",
    "CELERY_BROKER_URL",
    "SECRET_KEY",
    "ALLOWED_HOSTS",
    "HTTPS",
    "STATIC_ROOT",
    "PAYMENT_PROVIDERS",
    "TOSS_API_BASE",
    "TOSS_SECRET_KEY",
    "TOSS_CLIENT_KEY",
)


def main() -> int:
    home = Path(os.environ.get("TICKETLIVE_HOME") or CHECKOUT / ".local").resolve()
    web_processes = chosen_web_processes()
    port = chosen_port(web_processes)
    sandbox = os.environ.get("TOSS_API_BASE") in (None, "", f"http://{HOST}:{port + 1}")
    home.mkdir(parents=True, exist_ok=True)
    lock = lock_home(home)
    for needed in web_ports(port, web_processes):
        refuse_taken(needed, whose="the web")
    if sandbox:
        refuse_taken(port + 1, whose="the Toss sandbox (PORT + 1)")
    allow_many_open_files()
    redis = None if os.environ.get("REDIS_URL") else EmbeddedRedis(home)
    os.environ |= {
        "TICKETLIVE_HOME": str(home),
        "PORT": str(port),
        "WEB_PROCESSES": str(web_processes),
        "PYTHONUNBUFFERED": "1",
    }
    os.environ.setdefault("DEBUG", "true")
    write_environment(home)

    prepare_database(redis)
    manager = ProcessManager(log=home / "platform.log")
    if redis:
        manager.add("redis", redis.command)
    for name, command in platform_commands(home, port=port, web_processes=web_processes, sandbox=sandbox).items():
        manager.add(name, command)
    announcer = subprocess.Popen(bound_to_parent([PYTHON, "-m", "scripts.announce"]))
    code = manager.run()
    announcer.kill()
    lock.close()
    print(f"The platform was stopped: {manager.cause}. All output is in {home / 'platform.log'}.")
    return code


def chosen_web_processes() -> int:
    return chosen_number("WEB_PROCESSES", default=1, most=MOST_WEB_PROCESSES)


def chosen_port(web_processes: int) -> int:
    """Return PORT, which leaves room for the other ports behind it: the sandbox's and those of more web processes."""
    return chosen_number("PORT", default=8000, most=HIGHEST_PORT - web_processes)


def chosen_number(name: str, *, default: int, most: int) -> int:
    text = os.environ.get(name) or str(default)
    if not (text.isascii() and text.isdecimal()) or not 0 < int(text) <= most:
        refuse(f"{name} has to be a number from 1 to {most}, not {text!r}")
    return int(text)


def lock_home(home: Path) -> TextIO:
    """Take the folder for this start. The kernel gives it back, however this process ends."""
    lock = (home / "run.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        refuse(f"the platform already runs on {home}; TICKETLIVE_HOME chooses another folder (and PORT another port)")
    return lock


def refuse_taken(needed: int, *, whose: str) -> None:
    """Stop when somebody listens on a port that the platform needs."""
    with socket.socket() as probe:
        # As the web does: a closed connection is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, needed))
        except OSError as error:
            refuse(
                f"port {needed} for {whose} cannot be had ({error.strerror}); choose another with PORT=9000 make run"
            )


def write_environment(home: Path) -> None:
    """Leave what this start was given in the folder, so that `manage.py` elsewhere speaks to the same platform."""
    lines = [f"{name}={shlex.quote(os.environ[name])}\n" for name in WRITTEN_DOWN if os.environ.get(name)]
    path = home / "environment"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text("".join(lines))


def prepare_database(redis: EmbeddedRedis | None) -> None:
    """Bring the database up to date, with Redis running for as long as that takes."""
    with redis.running() if redis else nullcontext():
        done = subprocess.run(bound_to_parent([PYTHON, "-m", "scripts.prepare_database"]), check=False)
    if done.returncode:
        refuse("the database could not be prepared; the reason is above")


def platform_commands(home: Path, *, port: int, web_processes: int, sandbox: bool) -> dict[str, list[str]]:
    """Return the command of every process beside Redis, by name."""
    as_root = ["-W", "ignore:You're running the worker with superuser"]  # `make run` may be root's, in a container
    celery = [PYTHON, *as_root, "-m", "celery", "--quiet", "--app", "ticketlive"]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    uvicorn = [PYTHON, "-m", "uvicorn", "ticketlive.asgi:application", "--host", HOST]
    options = [*UVICORN_OPTIONS, "--timeout-graceful-shutdown", "3"]
    commands = {
        name: [*uvicorn, "--port", str(web_port), *options]
        for name, web_port in zip(web_names(web_processes), web_ports(port, web_processes), strict=True)
    } | {
        "worker": [*celery, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING", *quiet],
        "beat": [*celery, "beat", "--loglevel", "WARNING", "--schedule", str(home / "celerybeat-schedule")],
    }
    if sandbox:
        webhooks = f"http://{HOST}:{port}/api/payments/webhooks/toss"
        keeps = ["--state", str(home / "sandbox.sqlite3"), "--webhook-url", webhooks]
        commands["sandbox"] = [PYTHON, "-m", "apps.payments.sandbox", "--port", str(port + 1), *keeps]
    return commands


def web_names(web_processes: int) -> list[str]:
    """Return what the web processes are called in the output: `web`, or `web-1`, `web-2` and so on."""
    return ["web"] if web_processes == 1 else [f"web-{number}" for number in range(1, web_processes + 1)]


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # until honcho takes it over
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
