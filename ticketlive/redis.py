"""How Django's cache and the channel layer use Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def caches(url: str) -> dict[str, Any]:
    """Return the cache of the pages and the catalogue, in a single Redis server."""
    return {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": url,
            "KEY_PREFIX": "cache",
            "OPTIONS": {
                "CLIENT_CLASS": "django_redis.client.DefaultClient",
                "IGNORE_EXCEPTIONS": True,  # the catalogue stays up while Redis is away
                "SOCKET_CONNECT_TIMEOUT": 1,
                "SOCKET_TIMEOUT": 2,
            },
        }
    }


def channel_layers(urls: Sequence[str]) -> dict[str, Any]:
    """Return the layer that carries messages between processes, over one Redis server or several."""
    hosts = [{"address": url, "max_connections": 1000, "socket_timeout": None} for url in urls]
    return {"default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": hosts}}}
