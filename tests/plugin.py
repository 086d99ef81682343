"""Starts the private servers before pytest-django reads the settings.

pyproject.toml loads it with `-p tests.plugin`, so that `make test` and a plain `pytest` do the same.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.servers import PrivateMariaDB, PrivateRedis, ServersFolder, free_port

DATABASE = "ticketlive"
SECRET_KEY = "a-key-for-tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers that the settings of this test run point to."""

    folder: ServersFolder
    mariadb: PrivateMariaDB
    redis: PrivateRedis

    @classmethod
    def start(cls) -> Servers:
        folder = ServersFolder()
        servers = cls(folder, PrivateMariaDB(folder.path / "mariadb"), PrivateRedis(folder.path / "redis"))
        try:
            with ThreadPoolExecutor(1) as pool:
                preparing = pool.submit(servers.mariadb.create_data_folder)
                servers.redis.start()
                preparing.result()
            servers.mariadb.start()
        except BaseException:
            servers.stop()
            raise
        return servers

    def stop(self) -> None:
        self.redis.kill()
        self.mariadb.kill()
        self.folder.remove()

    def environment(self) -> dict[str, str]:
        """Return the variables that make the settings use these servers and no other."""
        return {
            "DATABASE_URL": self.mariadb.url(DATABASE),
            "REDIS_URL": self.redis.url,
            "TICKETLIVE_HOME": str(self.folder.path / "home"),
            "PORT": str(free_port(count=2)),
            "SECRET_KEY": SECRET_KEY,
            "DEBUG": "true",
            "DJANGO_SETTINGS_MODULE": "ticketlive.settings",
        }


SERVERS = pytest.StashKey[Servers]()
OTHER_VARIABLES = ("TOSS_", "CELERY_", "CACHE_URL", "CHANNEL_LAYER_URLS", "ALLOWED_HOSTS", "HTTPS", "TRUSTED_PROXIES")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Start the servers. A wrapper, because pytest-django reads the settings in the same hook."""
    if not (early_config.known_args_namespace.help or early_config.known_args_namespace.version):
        servers = Servers.start()
        early_config.add_cleanup(servers.stop)
        early_config.stash[SERVERS] = servers
        for name in [name for name in os.environ if name.startswith(OTHER_VARIABLES)]:
            del os.environ[name]
        os.environ.update(servers.environment())
    return (yield)


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The MariaDB and Redis servers of this run."""
    return pytestconfig.stash[SERVERS]
