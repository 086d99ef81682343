"""The servers that talk: the platform, joining frames and not; a plain consumer; RabbitMQ where it is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from apps.accounts.models import Role
from apps.accounts.services.issue_tokens import issue_tokens
from bench.machine import Cores
from bench.servers import UVICORN, WebServer
from bench.talk.rabbitmq import RabbitMQ

PLATFORM = "Ticket-Live"
ONE_BY_ONE = "Ticket-Live, a message a frame"
PLAIN = "plain consumer, channel layer"
RABBITMQ = "RabbitMQ Web STOMP"
WITHOUT_BRAKES = {
    "STOMP_OPEN_DESTINATIONS": "true",
    "STOMP_SENDS_PER_SECOND": "1000000",
    "STOMP_SEND_BURST": "1000000",
    "STOMP_BYTES_PER_SECOND": "1000000000",
    "STOMP_BYTE_BURST": "1000000000",
    "STOMP_CONNECTIONS_PER_ACCOUNT": "1000",
    "STOMP_SUBSCRIPTIONS_PER_ACCOUNT": "1000",
}
ACCOUNTS = 100


class UvicornSubject(WebServer):
    """An ASGI application that speaks STOMP at `path`."""

    host = "127.0.0.1"

    def __init__(self, application: str, *, path: str, cores: Cores, log: Path, settings: dict[str, str]) -> None:
        before = dict(os.environ)
        os.environ.update(settings)
        try:
            super().__init__(UVICORN, application, cores=cores, log=log)
        finally:
            os.environ.clear()
            os.environ.update(before)
        self.path = path
        self.port = int(self.url.rpartition(":")[2])
        tokens = issue_tokens(count=ACCOUNTS, role=Role.CUSTOMER)
        self.logins: Sequence[dict[str, str]] = [{"Authorization": f"Bearer {token.access}"} for token in tokens]


def subjects(*, cores: Cores, folder: Path) -> dict[str, Callable[[], AbstractContextManager[Any]]]:
    """Return how to start each, the platform first; RabbitMQ takes part where BENCH_PEERS says so."""
    folder.mkdir(parents=True)
    platform = partial(UvicornSubject, "ticketlive.asgi:application", path="/ws", cores=cores)
    plain = partial(UvicornSubject, "bench.plain.talk:application", path="/ws", cores=cores)
    found: dict[str, Callable[[], AbstractContextManager[Any]]] = {
        ONE_BY_ONE: partial(
            platform, log=folder / "one-by-one.log", settings=WITHOUT_BRAKES | {"STOMP_JOIN_FRAMES": "false"}
        ),
        PLATFORM: partial(platform, log=folder / "platform.log", settings=WITHOUT_BRAKES),
        PLAIN: partial(plain, log=folder / "plain.log", settings={}),
    }
    if os.environ.get("BENCH_PEERS"):
        found[RABBITMQ] = partial(RabbitMQ, folder / "rabbitmq", cores=cores)
    return found
