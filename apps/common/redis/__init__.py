"""The process's Redis clients: `sync_redis()` for threads, `pipelined_redis()` for the event loop.

Both read `settings.REDIS_URL`, answer bytes and speak RESP2. Neither repeats a command by itself:
a script that may have run is not sent a second time.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import Any

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.cluster import ClusterNode, RedisCluster
from redis.retry import Retry

from apps.common.redis.address import RedisUrl
from apps.common.redis.cluster import PipelinedCluster
from apps.common.redis.connection import CONNECT_TIMEOUT_SECONDS
from apps.common.redis.failures import is_away, translate_errors
from apps.common.redis.new_servers import greet_from_thread, greet_on
from apps.common.redis.pipelined import TIMEOUT_SECONDS, AsyncRedis, PipelinedRedis

__all__ = ["AsyncRedis", "begin_connections_anew", "is_away", "pipelined_redis", "sync_redis", "translate_errors"]


@functools.cache
def sync_redis() -> redis.Redis:
    """Return the process's blocking client, which any thread may use.

    Over a cluster it is a RedisCluster, which has the same commands.
    """
    url = RedisUrl.parse(settings.REDIS_URL)
    first = url.addresses[0]
    options: dict[str, Any] = {
        "username": first.username,
        "password": first.password,
        "socket_timeout": TIMEOUT_SECONDS,
        "socket_connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),
    }
    if url.cluster:
        nodes = [ClusterNode(address.host, address.port) for address in url.addresses]
        return RedisCluster(startup_nodes=nodes, redis_connect_func=greet_on, **options)  # type: ignore[return-value]
    if first.tls:
        options |= {"ssl": True, "ssl_ca_certs": first.ca_certificates}
    options["redis_connect_func"] = greet_from_thread
    return redis.Redis(host=first.host, port=first.port, unix_socket_path=first.path, db=first.db, **options)


def begin_connections_anew() -> None:
    """Close the threads' connections: their server has become a replica, and may be a primary of other data later."""
    client: Any = sync_redis()
    if isinstance(client, RedisCluster):
        client.disconnect_connection_pools()
    else:
        client.connection_pool.disconnect()


class _OfThisThread(threading.local):
    """A thread runs one event loop at a time: its client goes when the loop is another."""

    loop: asyncio.AbstractEventLoop | None = None
    client: AsyncRedis | None = None


_current = _OfThisThread()


def pipelined_redis() -> AsyncRedis:
    """Return the client of the running event loop, which all its tasks share."""
    loop = asyncio.get_running_loop()
    if _current.client is None or _current.loop is not loop:
        url = RedisUrl.parse(settings.REDIS_URL)
        _current.client = PipelinedCluster(url.addresses) if url.cluster else PipelinedRedis(url.addresses[0])
        _current.loop = loop
    return _current.client
