"""Audit a line under a clock that is turned: `python -m bench.line [--people 2000] [--rate 20] …`."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=2_000)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--inside", type=int, default=1_000_000)
    parser.add_argument("--visit", type=float, default=60.0, help="seconds inside, on average")
    parser.add_argument("--hoarders", type=int, default=0, help="so many in a row hold their claims back")
    parser.add_argument("--away", type=int, default=0, help="so many are away for 100 s as their turn comes")
    parser.add_argument("--vanish", type=float, default=0.0, help="the share that closes the page while it waits")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "ticketlive.settings", "DEBUG": "true", "TICKETLIVE_HOME": folder}
        import django  # noqa: PLC0415  # settings first

        django.setup()
        socket = Path(folder) / "redis.sock"
        command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", folder]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as server:
            try:
                while not socket.exists():
                    time.sleep(0.01)
                print(json.dumps(play(str(socket), options), indent=1))
            finally:
                server.terminate()


def play(socket: str, options: argparse.Namespace) -> dict[str, Any]:
    from redis import Redis  # noqa: PLC0415

    from apps.concerts.waiting_room import store  # noqa: PLC0415
    from bench.line.crowd import Crowd, Stage  # noqa: PLC0415
    from bench.line.scenes import first_settings, make_people, report  # noqa: PLC0415

    stage = Stage(Redis(unix_socket_path=socket), start=1_800_000_000.0)
    draw = random.Random(options.seed)
    people, claims_at = make_people(options, start=stage.now, draw=draw)
    settings = first_settings(stage, options)
    crowd = Crowd(
        stage,
        people,
        settings,
        seed=options.seed,
        read=store._position,  # noqa: SLF001  # what a script answered, without the client that asked it
        holds_answers="return_seconds" in settings.decode(),
        claims_at=claims_at,
    )
    started = time.perf_counter()
    crowd.play(longest=20_000)
    return {**report(crowd, options), "played_seconds": round(time.perf_counter() - started, 1)}


if __name__ == "__main__":
    main()
