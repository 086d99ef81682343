"""What the environment says, checked at the start and named when it is wrong."""

from __future__ import annotations

import hashlib
import hmac
import logging
import math
import re
import secrets
import tempfile
import zoneinfo
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import limits
from django.core.exceptions import ImproperlyConfigured

MAX_SOCKET_PATH = 100  # bytes; Linux allows 107 with the final NUL (unix(7))
MIN_SECRET_KEY_LENGTH = 50
MIN_SECRET_KEY_DISTINCT = 5
MOST_WEB_PROCESSES = 16
PROVIDERS_FOLDER = Path(__file__).resolve().parent.parent / "apps" / "payments" / "gateway"
PROVIDER_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")  # of a folder there, and part of the address of its webhooks
YES = {"true", "on", "yes", "1"}
NO = {"false", "off", "no", "0"}

env = environ.Env()


def ticketlive_home(base_dir: Path) -> Path:
    """Return where the embedded default keeps its data, and take up what `make run` wrote down there.

    `make run` leaves what it was given (DEBUG, PORT, addresses and keys) as `environment` in the folder,
    so that `manage.py` in another terminal speaks to the same platform. The real environment wins over it.
    """
    home = Path(read("str", "TICKETLIVE_HOME", str(base_dir / ".local"))).resolve()
    if (home / "environment").is_file():
        env.read_env(home / "environment")
    return home


def read(kind: str, name: str, default: Any = environ.Env.NOTSET) -> Any:
    """Read a variable as `kind` (a method of `environ.Env`), naming it when it is wrong."""
    try:
        return getattr(env, kind)(name, default=default)
    except (ValueError, TypeError, AttributeError) as error:
        raise ImproperlyConfigured(f"{name} is not a valid {kind}: {error}") from error


def flag(name: str, *, default: bool) -> bool:
    """Read a switch. A misspelt one is refused, for a switch such as HTTPS is not to be off by a typing error."""
    value = read("str", name, "").strip().lower()
    if value and value not in YES | NO:
        raise ImproperlyConfigured(f"{name} has to be true or false, not {value}")
    return value in YES if value else default


def positive(kind: str, name: str, default: float) -> Any:
    """Read a number that has to be more than nothing."""
    value = read(kind, name, default)
    if value <= 0:
        raise ImproperlyConfigured(f"{name} has to be more than 0, not {value}")
    return value


def not_negative(kind: str, name: str, default: float) -> Any:
    """Read a number that may be nothing."""
    value = read(kind, name, default)
    if not 0 <= value < math.inf:
        raise ImproperlyConfigured(f"{name} has to be a number, 0 or more, not {value}")
    return value


def number_up_to(most: int, name: str, default: int, *, least: int = 1) -> int:
    """Read a whole number from `least` to `most`."""
    value = int(read("int", name, default))
    if not least <= value <= most:
        raise ImproperlyConfigured(f"{name} has to be a number from {least} to {most}, not {value}")
    return value


def web_ports(port: int, web_processes: int) -> list[int]:
    """Return the port of each web process of `make run`: PORT, then those behind the sandbox's PORT + 1."""
    return [port, *range(port + 2, port + web_processes + 1)]


def some_of(name: str, known: Sequence[str]) -> list[str]:
    """Read which of some known names are wanted, separated by commas; all of them where nothing is said."""
    wanted = [one.strip() for one in read("list", name, []) if one.strip()] or list(known)
    if strangers := set(wanted) - set(known):
        raise ImproperlyConfigured(f"{name} has to be some of {', '.join(known)}, not {', '.join(sorted(strangers))}")
    return wanted


def rate(name: str, default: str) -> str:
    """Read how often something may happen, such as `10/5 minutes` (the notation of `limits`)."""
    value = read("str", name, default)
    try:
        limits.parse(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not a rate such as 10/minute or 10/5 minutes: {value}") from error
    return str(value)


def rates(name: str, default: str) -> str:
    """Read one rate or several, such as `30/minute;120/hour`; an empty value is no limit."""
    value = str(read("str", name, default))
    try:
        for one in filter(None, value.split(";")):
            limits.parse(one)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not one or more rates such as 30/minute;120/hour: {value}") from error
    return value


def log_level(name: str, default: str) -> str:
    """Read the name of a level of `logging`."""
    value = str(read("str", name, default)).upper()
    if value not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"{name} has to be a level such as INFO or WARNING, not {value}")
    return value


def time_zone(name: str, default: str) -> str:
    """Read the name of a time zone of the IANA database."""
    value = str(read("str", name, default))
    try:
        zoneinfo.ZoneInfo(value)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise ImproperlyConfigured(f"{name} has to be a time zone such as Asia/Seoul, not {value}") from error
    return value


def embedded_redis_socket(home: Path) -> Path:
    """Return the private Redis server's socket: under `home`, or in the temporary directory if that is too long."""
    path = home / "redis.sock"
    if len(str(path).encode()) <= MAX_SOCKET_PATH:
        return path
    name = hashlib.sha256(str(home).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"ticketlive-{name}" / "redis.sock"


def redis_url(home: Path) -> str:
    """Return `REDIS_URL`, by default the private server in `home`."""
    url = read("str", "REDIS_URL", "") or f"unix://{embedded_redis_socket(home)}?db=0"
    if urlsplit(url).scheme not in {"redis", "rediss", "unix", "redis+cluster"}:
        raise ImproperlyConfigured(
            "REDIS_URL has to be redis://host:port/db, rediss://…, unix:///path or redis+cluster://host:port,…"
        )
    return url


def celery_broker_url(url: str) -> str:
    """Turn a Redis address into Celery's spelling of it."""
    parts = urlsplit(url)
    if parts.scheme == "redis+cluster":
        raise ImproperlyConfigured("CELERY_BROKER_URL has to name a single Redis server when REDIS_URL is a cluster")
    if parts.scheme != "unix":
        return url
    return f"redis+socket://{parts.path}?{parts.query.replace('db=', 'virtual_host=')}"


def secret_key(home: Path, *, debug: bool) -> str:
    """Return `SECRET_KEY`; with `DEBUG` a generated one is kept in `home`, without it a weak one is refused."""
    key = read("str", "SECRET_KEY", "")
    if key or not debug:
        weak = len(key) < MIN_SECRET_KEY_LENGTH or len(set(key)) < MIN_SECRET_KEY_DISTINCT or "insecure" in key
        if weak and not debug:
            raise ImproperlyConfigured(
                f"SECRET_KEY has to be {MIN_SECRET_KEY_LENGTH} or more random characters; "
                "python -c 'import secrets; print(secrets.token_urlsafe(64))' makes one"
            )
        return str(key)
    home.mkdir(parents=True, exist_ok=True)
    kept = home / "secret_key"
    if not kept.exists():
        draft = kept.with_suffix(f".{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            kept.hardlink_to(draft)
        except FileExistsError:
            pass  # another process of this start was first: its key counts
        finally:
            draft.unlink()
    return kept.read_text().strip()


def payment_providers(name: str, default: str) -> dict[str, str]:
    """Return the modules of the payment providers by their names, that of new payments first."""
    names = [one.strip() for one in read("list", name, [default])] or [default]
    for one in names:
        if not PROVIDER_NAME.fullmatch(one) or not (PROVIDERS_FOLDER / one / "__init__.py").is_file():
            raise ImproperlyConfigured(f"{name} names {one!r}, of which apps/payments/gateway has no folder")
    return {one: f"apps.payments.gateway.{one}" for one in names}


def provider_files(names: Iterable[str]) -> list[tuple[str, Path]]:
    """Return the folders of static files that payment providers have, each to be served as payments/NAME/."""
    folders = [(f"payments/{name}", PROVIDERS_FOLDER / name / "static") for name in names]
    return [(prefix, folder) for prefix, folder in folders if folder.is_dir()]


def provider(name: str, sandbox_default: str, *, debug: bool) -> str:
    """Return a setting of the payment provider: the sandbox's with `DEBUG`, else it has to be given."""
    value = read("str", name, sandbox_default if debug else "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set; without DEBUG the payment provider has no default")
    return str(value)


def provider_address(name: str, sandbox_default: str, *, debug: bool) -> str:
    """Return the provider's address, which has to be one that HTTP can call."""
    value = provider(name, sandbox_default, debug=debug)
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ImproperlyConfigured(f"{name} has to be an address such as https://api.tosspayments.com, not {value}")
    return value


def derived_key(secret: str, purpose: str) -> str:
    """Derive a key for one purpose from the secret key (HMAC-SHA256, hex)."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def database(home: Path, max_age_seconds: int) -> dict[str, Any]:
    """Return `DATABASE_URL` as Django has it, by default SQLite in `home`."""
    name = "DATABASE_URL"
    url = read("str", name, "")
    parsed = read("db_url", name) if url else environ.Env.db_url_config(f"sqlite:///{home / 'ticketlive.sqlite3'}")
    options = _database_options(parsed.get("ENGINE", ""), max_age_seconds)
    if options is None or not parsed.get("NAME"):
        raise ImproperlyConfigured(f"{name} has to be sqlite:///… or mysql://user:password@host:port/name")
    return dict(parsed) | options


def _database_options(engine: str, max_age_seconds: int) -> dict[str, Any] | None:
    """Return how Django is to speak to `engine`, a dotted path of a Django back end; None to an unknown one."""
    if engine.endswith("sqlite3"):
        return {
            "CONN_MAX_AGE": max_age_seconds,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,  # seconds that a writer waits for another
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
            },
        }
    if not engine.endswith("mysql"):
        return None
    return {
        "CONN_MAX_AGE": max_age_seconds,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "charset": "utf8mb4",
            "isolation_level": "read committed",
            # The database's NOW() decides what has expired, so it has to speak UTC as Django does.
            # Nobody waits for a row lock longer than a customer does for an answer.
            "init_command": "SET time_zone = '+00:00', sql_mode = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', "
            "innodb_lock_wait_timeout = 10",
            "connect_timeout": 5,
        },
    }
