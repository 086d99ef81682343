"""The database's clock: hosts' clocks never decide what has expired."""

from datetime import UTC, datetime

from django.db import connection

_NOW = {"mysql": "SELECT UTC_TIMESTAMP(6)", "sqlite": "SELECT STRFTIME('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"}


def database_now() -> datetime:
    """Return the database's time, aware, in UTC; inside a transaction too it is the time of the statement."""
    with connection.cursor() as cursor:
        cursor.execute(_NOW[connection.vendor], ())
        (now,) = cursor.fetchone()
    if isinstance(now, str):
        now = datetime.fromisoformat(now)
    return now.replace(tzinfo=UTC)
