"""What all tests share: an empty Redis, a process without memories, servers of a test's own, Hypothesis' settings."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from asgiref.sync import SyncToAsync
from django.db import connection, connections
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis.database import DirectoryBasedExampleDatabase
from pytest_django import DjangoDbBlocker, Settings

from tests.emptying import empty_only_what_is_filled
from tests.live import LivePlatform
from tests.plugin import Servers
from tests.servers import PrivateRedis
from tests.spreading import longest_first

empty_only_what_is_filled()

# What failed is tried first by the next run, wherever that is started, and the report says how to repeat it. A slow
# machine is no reason to fail.
hypothesis_settings.register_profile(
    "ticketlive",
    database=DirectoryBasedExampleDatabase(Path(__file__).parent.parent / ".hypothesis" / "examples"),
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
hypothesis_settings.load_profile("ticketlive")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    longest_first(items)


_looked_at: set[str] = set()
_caches: dict[int, Callable[[], None]] = {}
"""What empties the caches of the apps' modules, each once however many import it; modules are looked through once."""


def forget_everything() -> None:
    """Empty every functools cache of the apps, such as the process's Redis client."""
    for name in sys.modules.keys() - _looked_at:
        _looked_at.add(name)
        if name.startswith("apps."):
            for one in list(vars(sys.modules[name]).values()):
                if callable(clear := getattr(one, "cache_clear", None)):
                    _caches[id(one)] = clear
    for clear in _caches.values():
        clear()


@pytest.fixture(scope="session")
def _redis_of_this_run(servers: Servers) -> Iterator[redis.Redis]:
    with servers.redis.client() as client:
        yield client


@pytest.fixture(autouse=True)
def _fresh_start(_redis_of_this_run: redis.Redis) -> None:
    """Give every test an empty Redis and a process that remembers nothing."""
    _redis_of_this_run.flushall()
    forget_everything()
    # The thread of `await Model.objects.aget()` outlives a test; a test before may have cut its connection.
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()


@pytest.fixture
def redis_server(
    servers: Servers, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PrivateRedis]:
    """A Redis server of the test's own, to be stopped, killed and flushed; the settings point to it."""
    server = PrivateRedis(servers.folder.path / tmp_path_factory.mktemp("redis").name, append_only=True)
    server.start()
    caches = copy.deepcopy(settings.CACHES)
    caches["default"]["LOCATION"] = server.url
    settings.CACHES = caches
    settings.REDIS_URL = server.url
    forget_everything()
    yield server
    forget_everything()
    server.kill()


@pytest.fixture(scope="session")
def test_database_url(servers: Servers, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> str:
    """The database of this run's tests, for other processes."""
    with django_db_blocker.unblock():
        return servers.mariadb.url(str(connection.settings_dict["NAME"]))


@pytest.fixture(scope="session")
def live_platform(servers: Servers, test_database_url: str) -> Iterator[LivePlatform]:
    """The web and the sandbox as processes; the tests need `django_db(transaction=True)`, so that they see rows."""
    platform = LivePlatform(servers.folder.path / "live", database_url=test_database_url, redis_url=servers.redis.url)
    platform.start()
    yield platform
    platform.stop()


@pytest.fixture
def live_background(live_platform: LivePlatform) -> Iterator[LivePlatform]:
    """The live platform with its worker and beat."""
    live_platform.start_background()
    yield live_platform
    live_platform.stop_background()
