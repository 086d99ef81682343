"""Where Redis is: one server, by TCP, TLS or a socket, or the nodes of a cluster."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

DEFAULT_PORT = 6379


@dataclass(frozen=True, slots=True)
class Address:
    """One server. `path` is a Unix socket's and goes before host and port."""

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    path: str | None = None
    db: int = 0
    username: str | None = None
    password: str | None = None
    tls: bool = False
    ca_certificates: str | None = None

    def __str__(self) -> str:
        return self.path or f"{self.host}:{self.port}"

    def at(self, host: str, port: int) -> Address:
        """Return another node that takes the same credentials."""
        return replace(self, host=host, port=port)

    def handshake(self) -> list[tuple[Any, ...]]:
        """Return the commands that come before all others on a new connection."""
        commands: list[tuple[Any, ...]] = []
        if self.password is not None:
            commands.append((b"AUTH", self.username or "default", self.password))
        if self.db:
            commands.append((b"SELECT", self.db))
        return commands

    async def open(self, protocol: Callable[[], asyncio.Protocol]) -> asyncio.Transport:
        """Connect the protocol that the factory makes; raise OSError where nobody answers."""
        loop = asyncio.get_running_loop()
        if self.path:
            transport, _ = await loop.create_unix_connection(protocol, self.path)
            return transport
        context = ssl.create_default_context(cafile=self.ca_certificates) if self.tls else None
        transport, _ = await loop.create_connection(protocol, self.host, self.port, ssl=context)
        return transport


@dataclass(frozen=True, slots=True)
class RedisUrl:
    """What a `REDIS_URL` says: the server, or some nodes from which the rest of a cluster is learnt."""

    addresses: tuple[Address, ...]
    cluster: bool = False

    @classmethod
    def parse(cls, url: str) -> RedisUrl:
        """Read redis://, rediss://, unix:// and redis+cluster://host:port,host:port.

        Raises ValueError for any other scheme, a wrong number or an option that is not known here.
        """
        parts = urlsplit(url)
        credentials, _, hosts = parts.netloc.rpartition("@")
        username, colon, password = credentials.partition(":")
        common = Address(
            username=unquote(username) or None,
            password=unquote(password) if colon else None,
            tls=parts.scheme == "rediss",
            **_options(parts),
        )
        if parts.scheme == "unix":
            return cls((replace(common, path=unquote(parts.path)),))
        if parts.scheme in {"redis", "rediss"}:
            database = parts.path.strip("/")
            return cls((_at(common, hosts, db=int(database) if database else common.db),))
        if parts.scheme == "redis+cluster":
            if common.db or parts.path.strip("/"):
                raise ValueError("a Redis Cluster has no numbered databases")
            return cls(tuple(_at(common, host, db=0) for host in hosts.split(",")), cluster=True)
        raise ValueError(f"Redis cannot be reached by {parts.scheme}://")


def _at(common: Address, netloc: str, *, db: int) -> Address:
    host = urlsplit(f"//{netloc}")
    return replace(common, host=host.hostname or "127.0.0.1", port=host.port or DEFAULT_PORT, db=db)


def _options(parts: SplitResult) -> dict[str, Any]:
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    known: dict[str, Any] = {}
    if "db" in options:
        known["db"] = int(options.pop("db"))
    if "ssl_ca_certs" in options:
        known["ca_certificates"] = options.pop("ssl_ca_certs")
    if options:
        raise ValueError(f"unknown option in the Redis address: {', '.join(sorted(options))}")
    return known
