"""Starts the private servers before pytest-django reads the settings.

pyproject.toml loads it with `-p tests.plugin`, so that `make test` and a plain `pytest` do the same. Where the tests
are spread over processes (`pytest -n 2`), each of these has servers of its own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import certifi
import pytest

from tests.servers import PrivateMariaDB, PrivateRedis, ServersFolder, free_port
from tests.spreading import Spreading

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
        servers = {"DATABASE_URL": self.mariadb.url(DATABASE), "REDIS_URL": self.redis.url}
        return common_environment(self.folder) | servers


def common_environment(folder: ServersFolder) -> dict[str, str]:
    """Return the variables that have nothing to do with the servers."""
    authority = folder.path / "authority.pem"
    authority.write_text(one_authority())
    return {
        "SSL_CERT_FILE": str(authority),
        "TICKETLIVE_HOME": str(folder.path / "home"),
        "PORT": str(free_port(count=2)),
        "SECRET_KEY": SECRET_KEY,
        "DEBUG": "true",
        "DJANGO_SETTINGS_MODULE": "ticketlive.settings",
    }


def one_authority() -> str:
    """Return the first certificate that httpx would trust.

    Nothing that the tests start speaks TLS, and all of them would take 30 ms, for each client that is made.
    """
    end = "-----END CERTIFICATE-----\n"
    return Path(certifi.where()).read_text().partition(end)[0] + end


# Two hundred processes read the same modules, and pytest rewrites the asserts of each: all of it is compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

SERVERS = pytest.StashKey[Servers]()
OTHER_VARIABLES = (
    "PAYMENT_PROVIDERS", "TOSS_", "CELERY_", "CACHE_URL", "CHANNEL_LAYER_URLS", "ALLOWED_HOSTS", "HTTPS",
    "TRUSTED_PROXIES",
)  # fmt: skip


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None, object, object]:
    """Start the servers. A wrapper, because pytest-django reads the settings in the same hook."""
    options = early_config.known_args_namespace
    if not (options.help or options.version):
        for name in [name for name in os.environ if name.startswith(OTHER_VARIABLES)]:
            del os.environ[name]
        os.environ.update(_environment(early_config))
    return (yield)


def _environment(early_config: pytest.Config) -> dict[str, str]:
    """Start servers, unless this process only hands tests to others, and return the variables that point to them."""
    if getattr(early_config.known_args_namespace, "numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        folder = ServersFolder()
        early_config.add_cleanup(folder.remove)
        return common_environment(folder) | {"DATABASE_URL": f"sqlite:///{folder.path / 'none.sqlite3'}"}
    servers = Servers.start()
    early_config.add_cleanup(servers.stop)
    early_config.stash[SERVERS] = servers
    return servers.environment()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Spreading | None:
    """Let `--dist loadfile`, which `make test` has, be as `tests.spreading` says."""
    return Spreading(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def servers(pytestconfig: pytest.Config) -> Servers:
    """The MariaDB and Redis servers of this run."""
    return pytestconfig.stash[SERVERS]
