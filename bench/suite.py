"""A whole run: prepare, measure, compare the servers, report."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import MySQLdb
from django.core.management import call_command
from django.db import connections
from rich.console import Console

from bench import report
from bench.about import About, Machine
from bench.comparison import Comparison, compare_servers
from bench.document import parts_of, write_page
from bench.machine import Cores
from bench.options import Options
from bench.record import record_of
from bench.rounds import Results, Tell, measure, warm_up
from bench.servers import DATABASE, UVICORN, Backends, Server, WebServer
from bench.stage import Stage
from bench.talk.suite import measure_talk
from bench.workload import ServerName, Workload
from bench.workloads import Workshop

APPLICATIONS: dict[ServerName, tuple[str, str]] = {
    "bare": ("bench.bare:application", "/"),
    "platform": ("ticketlive.asgi:application", "/healthz"),
    "plain": ("bench.plain.asgi:application", "/healthz"),
}


def run_suite(backends: Backends, *, cores: Cores, options: Options, machine: Machine, console: Console) -> int:
    """Run the benchmarks and write what came of them; return the exit code.

    A full run is written into docs/performance.md; one that only tries whether all works is written nowhere.
    """
    started, about = time.monotonic(), About.now(machine, rounds=options.rounds)
    folder = backends.folder.path

    def tell(what: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/]  {what}")

    tell("preparing the database, the crowd and its orders")
    create_database(backends)
    workshop = Workshop(Stage(crowd=options.scale.crowd), folder=folder, options=options)
    workloads = list(workshop.workloads())
    connections.close_all()

    results = measure_all(workshop, workloads, backends=backends, cores=cores, options=options, tell=tell)
    comparison = Comparison()
    if options.servers:
        status = workloads[0].files[0]
        comparison = compare_servers(
            status, cores=cores, folder=folder, rounds=options.rounds, seconds=min(options.seconds, 2), tell=tell
        )
    talk = None
    if options.talk:
        talk = measure_talk(cores=cores, folder=folder, options=options, tell=tell)
    if options.smoke:
        tell("every workload was answered rightly")
        return 0
    tell("done")
    record = record_of(results, comparison, talk, about=about, seconds=time.monotonic() - started)
    report.show(record, console)
    report.write(record, results=results, comparison=comparison)
    if options.is_full:
        write_page(parts_of(record))
    return 1 if record.missed() else 0


def create_database(backends: Backends) -> None:
    """Make the tables in an empty database."""
    server = MySQLdb.connect(host="127.0.0.1", port=backends.mariadb.port, user="root")
    server.query(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4")
    server.close()
    call_command("migrate", verbosity=0)


def measure_all(
    workshop: Workshop, workloads: list[Workload], *, backends: Backends, cores: Cores, options: Options, tell: Tell
) -> Results:
    """Measure the workloads on the three applications, which stand ready side by side."""
    with web_servers(cores=cores, folder=backends.folder.path) as web:
        servers: dict[ServerName, Server] = {**web, "provider": backends.provider}
        tell("warming up")
        warm_up(servers, workloads=workloads, performances=workshop.performances, options=options)
        return measure(workloads, servers=servers, options=options, tell=tell)


@contextmanager
def web_servers(*, cores: Cores, folder: Path) -> Iterator[dict[ServerName, WebServer]]:
    """Start an uvicorn for each application."""
    with ExitStack() as stack:
        servers: dict[ServerName, WebServer] = {}
        for name, (application, probe) in APPLICATIONS.items():
            server = WebServer(UVICORN, application, cores=cores, log=folder / f"{name}.log", probe=probe)
            servers[name] = stack.enter_context(server)
        yield servers
