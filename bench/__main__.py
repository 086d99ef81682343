"""Measure what the platform serves: `make bench`, or `python -m bench`."""

from __future__ import annotations

import os
import sys

import django
from rich.console import Console

from bench.machine import Cores, describe_machine
from bench.options import read_options
from bench.servers import Backends

WIDTH = 120  # of the tables in a log


def main() -> int:
    """Run the benchmarks; the exit code tells whether every aim was reached."""
    options = read_options()
    machine = describe_machine()
    cores = Cores.split()
    cores.keep_off_web()
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    with Backends.running(durable=not options.smoke) as backends:
        os.environ.update(backends.environment())
        django.setup()
        from bench.suite import run_suite  # noqa: PLC0415 - its models need Django set up, in this environment

        return run_suite(backends, cores=cores, options=options, machine=machine, console=console)


if __name__ == "__main__":
    sys.exit(main())
