"""The database's clock: hosts' clocks never decide what has expired."""

from datetime import UTC, datetime

from django.db import connection

_NOW = {"mysql": "UTC_TIMESTAMP(6)", "sqlite": "STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"}


def now_sql() -> str:
    """Return the expression for the database's time in UTC; `as_utc` reads its value."""
    return _NOW[connection.vendor]


def as_utc(value: datetime | str) -> datetime:
    """Return a time as plain SQL gives it, aware."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).replace(tzinfo=UTC)


def database_now() -> datetime:
    """Return the database's time, aware, in UTC; inside a transaction too it is the time of the statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {now_sql()}", ())
        (now,) = cursor.fetchone()
    return as_utc(now)
