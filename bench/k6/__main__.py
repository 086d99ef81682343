"""Play the six journeys on a platform of its own, and write the tables of the pages: `make k6`, `python -m bench.k6`.

The platform is the one of `make rehearsal`: two web processes without DEBUG, a MariaDB with every commit on the disk,
Redis with its append-only file, worker, beat and the sandbox. The exit code tells whether every threshold and every
rule of the audit held.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime

import django
import msgspec

from bench.k6.options import Options, read_options
from bench.k6.players import NotPlayed, Player
from bench.machine import describe_machine
from scripts.open_files import allow_many_open_files
from scripts.refusal import refuse
from scripts.rehearsal_platform import RehearsalPlatform, leave, own_folder
from tests.servers import ServerFailed

NAME = "make k6"


def main() -> int:
    """Play, show, write; the exit code is 1 when something did not hold."""
    options = read_options()
    allow_many_open_files()
    try:
        player = Player.chosen(options.k6)
        with own_folder() as folder:
            platform = RehearsalPlatform(folder, database=options.database)
            print(f"Starting a platform of its own in {folder}, on {options.database} ...", flush=True)
            with platform.running():
                return _play_all(platform, player, options)
    except (NotPlayed, ServerFailed) as failure:
        refuse(str(failure), by=NAME)


def _play_all(platform: RehearsalPlatform, player: Player, options: Options) -> int:
    environment = {name: value for name, value in platform.environment.items() if name != "DATABASE_URL"}
    os.environ |= environment | {"DJANGO_SETTINGS_MODULE": "ticketlive.settings"}
    machine = describe_machine()
    django.setup()
    from bench.k6.document import journeys_table, write_pages  # noqa: PLC0415 - what they import needs Django set up
    from bench.k6.journeys import ALL, play  # noqa: PLC0415
    from bench.k6.record import Record  # noqa: PLC0415

    taken_at = datetime.now(UTC).isoformat(timespec="seconds")
    served = {"web_processes": len(platform.ports), "database": options.database}
    record = Record.now(taken_at, machine=machine, player=player.name, **served)
    addresses = ",".join(f"http://127.0.0.1:{port}" for port in platform.ports)
    site = {"BASE": addresses, "SANDBOX": environment["TOSS_API_BASE"]}
    if options.smoke:
        site["ANY_PACE"] = "1"
    for journey in ALL:
        if journey.name not in options.journeys:
            continue
        print(f"\n== {journey.name}: {journey.what}", flush=True)
        for run in play(journey, site=dict(site), player=player, folder=platform.folder, scale=options.scale):
            record.runs.append(run)
    print(f"\n{journeys_table(record)}")
    options.results.mkdir(exist_ok=True)
    (options.results / "k6.json").write_bytes(msgspec.json.format(msgspec.json.encode(record), indent=2))
    if options.writes:
        print(f"written: {', '.join(write_pages(record))}")
    for missed in record.missed():
        print(f"did not hold: {missed}", file=sys.stderr)
    return 1 if record.missed() else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, leave)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
