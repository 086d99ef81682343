"""Play a bad day at any size: `python -m bench.bad_day --people 2000 --seats 600 --seeds 1 2 3`.

The day of `tests/e2e/test_bad_day.py`, on a MariaDB whose every commit is on the disk and a Redis with its append-only
file, two web processes, worker, beat and sandbox. What is wrong at its end is printed; the exit code is 1 then. With
`--servers-fail` the database is killed and Redis loses everything in the middle of it; with `--cuts 4` Redis crashes
four times and comes back without the last second.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from pathlib import Path

import django

from bench.servers import Backends
from tests.payment_sandbox import SECRET_KEY


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.bad_day", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--seats", type=int, default=300, help="of each of the six shows")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--not-durable", action="store_true", help="let commits be in memory only")
    parser.add_argument("--servers-fail", action="store_true", help="kill MariaDB, and empty Redis, in the middle")
    parser.add_argument("--cuts", type=int, default=0, help="how often Redis comes back without its last second")
    arguments = parser.parse_args()
    with Backends.running(durable=not arguments.not_durable) as backends:
        # The sandbox gets an address of its own with each day's platform.
        os.environ.update(backends.environment() | {"TOSS_SECRET_KEY": SECRET_KEY, "DEBUG": "true"})
        backends.mariadb.create_database("bench")
        django.setup()
        return max(_play(backends, seed, arguments) for seed in arguments.seeds)


def _play(backends: Backends, seed: int, arguments: argparse.Namespace) -> int:
    """Play one day on empty tables; print what came of it, and return the exit code."""
    from django.conf import settings  # noqa: PLC0415 - after django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from apps.payments.gateway.provider import get_gateway  # noqa: PLC0415
    from bench.cut_log import LogCutter  # noqa: PLC0415
    from tests.bad_day.day import BadDay  # noqa: PLC0415
    from tests.bad_day.platform import DayPlatform  # noqa: PLC0415

    connections.close_all()  # those of the day before, whose database was killed
    call_command("migrate", verbosity=0)
    call_command("flush", verbosity=0, interactive=False)
    backends.redis.flush()
    folder = backends.folder.path / f"day-{seed}"
    platform = DayPlatform(folder, database_url=os.environ["DATABASE_URL"], redis_url=os.environ["REDIS_URL"])
    settings.TOSS_API_BASE = platform.sandbox.url
    get_gateway.cache_clear()  # that of the day before
    platform.start()
    began = time.monotonic()
    faults = ["it did not come to its end"]
    try:
        day = BadDay(platform, seed=seed, people=arguments.people, seats=arguments.seats)
        if arguments.servers_fail:
            day.also(lambda: backends.mariadb.kill() or backends.mariadb.start(), after=0.4)
            day.also(backends.redis.flush, after=0.55)
        cutter = LogCutter(backends.redis)
        for number in range(arguments.cuts):
            day.also(cutter.cut, after=(number + 1) / (arguments.cuts + 2))
        faults = asyncio.run(day.play())
        if arguments.cuts:
            print(cutter.figures())
    finally:
        platform.stop()
        if arguments.servers_fail:  # a server ends with the thread that has started it
            backends.mariadb.kill()
            backends.mariadb.start()
        if arguments.cuts:
            backends.redis.kill()
            backends.redis.start()
        if faults or "BAD_DAY_LOGS" in os.environ:
            _keep(folder, seed)
    print(f"seed {seed}: {time.monotonic() - began:.0f} s, {day.figures}", flush=True)
    for step, outcomes in sorted(day.crowd.outcomes.items()):
        print(f"  {step}: {dict(outcomes.most_common())}")
    print(f"  staff: {dict(day.staff.answers)}")
    print(f"  busy: {dict(day.crowd.busy)}")
    for fault in faults:
        print(f"  WRONG: {fault}")
    print("  all is true" if not faults else f"  {len(faults)} faults", flush=True)
    return 1 if faults else 0


def _keep(folder: Path, seed: int) -> None:
    """Keep what the processes of a day that went wrong have written."""
    kept = Path(os.environ.get("BAD_DAY_LOGS") or Path.cwd() / ".local" / "bad_day")
    kept.mkdir(parents=True, exist_ok=True)
    for log in folder.glob("*.log"):
        (kept / f"{seed}-{log.name}").write_bytes(log.read_bytes())


if __name__ == "__main__":
    sys.exit(main())
