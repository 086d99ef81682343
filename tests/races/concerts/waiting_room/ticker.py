"""A worker that does nothing but tick one line, until it is killed: `python ticker.py CALL.json NAME`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import redis

TICKS = "test:ticks"


def main() -> None:
    call = json.loads(Path(sys.argv[1]).read_text())
    client = redis.Redis(unix_socket_path=call["socket"])
    tick = client.register_script(call["source"])
    while True:
        try:
            tick(keys=call["keys"], args=call["args"])
            client.hincrby(TICKS, sys.argv[2])
        except redis.RedisError:  # killed and on its way back
            client.close()


if __name__ == "__main__":
    main()
