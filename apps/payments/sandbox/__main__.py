"""`python -m apps.payments.sandbox --port 8001`."""

from __future__ import annotations

import argparse
import gc
import sqlite3
from pathlib import Path

import uvicorn

from apps.payments.sandbox.app import Sandbox
from apps.payments.sandbox.webhooks import CONNECTIONS


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m apps.payments.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--state", type=Path, help="a file that keeps the payments over a restart")
    parser.add_argument("--webhook-url", default="", help="where changes of payments are told to")
    parser.add_argument(
        "--webhook-minute", type=float, default=60.0, help="seconds that a minute of the documented retries takes"
    )
    parser.add_argument(
        "--webhook-connections", type=int, default=CONNECTIONS, help="how many webhooks are sent at once"
    )
    arguments = parser.parse_args()
    try:
        sandbox = Sandbox(
            state=arguments.state,
            webhook_url=arguments.webhook_url,
            webhook_minute_seconds=arguments.webhook_minute,
            webhook_connections=arguments.webhook_connections,
        )
    except sqlite3.Error as error:  # in use by another sandbox, on a full disk, or not a database
        parser.exit(1, f"{arguments.state}: {error}\n")
    gc.freeze()  # what was imported stays, and need not be looked through again and again
    uvicorn.run(
        sandbox,
        host=arguments.host,
        port=arguments.port,
        access_log=False,
        log_level="warning",
        loop="uvloop",
        http="httptools",
        ws="none",
        proxy_headers=False,
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
        server_header=False,
    )


if __name__ == "__main__":
    main()
