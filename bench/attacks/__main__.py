"""Carry out attacks on the platform, and see what an honest reader notices: `python -m bench.attacks`."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

import django
import msgspec
from rich.console import Console

from bench.attacks.attacks import ATTACKS
from bench.machine import Cores, describe_machine
from bench.servers import UVICORN, Backends, WebServer

WIDTH = 190  # of the table in a log
SMOKE_PART, SMOKE_SECONDS = 0.1, 0.5


def main() -> int:
    """Run it, print a table, and return 0 where nobody honest was kept from anything."""
    parser = argparse.ArgumentParser(prog="python -m bench.attacks", description=__doc__)
    parser.add_argument("--seconds", type=float, default=6.0, help="of each attack that needs no longer")
    parser.add_argument("--only", action="append", default=[], help="those whose name has this in it; may come again")
    parser.add_argument("--json", type=Path, help="a file for the rows")
    parser.add_argument("--smoke", action="store_true", help="only see each work, in a tiny form")
    options = parser.parse_args()
    machine, cores = describe_machine(), Cores.split()
    cores.keep_off_web()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    console.print(machine)
    with Backends.running(durable=not options.smoke) as backends:
        os.environ.update(_environment(backends, is_smoke=options.smoke))
        django.setup()
        return _run(backends, cores=cores, options=options, console=console)


def _environment(backends: Backends, *, is_smoke: bool) -> dict[str, str]:
    """Return a site's, which knows clients by the address that a proxy would have written."""
    found = backends.environment() | {"TRUSTED_PROXIES": "1"}
    for name in ("WSGI_THREADS", "PAYMENT_CALLS_AT_ONCE"):
        del found[name]  # as a site has them
    if is_smoke:
        found["BODY_SECONDS"] = "1"
    return found


def _run(backends: Backends, *, cores: Cores, options: argparse.Namespace, console: Console) -> int:
    from django.core.management import call_command  # noqa: PLC0415 - needs the settings of this environment

    from bench.attacks.report import table_of  # noqa: PLC0415
    from bench.attacks.run import Siege  # noqa: PLC0415
    from bench.attacks.stage import prepare  # noqa: PLC0415
    from bench.suite import create_database  # noqa: PLC0415

    create_database(backends)
    call_command("collectstatic", interactive=False, verbosity=0)
    scene = prepare()
    log = backends.folder.path / "web.log"
    part, seconds = (SMOKE_PART, SMOKE_SECONDS) if options.smoke else (1.0, options.seconds)
    attacks = [attack for attack in ATTACKS if not options.only or any(part in attack.name for part in options.only)]
    with WebServer(UVICORN, "ticketlive.asgi:application", cores=cores, log=log) as web:
        siege = Siege(web, scene, part=part, tell=lambda what: console.print(f"[dim]{what}[/]"))
        asyncio.run(siege.run(attacks, seconds=seconds))
    console.print(table_of(siege.rows))
    said = log.read_text(errors="replace").strip()
    if said:
        console.print(f"The server's log:\n{said[-4000:]}", markup=False, highlight=False)
    if options.json:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(siege.rows)))
    return 0 if all(row.is_well for row in siege.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
