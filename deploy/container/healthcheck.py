"""Whether this container does its work: `healthcheck.py web` asks the web, `healthcheck.py tick` looks at the tick.

The tick is what the worker does each second and beat asks for, so it speaks for both.
"""

import os
import sys

import httpx
import redis

LAST_TICK_KEY = "ticketlive:last_tick"  # apps/common/health.py writes it
OLDEST_TICK_SECONDS = 15


def web_is_alive() -> bool:
    """Ask as a visitor of the first of ALLOWED_HOSTS; Django answers no other name."""
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].lstrip(".").replace("*", "localhost")
    return httpx.get("http://127.0.0.1:8000/healthz", headers={"Host": host}, timeout=4).is_success


def tick_is_recent() -> bool:
    client = redis.Redis.from_url(os.environ["REDIS_URL"], socket_timeout=4)
    last = client.get(LAST_TICK_KEY)
    return last is not None and client.time()[0] - int(last) <= OLDEST_TICK_SECONDS


if __name__ == "__main__":
    checks = {"web": web_is_alive, "tick": tick_is_recent}
    sys.exit(0 if checks[sys.argv[1]]() else 1)
